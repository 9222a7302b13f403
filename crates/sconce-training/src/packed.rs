//! A packed batch as models take it, and its targets as tasks need them.

use sconce_models::Tokens;
use sconce_ops::Offsets;
use sconce_text_pipeline::{PackedBatch, Targets};

use crate::error::{Error, Result};

/// Where the rows of a batch begin.
pub(crate) fn offsets(batch: &PackedBatch) -> Result<Offsets> {
    Ok(Offsets::new(batch.offsets.as_slice())?)
}

/// The tokens of a batch.
pub(crate) fn tokens<'a>(batch: &'a PackedBatch, offsets: &'a Offsets) -> Tokens<'a> {
    Tokens { ids: &batch.ids, type_ids: &batch.type_ids, offsets }
}

/// The class of each row.
pub(crate) fn classes(targets: &Targets) -> Result<&[u32]> {
    wanted(targets, targets.classes(), "a label for each row")
}

/// Ones and zeros, as many for each row as there are labels.
pub(crate) fn label_sets(targets: &Targets) -> Result<&[f32]> {
    let values = targets.multi_hot().map(|(_, values)| values);
    wanted(targets, values, "any number of labels for each row")
}

/// The number of each row.
pub(crate) fn numbers(targets: &Targets) -> Result<&[f32]> {
    wanted(targets, targets.numbers(), "a number for each row")
}

/// The class or id of each token.
pub(crate) fn of_tokens(targets: &Targets) -> Result<&[u32]> {
    wanted(targets, targets.tokens(), "a label or id for each token")
}

/// The first and the last token of the answer in each row.
pub(crate) fn spans(targets: &Targets) -> Result<&[(u32, u32)]> {
    wanted(targets, targets.spans(), "a span for each row")
}

fn wanted<'a, T: ?Sized>(
    targets: &Targets,
    found: Option<&'a T>,
    wanted: &'static str,
) -> Result<&'a T> {
    found.ok_or_else(|| Error::WrongTargets { found: kind(targets), wanted })
}

fn kind(targets: &Targets) -> &'static str {
    match targets {
        Targets::None => "no targets",
        Targets::Classes(_) => "a label for each row",
        Targets::MultiHot { .. } => "any number of labels for each row",
        Targets::Numbers(_) => "a number for each row",
        Targets::Tokens(_) => "a label or id for each token",
        Targets::Spans(_) => "a span for each row",
    }
}
