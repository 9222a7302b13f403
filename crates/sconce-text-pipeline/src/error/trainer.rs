//! What can go wrong while a subword tokenizer is trained.

use std::io;

/// Why a tokenizer could not be trained.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values quoted in the message beside them")]
pub enum TrainerError {
    /// Texts without a single word.
    #[error("the texts hold no words, so there is nothing to train on; give more text")]
    NoWords,

    /// A step that the recipe names and that cannot be made.
    #[error("the recipe has a step that cannot be made: {reason}; correct it")]
    Step { reason: String },

    /// A token that frames texts and has no id.
    #[error("{token:?} frames texts but is not in the vocabulary; name it as a special token")]
    FrameToken { token: String },

    /// A token for what is unknown that has no id.
    #[error(
        "{token:?} stands for the unknown but is not in the vocabulary; name it as a special token"
    )]
    UnknownToken { token: String },

    /// More special tokens than the vocabulary may have.
    #[error("vocab_size is {vocab_size}, but {n_specials} special tokens come first; raise it")]
    VocabularyTooSmall { vocab_size: usize, n_specials: usize },

    /// More different characters than the vocabulary may have tokens.
    #[error(
        "vocab_size is {vocab_size}, but the texts have {n_characters} different characters, each of which must be a token; raise it"
    )]
    AlphabetTooLarge { vocab_size: usize, n_characters: usize },

    /// A setting that training cannot work with.
    #[error("{option} must be {expected}; correct it in the recipe")]
    Option { option: &'static str, expected: &'static str },

    /// Words were counted in temporary files that could not be written or read.
    #[error(
        "{folder}: temporary files of word counts failed: {source}; free some space there, choose another folder, or allow more memory"
    )]
    Spill { folder: String, source: io::Error },

    /// More text in different words than 32-bit places can name.
    #[error("{n_words} different words are too many to train on; leave out rare ones (min_count)")]
    TooManyWords { n_words: usize },

    /// The rules of the recipe refused a text.
    #[error("{text:?} cannot be cut into words: {reason}; correct the recipe's patterns")]
    Cut { text: String, reason: String },
}

impl TrainerError {
    pub(crate) fn step(reason: impl ToString) -> Self {
        Self::Step { reason: reason.to_string() }
    }
}
