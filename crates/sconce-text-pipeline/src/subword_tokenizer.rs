//! Hugging Face `tokenizer.json` files: byte-pair encoding, WordPiece, Unigram.

use std::path::Path;

use tokenizers::{ModelWrapper, PostProcessor, TruncationDirection};

use crate::error::{Error, Result};
use crate::tokenizer::{Encoding, SUBWORD_FILE, Tokenizer, TokenizerFile};

/// A tokenizer over pieces of words, read from a Hugging Face `tokenizer.json`.
///
/// Special tokens are added as the file says. Its padding and truncation are ignored: batches are
/// packed, and the caller says how long a row may be.
#[derive(Debug, Clone)]
pub struct SubwordTokenizer {
    inner: tokenizers::Tokenizer,
    vocab_size: usize,
    /// The file as it was read, to be saved again byte for byte.
    bytes: Vec<u8>,
}

impl SubwordTokenizer {
    /// Reads the content of a `tokenizer.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes.to_vec(), SUBWORD_FILE)
    }

    /// Reads a `tokenizer.json` at any path.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let name = path.as_ref().display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Error::io(&name, source))?;
        Self::read(bytes, &name)
    }

    fn read(bytes: Vec<u8>, file: &str) -> Result<Self> {
        let corrupt = |reason: tokenizers::Error| Error::CorruptTokenizer {
            file: file.to_owned(),
            reason: reason.to_string(),
        };
        let mut inner = tokenizers::Tokenizer::from_bytes(&bytes).map_err(corrupt)?;
        inner.with_truncation(None).map_err(corrupt)?;
        inner.with_padding(None);
        if let ModelWrapper::BPE(model) = inner.get_model() {
            // Random segmentation would give each text other ids each time, also in prediction.
            let mut model = model.clone();
            model.dropout = None;
            inner.with_model(model);
        }
        let largest = inner.get_vocab(true).into_values().max();
        let vocab_size = largest.map_or(0, |id| id as usize + 1);
        Ok(Self { inner, vocab_size, bytes })
    }

    /// The tokens of the text alone, cut to `max_length` with room for those that frame it.
    fn truncated(&self, text: &str, max_length: usize) -> Result<tokenizers::Encoding> {
        let n_special = self.inner.get_post_processor().map_or(0, |post| post.added_tokens(false));
        let room = max_length
            .checked_sub(n_special)
            .ok_or(Error::MaxLengthTooSmall { max_length, n_special })?;
        let failed = |error| failed(text, error);
        let mut encoding = self.inner.encode_fast(text, false).map_err(failed)?;
        encoding.truncate(room, 0, TruncationDirection::Right);
        self.inner.post_process(encoding, None, true).map_err(failed)
    }
}

impl Tokenizer for SubwordTokenizer {
    fn encode(&self, text: &str) -> Result<Encoding> {
        let encoding = self.inner.encode(text, true).map_err(|error| failed(text, error))?;
        Ok(Encoding { ids: encoding.get_ids().to_vec(), spans: encoding.get_offsets().to_vec() })
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        let encoding = self.inner.encode_fast(text, true).map_err(|error| failed(text, error))?;
        ids.extend_from_slice(encoding.get_ids());
        Ok(())
    }

    fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    fn to_file(&self) -> Result<TokenizerFile> {
        Ok(TokenizerFile { name: SUBWORD_FILE.to_owned(), bytes: self.bytes.clone() })
    }

    fn encode_ids_within(&self, text: &str, max_length: usize, ids: &mut Vec<u32>) -> Result<bool> {
        let start = ids.len();
        self.encode_ids(text, ids)?;
        if ids.len() - start <= max_length {
            return Ok(false);
        }
        ids.truncate(start);
        ids.extend_from_slice(self.truncated(text, max_length)?.get_ids());
        Ok(true)
    }
}

/// Quotes the beginning of the text: whole documents do not belong into a message.
fn failed(text: &str, error: tokenizers::Error) -> Error {
    Error::Subword { text: text.chars().take(60).collect(), reason: error.to_string() }
}

#[cfg(test)]
mod tests;
