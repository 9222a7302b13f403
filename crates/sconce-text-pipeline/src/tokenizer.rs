//! What every tokenizer can do, and how one is read back from its file.

use std::ops::Deref;

use rayon::prelude::*;

use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::special_tokens::SpecialTokens;
use crate::truncation::{Truncation, Windows};
use crate::word_tokenizer::WordTokenizer;

/// A tokenizer as the one file that a model folder holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenizerFile {
    /// The name of the file, which says what kind of tokenizer it holds.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// Turns text into the ids of a fixed vocabulary.
pub trait Tokenizer: Send + Sync {
    /// The tokens of one text, of two, or of words, cut to a limit if there is one.
    ///
    /// # Errors
    /// If a limit has no room for the tokens that the tokenizer adds, or the text that is to lose
    /// tokens has too few.
    fn encode_input(&self, input: Input<'_>, truncation: Option<&Truncation>) -> Result<Encoding>;

    /// The question beside each window of the context: as many windows as it takes for every
    /// token of the context to be in one. The question is never cut.
    ///
    /// [`n_left_out`](Encoding::n_left_out) counts the tokens of the context that stand in other
    /// windows only.
    ///
    /// # Errors
    /// If question and added tokens leave no room, or less than the windows share.
    fn encode_windows(
        &self,
        question: &str,
        context: &str,
        windows: &Windows,
    ) -> Result<Vec<Encoding>>;

    /// The text that ids stand for; ids that no token has are left out.
    fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String>;

    /// The ids of tokens that no text is made of.
    fn special_tokens(&self) -> &SpecialTokens;

    /// The tokens of `text`.
    fn encode(&self, text: &str) -> Result<Encoding> {
        self.encode_input(Input::Text(text), None)
    }

    /// Appends the ids of the tokens of `text` to `ids`: the fast path.
    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()>;

    /// One more than the largest id.
    fn vocab_size(&self) -> usize;

    /// The longest row that the model takes, where the tokenizer's folder says so.
    fn max_length(&self) -> Option<usize> {
        None
    }

    /// The id of a token.
    fn id(&self, token: &str) -> Option<u32>;

    /// The token with an id.
    fn token(&self, id: u32) -> Option<String>;

    /// The file to save beside a model, which [`load_tokenizer`] reads.
    fn to_file(&self) -> Result<TokenizerFile>;

    /// A second file that other programs need to read the first as it was meant: transformers'
    /// `tokenizer_config.json`. Nothing here needs it to encode.
    fn config_file(&self) -> Result<Option<TokenizerFile>> {
        Ok(None)
    }

    /// Appends at most `max_length` ids and says whether some had to be left out.
    ///
    /// The last tokens of the text go first; tokens that frame it, such as `[SEP]`, stay.
    fn encode_ids_within(&self, text: &str, max_length: usize, ids: &mut Vec<u32>) -> Result<bool> {
        let end = ids.len().saturating_add(max_length);
        self.encode_ids(text, ids)?;
        let is_longer = ids.len() > end;
        ids.truncate(end);
        Ok(is_longer)
    }

    /// The encodings of many texts, made in parallel.
    fn encode_batch(&self, texts: &[&str]) -> Result<Vec<Encoding>> {
        texts.par_iter().map(|text| self.encode(text)).collect()
    }
}

impl<T: Tokenizer + ?Sized> Tokenizer for Box<T> {
    fn encode_input(&self, input: Input<'_>, truncation: Option<&Truncation>) -> Result<Encoding> {
        self.deref().encode_input(input, truncation)
    }

    fn encode_windows(
        &self,
        question: &str,
        context: &str,
        windows: &Windows,
    ) -> Result<Vec<Encoding>> {
        self.deref().encode_windows(question, context, windows)
    }

    fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String> {
        self.deref().decode(ids, skip_special)
    }

    fn special_tokens(&self) -> &SpecialTokens {
        self.deref().special_tokens()
    }

    fn encode(&self, text: &str) -> Result<Encoding> {
        self.deref().encode(text)
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        self.deref().encode_ids(text, ids)
    }

    fn vocab_size(&self) -> usize {
        self.deref().vocab_size()
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.deref().id(token)
    }

    fn token(&self, id: u32) -> Option<String> {
        self.deref().token(id)
    }

    fn max_length(&self) -> Option<usize> {
        self.deref().max_length()
    }

    fn to_file(&self) -> Result<TokenizerFile> {
        self.deref().to_file()
    }

    fn config_file(&self) -> Result<Option<TokenizerFile>> {
        self.deref().config_file()
    }

    fn encode_ids_within(&self, text: &str, max_length: usize, ids: &mut Vec<u32>) -> Result<bool> {
        self.deref().encode_ids_within(text, max_length, ids)
    }
}

/// The name of a Hugging Face tokenizer file.
pub(crate) const SUBWORD_FILE: &str = "tokenizer.json";

/// Reads a tokenizer back; the name of the file chooses its kind.
///
/// `vocabulary.json` is a [`WordTokenizer`], `tokenizer.json` a Hugging Face tokenizer (feature
/// `subword`).
pub fn load_tokenizer(file: &TokenizerFile) -> Result<Box<dyn Tokenizer>> {
    match file.name.as_str() {
        WordTokenizer::FILE_NAME => Ok(Box::new(WordTokenizer::from_bytes(&file.bytes)?)),
        #[cfg(feature = "subword")]
        SUBWORD_FILE => Ok(Box::new(crate::SubwordTokenizer::from_bytes(&file.bytes)?)),
        #[cfg(not(feature = "subword"))]
        SUBWORD_FILE => Err(Error::FeatureMissing { file: file.name.clone(), feature: "subword" }),
        _ => Err(Error::UnknownTokenizer { file: file.name.clone() }),
    }
}

#[cfg(test)]
mod tests;
