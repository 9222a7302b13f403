//! What every metric of generated texts can do, and these metrics by their names.

mod segments;

pub(crate) use segments::Segments;

use std::fmt::Debug;

use crate::bleu::Bleu;
use crate::catalogue::MetricKind;
use crate::chrf::Chrf;
use crate::error::{Result, TextError};
use crate::error_rates::{ErrorMeasure, ErrorRates};
use crate::metric::build;
use crate::rouge::{Rouge, RougeKind};
use crate::ter::Ter;

/// A score of texts against references, gathered text by text.
///
/// The score of a corpus follows from sums over its texts: see [`bootstrap`](crate::bootstrap).
/// [`higher_is_better`](crate::higher_is_better) says which way is better.
pub trait TextMetric: Debug + Send {
    /// Its name in the catalogue; [`texts_by_name`] makes the metric from it.
    fn name(&self) -> &'static str;

    /// Counts a text with what it should be.
    ///
    /// # Errors
    /// If there is no reference, or several where the metric takes one; then nothing is counted.
    fn update(&mut self, references: &[&str], hypothesis: &str) -> Result<()>;

    /// The score of everything counted since the start or the last reset.
    fn value(&self) -> f64;

    /// The score that follows from these sums over texts: sums of what
    /// [`segment`](Self::segment) gives.
    fn value_of(&self, sums: &[f64]) -> f64;

    /// The sums that everything counted comes to.
    fn sums(&self) -> &[f64];

    /// The statistics of the text number `index`, if there is one and they were kept.
    fn segment(&self, index: usize) -> Option<&[f64]>;

    /// How many texts have their statistics kept.
    fn n_segments(&self) -> usize;

    /// Forgets everything counted.
    fn reset(&mut self);
}

type Build = fn() -> Box<dyn TextMetric>;

pub(crate) const KNOWN: [(&str, Build); 13] = [
    ("bleu", || Box::new(Bleu::new())),
    ("chrf", || Box::new(Chrf::new())),
    ("chrf++", || Box::new(Chrf::plus_plus())),
    ("ter", || Box::new(Ter::new())),
    ("rouge1", || Box::new(Rouge::new(&[RougeKind::Words(1)]))),
    ("rouge2", || Box::new(Rouge::new(&[RougeKind::Words(2)]))),
    ("rouge_l", || Box::new(Rouge::new(&[RougeKind::Longest]))),
    ("rouge_lsum", || Box::new(Rouge::new(&[RougeKind::LongestOfSentences]))),
    ("wer", || Box::new(ErrorRates::words())),
    ("cer", || Box::new(ErrorRates::characters())),
    ("mer", || Box::new(ErrorRates::words().with_measure(ErrorMeasure::Match))),
    ("wil", || Box::new(ErrorRates::words().with_measure(ErrorMeasure::InformationLost))),
    ("wip", || Box::new(ErrorRates::words().with_measure(ErrorMeasure::InformationPreserved))),
];

/// The metric of generated texts called `name`, with the settings that it has elsewhere by default.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
///
/// ```
/// use sconce_metrics::texts_by_name;
///
/// let mut chrf = texts_by_name("chrf")?;
/// chrf.update(&["The cat sat on the mat."], "The cat sat on a mat.")?;
/// assert!(chrf.value() > 65.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
pub fn texts_by_name(name: &str) -> Result<Box<dyn TextMetric>> {
    Ok(build(MetricKind::Texts, name, &KNOWN)?())
}

pub(crate) fn check_references(references: &[&str]) -> Result<()> {
    if references.is_empty() { Err(TextError::NoReferences.into()) } else { Ok(()) }
}

/// What every metric of texts has in common: it is its [`Segments`].
macro_rules! counted_in_segments {
    () => {
        fn value(&self) -> f64 {
            self.value_of(self.segments.sums())
        }

        fn sums(&self) -> &[f64] {
            self.segments.sums()
        }

        fn segment(&self, index: usize) -> Option<&[f64]> {
            self.segments.row(index)
        }

        fn n_segments(&self) -> usize {
            self.segments.n_kept()
        }

        fn reset(&mut self) {
            self.segments.reset();
        }
    };
}
pub(crate) use counted_in_segments;

#[cfg(test)]
mod tests;
