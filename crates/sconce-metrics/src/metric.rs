//! What every metric over labels can do, and metrics by their names.

use std::fmt::Debug;

use crate::accuracy::Accuracy;
use crate::counts::Average;
use crate::error::{Error, Result};
use crate::precision_recall::{F1, Precision, Recall};

/// A number from 0 to 1, higher is better, that is gathered batch by batch.
pub trait Metric: Debug + Send {
    /// Its name, the one that [`by_name`] takes.
    fn name(&self) -> &'static str;

    /// Counts a batch; `predictions[i]` belongs to `targets[i]`.
    ///
    /// # Errors
    /// If the lengths differ or a label is out of range; then nothing of the batch is counted.
    fn update(&mut self, targets: &[u32], predictions: &[u32]) -> Result<()>;

    /// The value over everything counted since the start or the last reset; 0 before anything.
    fn value(&self) -> f64;

    /// Forgets everything counted.
    fn reset(&mut self);
}

type Build = fn(usize) -> Box<dyn Metric>;

const KNOWN: [(&str, Build); 10] = [
    ("accuracy", |_| Box::new(Accuracy::new())),
    ("macro_f1", |n| Box::new(F1::new(n, Average::Macro))),
    ("micro_f1", |n| Box::new(F1::new(n, Average::Micro))),
    ("weighted_f1", |n| Box::new(F1::new(n, Average::Weighted))),
    ("macro_precision", |n| Box::new(Precision::new(n, Average::Macro))),
    ("micro_precision", |n| Box::new(Precision::new(n, Average::Micro))),
    ("weighted_precision", |n| Box::new(Precision::new(n, Average::Weighted))),
    ("macro_recall", |n| Box::new(Recall::new(n, Average::Macro))),
    ("micro_recall", |n| Box::new(Recall::new(n, Average::Micro))),
    ("weighted_recall", |n| Box::new(Recall::new(n, Average::Weighted))),
];

/// The names that [`by_name`] takes.
pub fn known_names() -> impl Iterator<Item = &'static str> {
    KNOWN.iter().map(|&(name, _)| name)
}

/// The metric called `name` over `n_labels` labels.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
pub fn by_name(name: &str, n_labels: usize) -> Result<Box<dyn Metric>> {
    match KNOWN.iter().find(|(known, _)| *known == name) {
        Some((_, build)) => Ok(build(n_labels)),
        None => Err(Error::UnknownMetric {
            name: name.to_owned(),
            nearest: nearest(name),
            known: known_names().collect(),
        }),
    }
}

/// The known name with the fewest edits; the order of its words and the case do not count, so that
/// `F1-macro` finds `macro_f1`.
fn nearest(name: &str) -> &'static str {
    let wanted = sorted_words(name);
    let edits = |known: &&str| strsim::damerau_levenshtein(&sorted_words(known), &wanted);
    known_names().min_by_key(edits).unwrap_or_default()
}

fn sorted_words(name: &str) -> String {
    let name = name.to_lowercase();
    let mut words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests;
