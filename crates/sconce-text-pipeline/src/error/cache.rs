//! What can be wrong with a token cache.

use std::io;

/// Why a [`TokenCache`](crate::TokenCache) could not be written, or is not to be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values quoted in the message beside them")]
pub enum CacheError {
    /// A file of something else; it is never overwritten.
    #[error("{path}: not a token cache; choose another path for the cache")]
    NotACache { path: String },

    /// A file of another release.
    #[error(
        "{path}: token cache of format {found}, but this release reads {supported}; build it again"
    )]
    Version { path: String, found: u32, supported: u32 },

    /// A file from a machine that writes numbers the other way round.
    #[error("{path}: token cache of a machine with another byte order; build it again on this one")]
    ByteOrder { path: String },

    /// A file that is cut short or changed.
    #[error("{path}: the token cache is damaged: {reason}; delete it or build it again")]
    Damaged { path: String, reason: String },

    /// A whole file, but of other data, another tokenizer or other settings.
    #[error(
        "{path}: the token cache is of another source, tokenizer or settings ({found}, not {expected}); build it again"
    )]
    Stale { path: String, found: String, expected: String },

    /// The operating system refused to write the file.
    #[error("{path}: the token cache cannot be written: {source}")]
    Write { path: String, source: io::Error },

    /// A row whose numbers are not those that were announced.
    #[error("row {row}: {reason}")]
    Row { row: usize, reason: String },

    /// Some rows have a label and some have none.
    #[error(
        "{place}: it has {} label, but the rows before have {}; label all rows or none",
        if *.has_target { "a" } else { "no" }, if *.has_target { "none" } else { "one" }
    )]
    LabelsOfSome { place: String, has_target: bool },

    /// An example with texts that do not go with the first.
    #[error("it has negatives, which a row of a cache does not hold; leave their columns out")]
    Negatives,

    /// A cache holds no tokenizer, but one is wanted.
    #[error("{path}: the token cache holds no tokenizer; build it with one")]
    NoTokenizer { path: String },

    /// Settings that have no form in JSON.
    #[error("the setting {name:?} cannot be kept: {reason}")]
    Setting { name: String, reason: String },
}

impl CacheError {
    /// Whether building the cache again is the way out.
    pub(crate) fn is_cured_by_building(&self) -> bool {
        matches!(
            self,
            Self::Version { .. }
                | Self::ByteOrder { .. }
                | Self::Damaged { .. }
                | Self::Stale { .. }
        )
    }
}
