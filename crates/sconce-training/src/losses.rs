//! Losses that tasks need beside those of `sconce-ops`, composed of its operations: each takes what
//! a head gives and the targets of a batch as they are collated.

mod cosent;
mod in_batch_negatives;
mod labels;
mod normalize;
mod spans;

pub use self::cosent::CoSent;
pub use self::in_batch_negatives::InBatchNegatives;
pub use self::labels::{multi_label_loss, regression_loss, target_weight};
pub use self::normalize::normalize_rows;
pub use self::spans::{span_loss, span_weight};

#[cfg(test)]
mod tests;
