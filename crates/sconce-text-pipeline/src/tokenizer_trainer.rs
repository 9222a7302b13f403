//! Training subword tokenizers: texts are counted word by word, then a model learns its vocabulary
//! from the counts.

mod bpe;
mod progress;
mod unigram;
mod vocabulary;
mod word_counter;
mod word_counts;
mod word_level;
mod word_piece;

use std::path::Path;

use crate::error::{Error, Result, TrainerError};
use crate::subword_tokenizer::SubwordTokenizer;
use crate::text_source::{SourceSettings, TextSource};
use crate::tokenizer_folder::settings::Settings;
use crate::tokenizer_recipe::{SubwordModel, TokenizerRecipe};
use progress::Report;
pub use progress::TrainingProgress;
pub use word_counter::CountOptions;
use word_counter::WordCounter;
pub use word_counts::WordCounts;

/// Trains a subword tokenizer by a [`TokenizerRecipe`].
///
/// What comes out does not depend on the number of threads, on the order of the texts, or on how
/// much memory counting may take.
///
/// ```
/// use sconce_text_pipeline::{SubwordTrainer, Tokenizer, TokenizerRecipe};
///
/// let mut recipe = TokenizerRecipe::gpt2();
/// recipe.vocab_size = 262;
/// let texts = ["low lower lowest", "new newer newest"];
/// let tokenizer = SubwordTrainer::new(recipe).train(texts)?;
/// assert_eq!(tokenizer.vocab_size(), 262);
/// assert_eq!(tokenizer.to_file()?.name, "tokenizer.json");
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
pub struct SubwordTrainer<'a> {
    recipe: TokenizerRecipe,
    options: CountOptions,
    report: Report<'a>,
}

impl<'a> SubwordTrainer<'a> {
    /// A trainer that counts with the default [`CountOptions`] and tells nobody.
    pub fn new(recipe: TokenizerRecipe) -> Self {
        Self { recipe, options: CountOptions::default(), report: Report::default() }
    }

    /// Sets how words are counted.
    pub fn with_options(mut self, options: CountOptions) -> Self {
        self.options = options;
        self
    }

    /// Calls `f` with how far training is: after each few megabytes, and after each few hundred
    /// tokens.
    pub fn on_progress(mut self, f: impl FnMut(TrainingProgress) + 'a) -> Self {
        self.report = Report(Some(Box::new(f)));
        self
    }

    /// Trains on texts.
    ///
    /// # Errors
    /// If there are no words, the recipe is not consistent, or temporary files fail.
    pub fn train<S: AsRef<str>>(
        self,
        texts: impl IntoIterator<Item = S>,
    ) -> Result<SubwordTokenizer> {
        self.try_train(texts.into_iter().map(Ok))
    }

    /// Trains on texts that are being read; the first error ends it.
    ///
    /// # Errors
    /// Those of the texts, and those of [`train`](Self::train).
    pub fn try_train<S: AsRef<str>>(
        mut self,
        texts: impl IntoIterator<Item = Result<S>>,
    ) -> Result<SubwordTokenizer> {
        let words = self.count(|counter, report| {
            texts.into_iter().try_for_each(|text| counter.push(text?.as_ref(), report))
        })?;
        self.train_on(words)
    }

    /// Trains on the lines of text files, each with its line break, as the Python library has it.
    /// Files may be packed with gzip or zstd (feature `compression`).
    ///
    /// # Errors
    /// If a file cannot be read, is not UTF-8 or has a NUL byte, and those of
    /// [`train`](Self::train).
    pub fn train_files<P: AsRef<Path>>(
        mut self,
        files: impl IntoIterator<Item = P>,
    ) -> Result<SubwordTokenizer> {
        let words = self.count(|counter, report| {
            let mut files = files.into_iter();
            files.try_for_each(|file| push_lines(file.as_ref(), counter, report))
        })?;
        self.train_on(words)
    }

    /// Counts the words of texts, for several tokenizers with the same normalizer and
    /// pre-tokenizer to be trained on.
    ///
    /// # Errors
    /// Those of [`try_train`](Self::try_train), but that there may be no words.
    pub fn count_words<S: AsRef<str>>(
        mut self,
        texts: impl IntoIterator<Item = Result<S>>,
    ) -> Result<WordCounts> {
        self.count(|counter, report| {
            texts.into_iter().try_for_each(|text| counter.push(text?.as_ref(), report))
        })
    }

    /// Trains on words that were counted before, whatever the normalizer and the pre-tokenizer.
    ///
    /// # Errors
    /// If there are no words, or the recipe is not consistent.
    pub fn train_on(mut self, words: WordCounts) -> Result<SubwordTokenizer> {
        if words.is_empty() {
            return Err(TrainerError::NoWords.into());
        }
        let (recipe, report) = (&self.recipe, &mut self.report);
        let model = match &recipe.model {
            SubwordModel::Bpe(options) => bpe::train(words, recipe, options, report)?,
            SubwordModel::WordPiece(options) => word_piece::train(words, recipe, options, report)?,
            SubwordModel::Unigram(options) => unigram::train(&words, recipe, options, report)?,
            SubwordModel::WordLevel(options) => word_level::train(&words, recipe, options)?,
        };
        let parts = recipe.to_parts(model.json, |token| {
            let id = model.tokens.iter().position(|known| known == token)?;
            u32::try_from(id).ok()
        })?;
        SubwordTokenizer::from_parts(&parts, Path::new("tokenizer.json"), &Settings::default())
    }

    fn count(
        &mut self,
        push_all: impl FnOnce(&mut WordCounter, &mut Report<'a>) -> Result<()>,
    ) -> Result<WordCounts> {
        let mut counter = WordCounter::new(&self.recipe, &self.options)?;
        push_all(&mut counter, &mut self.report)?;
        counter.finish(&mut self.report)
    }
}

/// Adds the lines of a file with their line breaks. A file without any is no error.
fn push_lines(path: &Path, counter: &mut WordCounter, report: &mut Report<'_>) -> Result<()> {
    let mut source = match TextSource::open(path, SourceSettings::new(false)) {
        Err(Error::EmptyFile { .. }) => return Ok(()),
        source => source?,
    };
    while let Some(block) = source.block()? {
        for line in block.text.split_inclusive('\n') {
            counter.push(line, report)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
