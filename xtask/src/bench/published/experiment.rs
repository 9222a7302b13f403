//! The files `benches/published/*.toml`: what is repeated, and what must come out.

use std::path::Path;

use anyhow::{Context, Result, bail, ensure};
use toml::{Table, Value};

/// A published result and how it is repeated.
#[derive(Debug)]
pub struct Experiment {
    /// The file's name without its ending.
    pub name: String,
    /// The data source.
    pub source: String,
    /// Into how many parts the sentences are cut.
    pub folds: usize,
    /// The first seed.
    pub seed: u64,
    /// The least mean accuracy that passes.
    pub expect: f64,
    /// The mean accuracy of the paper.
    pub published: f64,
    /// Which paper, which table.
    pub reference: String,
    /// The options of `sconce train`, as the text of its configuration file.
    pub train: String,
}

const KEYS: &[&str] = &["source", "folds", "seed", "expect", "published", "reference", "train"];

/// Every experiment of a folder, by name.
pub fn read_all(folder: &Path) -> Result<Vec<Experiment>> {
    let entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))?;
    let mut experiments = Vec::new();
    for entry in entries {
        let path = entry?.path();
        if path.extension().is_some_and(|ending| ending == "toml") {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let text = std::fs::read_to_string(&path)?;
            experiments.push(parse(&name, &text).with_context(|| path.display().to_string())?);
        }
    }
    experiments.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(experiments)
}

fn parse(name: &str, text: &str) -> Result<Experiment> {
    let table: Table = text.parse()?;
    if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
        bail!("unknown key `{key}`; known: {}", KEYS.join(", "));
    }
    let get = |key: &str| table.get(key).with_context(|| format!("`{key}` is missing"));
    let text_of = |key: &str| -> Result<String> {
        Ok(get(key)?.as_str().with_context(|| format!("`{key}` is no text"))?.to_owned())
    };
    let rate = |key: &str| -> Result<f64> {
        let value =
            get(key)?.as_float().with_context(|| format!("`{key}` is no decimal number"))?;
        ensure!((0.0..=1.0).contains(&value), "`{key}` is {value}, not between 0 and 1");
        Ok(value)
    };
    let whole = |key: &str| -> Result<u64> {
        let value = get(key)?.as_integer().and_then(|value| u64::try_from(value).ok());
        value.with_context(|| format!("`{key}` is no whole number"))
    };
    let folds = usize::try_from(whole("folds")?)?;
    ensure!(folds >= 2, "`folds` is {folds}: cross-validation needs at least 2");
    let train = get("train").and_then(|value| match value {
        Value::Table(options) => Ok(toml::to_string(options)?),
        _ => bail!("`train` is no table"),
    })?;
    Ok(Experiment {
        name: name.to_owned(),
        source: text_of("source")?,
        folds,
        seed: whole("seed")?,
        expect: rate("expect")?,
        published: rate("published")?,
        reference: text_of("reference")?,
        train,
    })
}

impl Experiment {
    /// How a mean accuracy stands to what is expected and what was published.
    pub fn verdict(&self, mean: f64) -> &'static str {
        match mean {
            _ if mean < self.expect => "BELOW",
            _ if mean < self.published => "as expected",
            _ => "at least as published",
        }
    }
}

#[cfg(test)]
mod tests;
