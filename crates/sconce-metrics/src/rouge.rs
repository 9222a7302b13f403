//! ROUGE (Lin 2004), as Google's rouge-score computes it.

mod stemmer;
mod summary;
mod tokenizer;

pub use stemmer::porter_stem;
pub use tokenizer::RougeTokenizer;

use crate::bit_pattern::number;
use crate::counts::Scores;
use crate::error::Result;
use crate::lcs;
use crate::merge::{Merge, check_same};
use crate::ngrams::Ngrams;
use crate::text_metric::{Segments, TextMetric, check_references, counted_in_segments};

/// What of two texts is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RougeKind {
    /// N-grams of this many words: ROUGE-1, ROUGE-2 and so on.
    Words(usize),
    /// The longest common subsequence: ROUGE-L.
    Longest,
    /// For each sentence of the reference, which are its lines, all words that are in a longest
    /// common subsequence with a sentence of the text: ROUGE-Lsum, for summaries.
    LongestOfSentences,
}

impl RougeKind {
    /// Its name in the catalogue, for the kinds that have one there: `rouge1`, `rouge2`,
    /// `rouge_l` or `rouge_lsum`; `rouge` of other n-grams.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Words(1) => "rouge1",
            Self::Words(2) => "rouge2",
            Self::Words(_) => "rouge",
            Self::Longest => "rouge_l",
            Self::LongestOfSentences => "rouge_lsum",
        }
    }
}

/// Precision, recall and F1 of what summaries share with their references, from 0 to 1; the means
/// over texts. Of several references the one with the best F1 counts, for each kind by itself.
///
/// ```
/// use sconce_metrics::{Rouge, RougeKind, RougeTokenizer, TextMetric};
///
/// let mut rouge = Rouge::new(&[RougeKind::Words(1), RougeKind::Longest])
///     .with_tokenizer(RougeTokenizer::Stemmed);
/// rouge.update(
///     &["The quick brown fox jumps over the lazy dog"],
///     "The quick brown dog jumps on the log.",
/// )?;
/// let [words, longest] = [0, 1].map(|index| rouge.scores()[index]);
/// assert_eq!((words.precision, words.recall), (0.75, 2.0 / 3.0));
/// assert_eq!((longest.precision, longest.recall), (0.625, 5.0 / 9.0));
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Rouge {
    kinds: Vec<RougeKind>,
    tokenizer: RougeTokenizer,
    segments: Segments,
}

impl Rouge {
    /// Of these kinds; the F1 of the first is the [value](TextMetric::value) of the metric.
    #[must_use]
    pub fn new(kinds: &[RougeKind]) -> Self {
        let segments = Segments::new(1 + 3 * kinds.len());
        Self { kinds: kinds.to_vec(), tokenizer: RougeTokenizer::default(), segments }
    }

    /// ROUGE-1, ROUGE-2, ROUGE-L and ROUGE-Lsum.
    #[must_use]
    pub fn usual() -> Self {
        use RougeKind::{Longest, LongestOfSentences, Words};
        Self::new(&[Words(1), Words(2), Longest, LongestOfSentences])
    }

    /// Cuts texts with `tokenizer`.
    #[must_use]
    pub fn with_tokenizer(self, tokenizer: RougeTokenizer) -> Self {
        Self { tokenizer, ..self }
    }

    /// Keeps the scores of each text from now on, for [`bootstrap_means`](crate::bootstrap_means)
    /// and the paired tests.
    #[must_use]
    pub fn keeping_segments(mut self) -> Self {
        self.segments.keep();
        self
    }

    /// The mean scores over all texts, in the order of the kinds.
    #[must_use]
    pub fn scores(&self) -> Vec<Scores> {
        means(self.segments.sums())
    }

    /// The F1 of each kind with its name.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        let scores = self.scores();
        self.kinds.iter().zip(scores).map(|(kind, scores)| (kind.name(), scores.f1)).collect()
    }

    /// The scores of one text, in the order of the kinds. It is not counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn sentence(&self, references: &[&str], hypothesis: &str) -> Result<Vec<Scores>> {
        check_references(references)?;
        Ok(self.best(references, hypothesis))
    }

    fn best(&self, references: &[&str], hypothesis: &str) -> Vec<Scores> {
        let mut best = self.compare(references[0], hypothesis);
        for reference in &references[1..] {
            for (best, scores) in best.iter_mut().zip(self.compare(reference, hypothesis)) {
                if scores.f1 > best.f1 {
                    *best = scores;
                }
            }
        }
        best
    }

    fn compare(&self, reference: &str, hypothesis: &str) -> Vec<Scores> {
        let is_sum = |kind: &RougeKind| *kind == RougeKind::LongestOfSentences;
        let texts = match self.kinds.iter().all(is_sum) {
            true => [vec![], vec![]],
            false => [reference, hypothesis].map(|text| self.tokenizer.tokens(text)),
        };
        let [reference_words, hypothesis_words] = &texts;
        let score = |kind: &RougeKind| match *kind {
            RougeKind::Words(n) => shared_ngrams(reference_words, hypothesis_words, n),
            RougeKind::Longest => {
                let (reference, hypothesis) = number(reference_words, hypothesis_words);
                scores(lcs::length(&reference, &hypothesis), reference.len(), hypothesis.len())
            }
            RougeKind::LongestOfSentences => {
                summary::compare(self.tokenizer, reference, hypothesis)
            }
        };
        self.kinds.iter().map(score).collect()
    }
}

fn shared_ngrams(reference: &[String], hypothesis: &[String], n: usize) -> Scores {
    let mut ngrams = Ngrams::new([reference, hypothesis]);
    (1..n).for_each(|_| ngrams.lengthen());
    let shared = ngrams.shared(0, 1..2);
    scores(shared, ngrams.len(0), ngrams.len(1))
}

/// Of what two texts share and what each has.
fn scores(shared: usize, reference: usize, hypothesis: usize) -> Scores {
    let part = |whole: usize| shared as f64 / whole.max(1) as f64;
    let (precision, recall) = (part(hypothesis), part(reference));
    let sum = precision + recall;
    Scores { precision, recall, f1: if sum > 0.0 { 2.0 * precision * recall / sum } else { 0.0 } }
}

/// The scores whose sums follow the number of texts.
fn means(sums: &[f64]) -> Vec<Scores> {
    let n = sums[0].max(1.0);
    let mean = |s: &[f64]| Scores { precision: s[0] / n, recall: s[1] / n, f1: s[2] / n };
    sums[1..].chunks(3).map(mean).collect()
}

impl TextMetric for Rouge {
    fn name(&self) -> &'static str {
        self.kinds.first().map_or("rouge", |kind| kind.name())
    }

    fn update(&mut self, references: &[&str], hypothesis: &str) -> Result<()> {
        check_references(references)?;
        let mut row = vec![1.0];
        for scores in self.best(references, hypothesis) {
            row.extend([scores.precision, scores.recall, scores.f1]);
        }
        self.segments.add(&row, references.len());
        Ok(())
    }

    fn value_of(&self, sums: &[f64]) -> f64 {
        means(sums).first().map_or(0.0, |scores| scores.f1)
    }

    counted_in_segments!();
}

impl Merge for Rouge {
    fn merge(&mut self, other: &Self) -> Result<()> {
        let same = self.kinds == other.kinds && self.tokenizer == other.tokenizer;
        check_same(same, self.name())?;
        self.segments.merge(&other.segments);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
