//! Rows to token ids.

use anyhow::{Context, Result, bail};
use sconce_text_pipeline::{
    Corpus, EncodedDataset, Format, Labels, MaxLength, Need, Normalizer, ReadOptions, Tokenizer,
    VocabularyOptions, WordTokenizer, load_tokenizer_path,
};

use crate::console::Console;
use crate::data::{DataSets, Source};
use crate::failure::usage;
use crate::jobs::Files;
use crate::options::{ColumnOptions, Task, TextOptions};
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

/// The tokenizer of a run whose data are read later: the file that an option names, or the words of
/// the training file.
///
/// # Errors
/// If a file cannot be read.
pub fn tokenizer_of_files(
    options: &TextOptions,
    task: Task,
    files: &Files,
    columns: &ColumnOptions,
) -> Result<Box<dyn Tokenizer>> {
    if let Some(tokenizer) = given(options)? {
        return Ok(tokenizer);
    }
    if matches!(task, Task::Tag | Task::Qa) {
        return Err(usage(format_args!("--task {task} with --arch needs --tokenizer FILE|DIR")));
    }
    let path = files.train.as_deref().context("there is no training file to take words from")?;
    let is_plain = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"));
    let format = is_plain.then_some(Format::Document);
    let read = ReadOptions { format, ..columns.read_options(Need::Optional) };
    let corpus = Corpus::read(path, &read)?;
    // Words of second texts are words as well.
    let seconds = corpus.examples().iter().filter_map(|example| example.pair.as_deref());
    let texts: Vec<&str> = corpus.texts().into_iter().chain(seconds).collect();
    train_words(options, &texts)
}

/// The tokenizer that an option names, as a file or a model folder.
fn given(options: &TextOptions) -> Result<Option<Box<dyn Tokenizer>>> {
    let Some(path) = &options.tokenizer else { return Ok(None) };
    Ok(Some(load_tokenizer_path(path)?))
}

fn tokenizer(options: &TextOptions, train: &Source) -> Result<Box<dyn Tokenizer>> {
    match given(options)? {
        Some(tokenizer) => Ok(tokenizer),
        None => train_words(options, &train.corpus.texts()),
    }
}

fn train_words(options: &TextOptions, texts: &[&str]) -> Result<Box<dyn Tokenizer>> {
    let normalizer = Normalizer { lowercase: options.lowercase, ..Normalizer::default() };
    let vocabulary = VocabularyOptions {
        min_freq: options.min_freq,
        max_tokens: options.max_tokens.map(|n| n as usize),
        ..VocabularyOptions::default()
    };
    Ok(Box::new(WordTokenizer::train(
        texts,
        normalizer,
        options.pre_tokenizer.clone(),
        &vocabulary,
    )?))
}

fn encode(
    tokenizer: &dyn Tokenizer,
    source: &Source,
    labels: &Labels,
    options: &TextOptions,
) -> Result<EncodedDataset> {
    let max_length = match options.max_length.map(|length| length as usize) {
        None => MaxLength::Unlimited,
        Some(n) if options.no_truncate => MaxLength::Refuse(n),
        Some(n) => MaxLength::Truncate(n),
    };
    let ids = source.ids(labels)?;
    Ok(EncodedDataset::encode(tokenizer, &source.corpus.texts(), ids, max_length)?)
}
