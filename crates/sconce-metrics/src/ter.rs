//! Translation edit rate (Snover et al. 2006), as sacreBLEU computes it after Tercom.

mod edits;
mod shifts;
mod tokenizer;

use std::fmt;

use serde::Serialize;

use crate::bit_pattern::number;
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::resample::ConfidenceInterval;
use crate::signature::{Signature, yes_no};
use crate::spaces::words;
use crate::text_metric::{Segments, TextMetric, check_references, counted_in_segments};

/// Edits by the words of the references, in per cent; less is better. To insert, to delete, to
/// substitute a word and to shift a phrase is an edit each; shifts are looked for as Tercom does,
/// greedily and within limits.
///
/// ```
/// use sconce_metrics::{Ter, TextMetric};
///
/// let mut ter = Ter::new();
/// ter.update(&["the cat sat on the mat"], "on the mat the cat sat")?;
/// assert_eq!(ter.score().to_string(), "TER = 16.67"); // one shift, six words
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ter {
    settings: Settings,
    segments: Segments,
}

/// What scores depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Settings {
    is_normalized: bool,
    has_no_punctuation: bool,
    has_asian_support: bool,
    is_case_sensitive: bool,
}

/// A translation edit rate; it prints as sacreBLEU prints it without a signature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TerScore {
    /// In per cent, above 100 where there is more to edit than there is.
    pub score: f64,
    /// The edits of all texts.
    pub edits: u64,
    /// The words of the references, of each text their mean.
    pub reference_length: f64,
}

impl Default for Ter {
    fn default() -> Self {
        Self { settings: Settings::default(), segments: Segments::new(2) }
    }
}

impl Ter {
    /// Of words in lower case between spaces.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes upper and lower case for different.
    #[must_use]
    pub fn case_sensitive(mut self) -> Self {
        self.settings.is_case_sensitive = true;
        self
    }

    /// Cuts punctuation off words, as Tercom does on demand.
    #[must_use]
    pub fn normalized(mut self) -> Self {
        self.settings.is_normalized = true;
        self
    }

    /// Takes punctuation away.
    #[must_use]
    pub fn without_punctuation(mut self) -> Self {
        self.settings.has_no_punctuation = true;
        self
    }

    /// Where punctuation is cut off or taken away, does so with that of Chinese and Japanese, and
    /// cuts their characters from each other where it is cut off.
    #[must_use]
    pub fn with_asian_support(mut self) -> Self {
        self.settings.has_asian_support = true;
        self
    }

    /// Keeps the edits of each text from now on, 16 bytes each, for
    /// [`bootstrap`](crate::bootstrap) and the paired tests.
    #[must_use]
    pub fn keeping_segments(mut self) -> Self {
        self.segments.keep();
        self
    }

    /// The score of everything counted.
    #[must_use]
    pub fn score(&self) -> TerScore {
        score_of(self.segments.sums())
    }

    /// The score of one text, with these settings. It is not counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn sentence(&self, references: &[&str], hypothesis: &str) -> Result<TerScore> {
        check_references(references)?;
        Ok(score_of(&self.row(references, hypothesis)))
    }

    /// What the score depends on, as sacreBLEU writes it; the version is this library's.
    #[must_use]
    pub fn signature(&self) -> String {
        self.signed().to_string()
    }

    fn signed(&self) -> Signature {
        let settings = &self.settings;
        Signature::new(self.segments.n_references())
            .with("case", if settings.is_case_sensitive { "mixed" } else { "lc" })
            .with("tok", "tercom")
            .with("norm", yes_no(settings.is_normalized))
            .with("punct", yes_no(!settings.has_no_punctuation))
            .with("asian", yes_no(settings.has_asian_support))
    }

    /// The score after its name and signature, as sacreBLEU prints it.
    #[must_use]
    pub fn line(&self) -> String {
        self.signed().line("TER", self.score().score, None)
    }

    /// The same with the interval of [`bootstrap`](crate::bootstrap).
    #[must_use]
    pub fn line_with(&self, interval: &ConfidenceInterval) -> String {
        self.signed().line("TER", self.score().score, Some(interval))
    }

    /// The fewest edits from one of the references, and the mean length of them all.
    fn row(&self, references: &[&str], hypothesis: &str) -> [f64; 2] {
        let hypothesis = tokenizer::tokenize(hypothesis, self.settings);
        let (mut fewest, mut length) = (usize::MAX, 0);
        for reference in references {
            // sacreBLEU cuts references twice, which parts `.1` where texts keep it.
            let once = tokenizer::tokenize(reference, self.settings);
            let reference = tokenizer::tokenize(&once, self.settings);
            let (hypothesis, reference) = number(words(&hypothesis), words(&reference));
            fewest = fewest.min(shifts::edit_rate(hypothesis, &reference));
            length += reference.len();
        }
        [fewest as f64, length as f64 / references.len() as f64]
    }
}

fn score_of(sums: &[f64]) -> TerScore {
    let (edits, length) = (sums[0], sums[1]);
    let rate = match length > 0.0 {
        true => edits / length,
        // All of a text is wrong that should be empty.
        false => f64::from(edits > 0.0),
    };
    TerScore { score: 100.0 * rate, edits: edits as u64, reference_length: length }
}

impl fmt::Display for TerScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TER = {:.2}", self.score)
    }
}

impl TextMetric for Ter {
    fn name(&self) -> &'static str {
        "ter"
    }

    fn update(&mut self, references: &[&str], hypothesis: &str) -> Result<()> {
        check_references(references)?;
        let row = self.row(references, hypothesis);
        self.segments.add(&row, references.len());
        Ok(())
    }

    fn value_of(&self, sums: &[f64]) -> f64 {
        score_of(sums).score
    }

    counted_in_segments!();
}

impl Merge for Ter {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.settings == other.settings, "ter")?;
        self.segments.merge(&other.segments);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
