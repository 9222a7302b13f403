//! Precision, recall and F1 of whole spans (Tjong Kim Sang and De Meulder 2003,
//! arXiv:cs/0306050), as seqeval computes them.

mod report;

pub use report::{SpanReport, SpanScores};

use std::collections::BTreeMap;

use crate::counts::{
    Average, LabelCount, Scores, add_counts, average, check_labels, check_lengths, ratio,
};
use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::spans::{Scheme, SpanReader};
use crate::token_accuracy::IGNORE;

type Value = fn(&SpanF1) -> f64;

/// The numbers that come of it, by name.
pub(crate) const VALUES: [(&str, Value); 10] = [
    ("span_f1", SpanF1::value),
    ("span_precision", |counted| counted.average(Average::Micro).precision),
    ("span_recall", |counted| counted.average(Average::Micro).recall),
    ("macro_span_f1", |counted| counted.average(Average::Macro).f1),
    ("macro_span_precision", |counted| counted.average(Average::Macro).precision),
    ("macro_span_recall", |counted| counted.average(Average::Macro).recall),
    ("weighted_span_f1", |counted| counted.average(Average::Weighted).f1),
    ("weighted_span_precision", |counted| counted.average(Average::Weighted).precision),
    ("weighted_span_recall", |counted| counted.average(Average::Weighted).recall),
    ("token_accuracy", SpanF1::token_accuracy),
];

/// Counts spans: one is right if its kind, its first and its last token are.
///
/// ```
/// use sconce_metrics::{Average, SpanF1};
///
/// let mut spans = SpanF1::new();
/// spans.update(&["O", "O", "B-MISC", "I-MISC", "O"], &["O", "B-MISC", "I-MISC", "I-MISC", "O"])?;
/// spans.update(&["B-PER", "I-PER", "O"], &["B-PER", "I-PER", "O"])?;
/// assert_eq!(spans.value(), 0.5); // the micro F1: the person is right, the other is not
/// assert_eq!(spans.kind("PER").f1, 1.0);
/// assert_eq!(spans.average(Average::Macro).f1, 0.5);
/// assert_eq!(spans.token_accuracy(), 0.75);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SpanF1 {
    reader: SpanReader,
    kinds: BTreeMap<String, LabelCount>,
    right_tokens: u64,
    n_tokens: u64,
}

impl SpanF1 {
    /// Reads tags leniently, as `conlleval` and seqeval do by default.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes for spans only what `scheme` allows: seqeval's strict mode.
    #[must_use]
    pub fn strict(scheme: Scheme) -> Self {
        Self::with_reader(SpanReader::strict(scheme))
    }

    /// Reads tags as `reader` does.
    #[must_use]
    pub fn with_reader(reader: SpanReader) -> Self {
        Self { reader, ..Self::default() }
    }

    /// Counts one sequence of tags.
    ///
    /// # Errors
    /// If the lengths differ, or a tag is empty or not of the scheme; then nothing of the sequence
    /// is counted.
    pub fn update<T, P>(&mut self, targets: &[T], predictions: &[P]) -> Result<()>
    where
        T: AsRef<str>,
        P: AsRef<str>,
    {
        check_lengths(targets.len(), predictions.len())?;
        let right = self.reader.spans(targets)?;
        let predicted = self.reader.spans(predictions)?;
        for span in &right {
            self.count(span.kind).targets += 1;
        }
        for span in &predicted {
            let count = self.count(span.kind);
            count.predictions += 1;
            // Both lists are in the order of the last token, and no two spans share one.
            let same_end = right.binary_search_by_key(&span.end, |right| right.end);
            count.right += u64::from(same_end.is_ok_and(|index| right[index] == *span));
        }
        let same = targets.iter().zip(predictions).filter(|(t, p)| t.as_ref() == p.as_ref());
        self.right_tokens += same.count() as u64;
        self.n_tokens += targets.len() as u64;
        Ok(())
    }

    /// Counts one sequence of label ids, `names[id]` being the tag. Tokens whose target is
    /// [`IGNORE`] are left out, as if the sequence did not have them.
    ///
    /// # Errors
    /// As [`update`](Self::update), or if a label has no name.
    pub fn update_ids(
        &mut self,
        names: &[impl AsRef<str>],
        targets: &[u32],
        predictions: &[u32],
    ) -> Result<()> {
        check_lengths(targets.len(), predictions.len())?;
        let is_scored = |(target, _): &(&u32, &u32)| **target != IGNORE;
        let scored = targets.iter().zip(predictions).filter(is_scored);
        let (targets, predictions): (Vec<u32>, Vec<u32>) = scored.unzip();
        check_labels("target", &targets, names.len())?;
        check_labels("prediction", &predictions, names.len())?;
        let tags = |labels: Vec<u32>| -> Vec<&str> {
            labels.into_iter().map(|label| names[label as usize].as_ref()).collect()
        };
        self.update(&tags(targets), &tags(predictions))
    }

    fn count(&mut self, kind: &str) -> &mut LabelCount {
        self.kinds.entry(kind.to_owned()).or_default()
    }

    /// The F1 of all spans together, which papers report.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.average(Average::Micro).f1
    }

    /// Precision, recall and F1 averaged over the kinds that occur in targets or predictions.
    #[must_use]
    pub fn average(&self, by: Average) -> Scores {
        average(self.kinds.values(), by)
    }

    /// Precision, recall and F1 of the spans of one kind; 0 of a kind that does not occur.
    #[must_use]
    pub fn kind(&self, kind: &str) -> Scores {
        self.kinds.get(kind).copied().unwrap_or_default().scores()
    }

    /// The kinds that occur, in alphabetical order.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.kinds.keys().map(String::as_str)
    }

    /// How many spans of one kind the targets have.
    #[must_use]
    pub fn support(&self, kind: &str) -> u64 {
        self.kinds.get(kind).copied().unwrap_or_default().targets
    }

    /// The part of the tokens whose whole tag is right.
    #[must_use]
    pub fn token_accuracy(&self) -> f64 {
        ratio(self.right_tokens, self.n_tokens)
    }

    /// All numbers with their names, the usual F1 first.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        VALUES.iter().map(|&(name, value)| (name, value(self))).collect()
    }

    /// A line for each kind, and the averages.
    #[must_use]
    pub fn report(&self) -> SpanReport {
        SpanReport::new(self)
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        *self = Self::with_reader(self.reader);
    }
}

impl Merge for SpanF1 {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.reader == other.reader, "span_f1")?;
        for (kind, count) in &other.kinds {
            add_counts(std::slice::from_mut(self.count(kind)), &[*count]);
        }
        self.right_tokens += other.right_tokens;
        self.n_tokens += other.n_tokens;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
