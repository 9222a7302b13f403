//! What can go wrong with words: how they are cut, counted, numbered and changed.

/// Why text could not be cut into words, or words not numbered.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values quoted in the message beside them")]
pub enum WordsError {
    /// A regular expression that is none, or one that asks for what is not there.
    #[error(
        "the regular expression {pattern:?} cannot be used: {reason}; the syntax is that of Rust's regex crate"
    )]
    InvalidPattern { pattern: String, reason: String },

    /// A tokenizer that no file can hold.
    #[error(
        "a tokenizer that cuts words by a function cannot be saved; use a named pre-tokenizer or a regular expression"
    )]
    CustomNotSaved,

    /// A token that should frame texts and has no id.
    #[error(
        "{token:?} is to stand at the {place} of each text but is not in the vocabulary; add it to the special tokens"
    )]
    NoFrameToken { token: String, place: &'static str },

    /// A line of a vocabulary that cannot be one.
    #[error("{path}:{line}: {reason}; a vocabulary has one token a line, each once")]
    VocabularyLine { path: String, line: usize, reason: String },

    /// A JSON file that holds no vocabulary.
    #[error(
        "{path}: not a vocabulary: {reason}; expected a list of tokens, an object of tokens and ids, or what was saved here"
    )]
    VocabularyJson { path: String, reason: String },

    /// What `torch.save` made of something else.
    #[error("{path}: not a vocabulary of torchtext: {reason}; save its get_itos() as JSON")]
    TorchFile { path: String, reason: String },

    /// A token that cannot be a line of a file.
    #[error("token {token:?} cannot be a line of a text file; save the vocabulary as JSON")]
    NoLine { token: String },

    /// Tags that are not those of the words.
    #[error("{n_tags} tags for {n_words} words; give one for each, or none")]
    TagCount { n_tags: usize, n_words: usize },

    /// A share or rate that is none.
    #[error("the {name} is {value}; it must be from 0 to 1")]
    InvalidRate { name: &'static str, value: f64 },
}
