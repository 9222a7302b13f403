//! What can go wrong between encoded rows and batches.

/// Why batches could not be made or gone on with.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are the values quoted in the message beside them")]
pub enum BatchError {
    /// A row with more tokens than every row is to be filled up to.
    #[error(
        "row {row} of the batch has {n_tokens} tokens, more than the fixed length {length}; truncate rows or raise it"
    )]
    RowOverFixedLength { row: usize, n_tokens: usize, length: usize },

    /// A place of other batches than these.
    #[error(
        "the position is not of these batches: {what} differs; restore it with the same data, seed and settings"
    )]
    PositionOfOthers { what: &'static str },

    /// A place past the end of its epoch.
    #[error(
        "the position is batch {batch} of epoch {epoch}, which has {n_batches}; was it edited?"
    )]
    PositionPastEnd { epoch: u64, batch: u64, n_batches: usize },

    /// A process number that none of so many processes has.
    #[error("rank {rank} is not below the world size {world_size}; ranks count from 0")]
    InvalidShard { rank: usize, world_size: usize },

    /// What makes the batches panicked.
    #[error("a worker that makes batches panicked: {reason}")]
    WorkerPanicked { reason: String },

    /// The operating system refused a thread.
    #[error("no thread for making batches could be started: {reason}")]
    NoThread { reason: String },

    /// Sources and targets of different numbers.
    #[error("{n_sources} source texts but {n_targets} target texts; give each source its target")]
    Unpaired { n_sources: usize, n_targets: usize },

    /// A stream too short for its columns.
    #[error(
        "{n_tokens} tokens are too few for {n_columns} columns of at least two; give more text or fewer columns"
    )]
    StreamTooShort { n_tokens: usize, n_columns: usize },

    /// A length of zero where there is at least one token.
    #[error("{name} is 0; it must be at least 1")]
    Zero { name: &'static str },
}
