//! `vocabulary.json`: what a word tokenizer is made of, as it is saved.

use serde::{Deserialize, Serialize};

use super::WordTokenizer;
use crate::analyzer::{Analyzer, WordFilter};
use crate::error::{Error, Result, WordsError};
use crate::normalizer::Normalizer;
use crate::padding::Side;
use crate::pre_tokenizer::PreTokenizer;
use crate::tokenizer::TokenizerFile;
use crate::vocabulary::Vocabulary;

/// The last version of `vocabulary.json` that this release reads.
const VERSION: u64 = 2;
/// The version of a file that has nothing the first release did not know.
const FIRST_VERSION: u64 = 1;
const FORMAT: &str = "sconce-word-tokenizer";

/// What is read before the rest is trusted.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u64,
}

/// The content of `vocabulary.json`.
#[derive(Serialize, Deserialize)]
struct Content<V> {
    format: String,
    version: u64,
    normalizer: Normalizer,
    pre_tokenizer: PreTokenizer,
    #[serde(default, skip_serializing_if = "WordFilter::is_none")]
    filter: WordFilter,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    bos: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    eos: Option<String>,
    #[serde(default, skip_serializing_if = "is_end")]
    cut: Side,
    vocabulary: V,
}

fn is_end(side: &Side) -> bool {
    *side == Side::Right
}

impl WordTokenizer {
    /// Reads the content of `vocabulary.json`.
    ///
    /// # Errors
    /// If it is not such a file, or one of a newer release.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let header: Header = serde_json::from_slice(bytes).map_err(corrupt)?;
        if header.format != FORMAT {
            return Err(corrupt(format!("its format is {:?}, not {FORMAT:?}", header.format)));
        }
        if header.version > VERSION {
            let file = Self::FILE_NAME.to_owned();
            return Err(Error::NewerVersion { file, found: header.version, supported: VERSION });
        }
        let content: Content<Vocabulary> = serde_json::from_slice(bytes).map_err(corrupt)?;
        let Content { normalizer, pre_tokenizer, filter, .. } = content;
        Self::from_analyzer(Analyzer { normalizer, pre_tokenizer, filter }, content.vocabulary)
            .cutting(content.cut)
            .framed(content.bos.as_deref(), content.eos.as_deref())
            .map_err(corrupt)
    }

    pub(super) fn write(&self) -> Result<TokenizerFile> {
        let Analyzer { normalizer, pre_tokenizer, filter } = &self.analyzer;
        let is_old = matches!(
            pre_tokenizer,
            PreTokenizer::Whitespace
                | PreTokenizer::UnicodeWords
                | PreTokenizer::BasicEnglish
                | PreTokenizer::Kim2014
                | PreTokenizer::Characters
        );
        if matches!(pre_tokenizer, PreTokenizer::Custom(_)) {
            return Err(WordsError::CustomNotSaved.into());
        }
        let is_old = is_old && filter.is_none() && self.frame.len() == 0 && is_end(&self.cut);
        let token =
            |id: Option<u32>| id.and_then(|id| self.vocabulary.token(id)).map(str::to_owned);
        let content = Content {
            format: FORMAT.to_owned(),
            version: if is_old { FIRST_VERSION } else { VERSION },
            normalizer: *normalizer,
            pre_tokenizer: pre_tokenizer.clone(),
            filter: filter.clone(),
            bos: token(self.frame.bos),
            eos: token(self.frame.eos),
            cut: self.cut,
            vocabulary: &self.vocabulary,
        };
        let bytes = serde_json::to_vec(&content).map_err(corrupt)?;
        Ok(TokenizerFile { name: Self::FILE_NAME.to_owned(), bytes })
    }
}

fn corrupt(reason: impl ToString) -> Error {
    Error::CorruptTokenizer {
        file: WordTokenizer::FILE_NAME.to_owned(),
        reason: reason.to_string(),
    }
}
