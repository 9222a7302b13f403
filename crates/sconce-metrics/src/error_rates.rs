//! Word error rate, character error rate and what else follows from an alignment (Morris, Maier
//! and Green 2004), as jiwer computes them.

use serde::Serialize;

use crate::alignment::{Edit, character_edits, word_edits};
use crate::error::{Result, TextError};
use crate::merge::{Merge, check_same};
use crate::text_metric::{Segments, TextMetric, check_references, counted_in_segments};

/// What of the counts a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ErrorMeasure {
    /// Edits by the length of the reference: the word or character error rate.
    #[default]
    Error,
    /// Edits by the length of the alignment.
    Match,
    /// One less the information preserved.
    InformationLost,
    /// The part of the reference that was hit times the part of the text that is hits.
    InformationPreserved,
}

/// What one token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Unit {
    Words,
    Characters,
}

/// The edits that make texts of their references.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct EditCounts {
    /// Tokens that are in both.
    pub hits: u64,
    /// Tokens in the place of others.
    pub substitutions: u64,
    /// Tokens of references that texts lack.
    pub deletions: u64,
    /// Tokens of texts that references lack.
    pub insertions: u64,
}

/// Error rates of transcripts: less is better of all but the information preserved.
///
/// Words stand between single spaces, runs of white space counting as one, as in jiwer: a lone tab
/// or line break does not part words. Characters are Unicode's code points between the first and
/// the last that is no space.
///
/// ```
/// use sconce_metrics::{ErrorRates, TextMetric};
///
/// let mut words = ErrorRates::words();
/// words.update(&["hello world how are you"], "hello word how you")?;
/// assert_eq!(words.value(), 0.4);
/// assert_eq!((words.counts().substitutions, words.counts().deletions), (1, 1));
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct ErrorRates {
    unit: Unit,
    measure: ErrorMeasure,
    segments: Segments,
}

impl ErrorRates {
    /// The names of what words give.
    const WORDS: [(&'static str, ErrorMeasure); 4] = [
        ("wer", ErrorMeasure::Error),
        ("mer", ErrorMeasure::Match),
        ("wil", ErrorMeasure::InformationLost),
        ("wip", ErrorMeasure::InformationPreserved),
    ];

    /// Of words.
    #[must_use]
    pub fn words() -> Self {
        Self { unit: Unit::Words, measure: ErrorMeasure::Error, segments: Segments::new(4) }
    }

    /// Of characters.
    #[must_use]
    pub fn characters() -> Self {
        Self { unit: Unit::Characters, ..Self::words() }
    }

    /// Takes `measure` for the value of the metric.
    #[must_use]
    pub fn with_measure(self, measure: ErrorMeasure) -> Self {
        Self { measure, ..self }
    }

    /// Keeps the counts of each text from now on, 32 bytes each, for
    /// [`bootstrap`](crate::bootstrap) and the paired tests.
    #[must_use]
    pub fn keeping_segments(mut self) -> Self {
        self.segments.keep();
        self
    }

    /// All edits counted.
    #[must_use]
    pub fn counts(&self) -> EditCounts {
        EditCounts::of(self.segments.sums())
    }

    /// `wer`, `mer`, `wil` and `wip`, or `cer`.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        let counts = self.counts();
        match self.unit {
            Unit::Words => Self::WORDS.map(|(name, of)| (name, counts.measure(of))).to_vec(),
            Unit::Characters => vec![("cer", counts.measure(ErrorMeasure::Error))],
        }
    }

    fn row(&self, reference: &str, hypothesis: &str) -> [f64; 4] {
        let edits = match self.unit {
            Unit::Words => word_edits(reference, hypothesis),
            Unit::Characters => character_edits(reference, hypothesis),
        };
        let mut row = [0.0; 4];
        for edit in edits {
            row[edit as usize] += 1.0;
        }
        row
    }
}

impl EditCounts {
    fn of(sums: &[f64]) -> Self {
        let count = |edit: Edit| sums[edit as usize] as u64;
        Self {
            hits: count(Edit::Equal),
            substitutions: count(Edit::Substitute),
            deletions: count(Edit::Delete),
            insertions: count(Edit::Insert),
        }
    }

    /// What these counts come to. Where references are empty the error rate is the number of
    /// insertions, and all is preserved of nothing by nothing.
    #[must_use]
    pub fn measure(&self, measure: ErrorMeasure) -> f64 {
        let Self { hits, substitutions, deletions, insertions } = *self;
        let errors = (substitutions + deletions + insertions) as f64;
        let reference = (hits + substitutions + deletions) as f64;
        let hypothesis = (hits + substitutions + insertions) as f64;
        let preserved = match (reference == 0.0, hypothesis == 0.0) {
            (true, true) => 1.0,
            (false, false) => (hits as f64 / reference) * (hits as f64 / hypothesis),
            _ => 0.0,
        };
        match measure {
            ErrorMeasure::Error => errors / reference.max(1.0),
            ErrorMeasure::Match => errors / (reference + insertions as f64).max(1.0),
            ErrorMeasure::InformationLost => 1.0 - preserved,
            ErrorMeasure::InformationPreserved => preserved,
        }
    }
}

impl TextMetric for ErrorRates {
    fn name(&self) -> &'static str {
        match self.unit {
            Unit::Characters => "cer",
            Unit::Words => {
                let named = Self::WORDS.iter().find(|(_, measure)| *measure == self.measure);
                named.map_or("wer", |&(name, _)| name)
            }
        }
    }

    /// Takes one reference.
    fn update(&mut self, references: &[&str], hypothesis: &str) -> Result<()> {
        check_references(references)?;
        let [reference] = references else {
            let (metric, given) = (self.name(), references.len());
            return Err(TextError::OneReference { metric, given }.into());
        };
        let row = self.row(reference, hypothesis);
        self.segments.add(&row, 1);
        Ok(())
    }

    fn value_of(&self, sums: &[f64]) -> f64 {
        EditCounts::of(sums).measure(self.measure)
    }

    counted_in_segments!();
}

impl Merge for ErrorRates {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same((self.unit, self.measure) == (other.unit, other.measure), self.name())?;
        self.segments.merge(&other.segments);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
