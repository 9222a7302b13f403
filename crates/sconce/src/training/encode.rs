//! Rows to token ids.

use anyhow::{Context, Result, bail};
use sconce_text_pipeline::{
    EncodedDataset, Labels, Normalizer, SubwordTokenizer, Tokenizer, VocabularyOptions,
    WordTokenizer,
};

use crate::console::Console;
use crate::data::{DataSets, Source};
use crate::options::TextOptions;
use crate::table::{count, list, thousands};

/// The data sets of a run as token ids, and the tokenizer that made them.
pub struct Encoded {
    pub tokenizer: Box<dyn Tokenizer>,
    pub train: EncodedDataset,
    pub valid: Option<EncodedDataset>,
    pub test: Option<EncodedDataset>,
}

impl Encoded {
    /// Makes or reads the tokenizer, and encodes every set in parallel.
    pub fn new(options: &TextOptions, data: &DataSets) -> Result<Self> {
        let tokenizer = tokenizer(options, &data.train)?;
        let encode = |source: &Source| encode(&*tokenizer, source, &data.labels, options);
        let train = encode(&data.train)?;
        if train.n_tokens() == 0 {
            bail!("{}: no text has a token; check the text column", data.train.name);
        }
        let valid = data.valid.as_ref().map(encode).transpose()?;
        let test = data.test.as_ref().map(encode).transpose()?;
        Ok(Self { tokenizer, train, valid, test })
    }

    /// Sizes, for people.
    pub fn note(&self, labels: &Labels, console: Console) {
        let sets = [("train", Some(&self.train)), ("valid", self.valid.as_ref())];
        for (name, set) in sets.into_iter().chain([("test", self.test.as_ref())]) {
            let Some(set) = set else { continue };
            let (rows, tokens) = (count(set.len(), "text"), count(set.n_tokens(), "token"));
            let cut = match set.n_truncated() {
                0 => String::new(),
                n => format!(", {} cut", count(n, "text")),
            };
            console.note(format_args!("  {name}: {rows}, {tokens}{cut}"));
        }
        console.note(format_args!("  labels: {}", list(labels.names())));
        let size = thousands(self.tokenizer.vocab_size());
        console.note(format_args!("  vocabulary: {size} entries"));
    }
}

fn tokenizer(options: &TextOptions, train: &Source) -> Result<Box<dyn Tokenizer>> {
    if let Some(path) = &options.tokenizer {
        if path.file_name().is_none_or(|name| name != WordTokenizer::FILE_NAME) {
            return Ok(Box::new(SubwordTokenizer::from_file(path)?));
        }
        let unreadable = || format!("{}: cannot be read", path.display());
        let bytes = std::fs::read(path).with_context(unreadable)?;
        return Ok(Box::new(WordTokenizer::from_bytes(&bytes)?));
    }
    let normalizer = Normalizer { lowercase: options.lowercase, ..Normalizer::default() };
    let vocabulary = VocabularyOptions {
        min_freq: options.min_freq,
        max_tokens: options.max_tokens.map(|n| n as usize),
        ..VocabularyOptions::default()
    };
    let texts = train.corpus.texts();
    Ok(Box::new(WordTokenizer::train(&texts, normalizer, options.pre_tokenizer, &vocabulary)?))
}

fn encode(
    tokenizer: &dyn Tokenizer,
    source: &Source,
    labels: &Labels,
    options: &TextOptions,
) -> Result<EncodedDataset> {
    let max_length = options.max_length.map(|length| length as usize);
    let ids = source.ids(labels)?;
    Ok(EncodedDataset::encode(tokenizer, &source.corpus.texts(), ids, max_length)?)
}
