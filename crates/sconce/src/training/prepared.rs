//! Data sets that `data prepare` encoded before: nothing is read or tokenized again.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sconce_text_pipeline::{
    CacheError, EncodedDataset, Error, Labels, MaxLength, Split, TokenCache,
};
use serde_json::{Value, json};

use super::Rows;
use super::encode::Encoded;
use crate::failure::usage;
use crate::options::TextOptions;

/// The cache at a path, or none if a file of data is there, or nothing at all.
///
/// # Errors
/// If it is damaged or of another release.
pub fn cache_at(path: &Path) -> Result<Option<TokenCache>> {
    if !path.is_file() {
        return Ok(None);
    }
    match TokenCache::open(path) {
        Ok(cache) => Ok(Some(cache)),
        // Whoever reads it says what is wrong with an empty file.
        Err(_) if path.metadata().is_ok_and(|data| data.len() == 0) => Ok(None),
        Err(Error::Cache(CacheError::NotACache { .. })) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The rows of a run out of its caches; without a validation set, `valid_ratio` of the rows for
/// training become one. The settings of text become those of the cache.
///
/// # Errors
/// If caches do not fit each other, or have no labels.
pub fn rows(
    train: TokenCache,
    [valid, test]: [Option<&PathBuf>; 2],
    (valid_ratio, seed): (f64, u64),
    text: &mut TextOptions,
) -> Result<Rows> {
    let length = train.max_length().get().and_then(|length| u32::try_from(length).ok());
    let refuses = matches!(train.max_length(), MaxLength::Refuse(_));
    let is_other = text.max_length.is_some_and(|given| Some(given) != length);
    if text.tokenizer.is_some() || is_other || text.no_truncate && !refuses {
        return Err(usage(
            "--tokenizer, --max-length and --no-truncate are for data that is not prepared yet",
        ));
    }
    (text.max_length, text.no_truncate) = (length, refuses);
    let labels = train.labels().cloned();
    let labels = labels.with_context(|| format!("{}: it has no labels", named(&train)))?;
    let other = |path: Option<&PathBuf>| path.map(|path| same(path, &train, &labels)).transpose();
    let (valid, test) = (other(valid)?, other(test)?);
    let mut description = json!({
        "train": described(&train),
        "valid": valid.as_ref().map(described),
        "test": test.as_ref().map(described),
    });
    let (tokenizer, name) = (train.tokenizer()?, named(&train));
    let (mut train, mut valid) = (train.into_dataset(), valid.map(TokenCache::into_dataset));
    if train.labels().len() != train.len() {
        bail!("{name}: its labels are not classes; prepare it with --labels class");
    }
    if valid.is_none() && valid_ratio > 0. {
        let split = Split::stratified(train.labels(), valid_ratio, seed)?;
        if !split.test.is_empty() {
            let aside = format!("{}% of {name}", 100. * valid_ratio);
            description["train"]["examples"] = split.train.len().into();
            description["valid"] = json!({ "source": aside, "examples": split.test.len() });
            valid = Some(train.subset(&split.test)?);
            train = train.subset(&split.train)?;
        }
    }
    let test: Option<EncodedDataset> = test.map(TokenCache::into_dataset);
    Ok(Rows { encoded: Encoded { tokenizer, train, valid, test }, labels, description })
}

/// Another cache of the same tokenizer and labels.
fn same(path: &Path, train: &TokenCache, labels: &Labels) -> Result<TokenCache> {
    let name = path.display();
    let Some(cache) = cache_at(path)? else {
        bail!("{name}: not a token cache, as {} is; prepare it as well", named(train));
    };
    if cache.tokenizer_file() != train.tokenizer_file() {
        bail!("{name}: prepared with another tokenizer than {}", named(train));
    }
    if cache.labels() != Some(labels) {
        bail!(
            "{name}: its labels are not those of {0}; prepare it with --labels-of {0}",
            named(train)
        );
    }
    Ok(cache)
}

fn named(cache: &TokenCache) -> String {
    cache.path().display().to_string()
}

fn described(cache: &TokenCache) -> Value {
    json!({ "source": named(cache), "examples": cache.dataset().len() })
}
