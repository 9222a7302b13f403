//! chrF (Popović 2015) and chrF++ (Popović 2017): F-scores of n-grams of characters, and of words
//! beside them, as sacreBLEU computes them.

use std::fmt::{self, Write};

use serde::Serialize;

use crate::error::Result;
use crate::merge::{Merge, check_same};
use crate::ngrams::Ngrams;
use crate::resample::ConfidenceInterval;
use crate::signature::{Signature, case, yes_no};
use crate::spaces::{is_space, words};
use crate::text_metric::{Segments, TextMetric, check_references, counted_in_segments};

/// What an order has where it has nothing.
const EPSILON: f64 = 1e-16;

/// Recall and precision of n-grams of characters, recall counting `beta` times as much; from 0 to
/// 100. Of several references the one with the best score counts.
///
/// ```
/// use sconce_metrics::{Chrf, TextMetric};
///
/// let mut chrf = Chrf::plus_plus();
/// chrf.update(&["The dog bit the man."], "The dog bit the man.")?;
/// assert_eq!(chrf.score().to_string(), "chrF2++ = 100.00");
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Chrf {
    settings: Settings,
    segments: Segments,
}

/// What scores depend on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Settings {
    char_order: usize,
    word_order: usize,
    beta: u32,
    is_lowercase: bool,
    has_whitespace: bool,
    has_epsilon: bool,
}

/// A chrF score; it prints as sacreBLEU prints it without a signature.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ChrfScore {
    /// From 0 to 100.
    pub score: f64,
    /// How many times as much as precision recall counts.
    pub beta: u32,
    /// Up to how many words n-grams have; 0 in chrF itself.
    pub word_order: usize,
}

impl Default for Chrf {
    fn default() -> Self {
        let settings = Settings {
            char_order: 6,
            word_order: 0,
            beta: 2,
            is_lowercase: false,
            has_whitespace: false,
            has_epsilon: false,
        };
        Self { settings, segments: Segments::new(3 * 6) }
    }
}

impl Chrf {
    /// chrF2: n-grams of up to 6 characters, recall counting twice.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// chrF2++: n-grams of up to 2 words too.
    #[must_use]
    pub fn plus_plus() -> Self {
        Self::new().with_orders(6, 2)
    }

    /// N-grams of up to `characters` characters and up to `words` words, together at least 1.
    /// Forgets what was counted.
    #[must_use]
    pub fn with_orders(mut self, characters: usize, words: usize) -> Self {
        self.settings.word_order = words;
        self.settings.char_order = if words == 0 { characters.max(1) } else { characters };
        self.segments = self.segments.with_width(3 * self.settings.order());
        self
    }

    /// Lets recall count `beta` times as much as precision.
    #[must_use]
    pub fn with_beta(mut self, beta: u32) -> Self {
        self.settings.beta = beta;
        self
    }

    /// Takes upper and lower case for the same.
    #[must_use]
    pub fn lowercase(mut self) -> Self {
        self.settings.is_lowercase = true;
        self
    }

    /// Counts spaces as characters.
    #[must_use]
    pub fn with_whitespace(mut self) -> Self {
        self.settings.has_whitespace = true;
        self
    }

    /// Averages the F-scores of all orders, as chrF++.py, NLTK and Moses do, in place of the
    /// F-score of averages over the orders that both texts have.
    #[must_use]
    pub fn with_epsilon_smoothing(mut self) -> Self {
        self.settings.has_epsilon = true;
        self
    }

    /// Keeps the statistics of each text from now on, for [`bootstrap`](crate::bootstrap) and the
    /// paired tests.
    #[must_use]
    pub fn keeping_segments(mut self) -> Self {
        self.segments.keep();
        self
    }

    /// The score of everything counted.
    #[must_use]
    pub fn score(&self) -> ChrfScore {
        self.settings.named(self.value())
    }

    /// The score of one text, with these settings. It is not counted.
    ///
    /// # Errors
    /// If there is no reference.
    pub fn sentence(&self, references: &[&str], hypothesis: &str) -> Result<ChrfScore> {
        check_references(references)?;
        let row = self.settings.best_row(references, hypothesis);
        Ok(self.settings.named(self.settings.score_of(&row)))
    }

    /// What the score depends on, as sacreBLEU writes it; the version is this library's.
    #[must_use]
    pub fn signature(&self) -> String {
        self.signed().to_string()
    }

    fn signed(&self) -> Signature {
        let settings = &self.settings;
        Signature::new(self.segments.n_references())
            .with("case", case(settings.is_lowercase))
            .with("eff", yes_no(!settings.has_epsilon))
            .with("nc", settings.char_order.to_string())
            .with("nw", settings.word_order.to_string())
            .with("space", yes_no(settings.has_whitespace))
    }

    /// The score after its name and signature, as sacreBLEU prints it.
    #[must_use]
    pub fn line(&self) -> String {
        self.signed().line(&self.score().label(), self.value(), None)
    }

    /// The same with the interval of [`bootstrap`](crate::bootstrap).
    #[must_use]
    pub fn line_with(&self, interval: &ConfidenceInterval) -> String {
        self.signed().line(&self.score().label(), self.value(), Some(interval))
    }
}

impl Settings {
    fn order(&self) -> usize {
        self.char_order + self.word_order
    }

    fn named(&self, score: f64) -> ChrfScore {
        ChrfScore { score, beta: self.beta, word_order: self.word_order }
    }

    /// The counts beside the reference with the best score, the first of several.
    fn best_row(&self, references: &[&str], hypothesis: &str) -> Vec<f64> {
        let (mut best, mut best_score) = (vec![0.0; 3 * self.order()], -1.0);
        for row in self.rows(references, hypothesis) {
            let score = self.score_of(&row);
            if score > best_score {
                (best, best_score) = (row, score);
            }
        }
        best
    }

    /// N-grams of the text, of the reference and in both, for each order and each reference.
    fn rows(&self, references: &[&str], hypothesis: &str) -> Vec<Vec<f64>> {
        let texts = [hypothesis].into_iter().chain(references.iter().copied());
        let case =
            |text: &str| if self.is_lowercase { text.to_lowercase() } else { text.to_owned() };
        let texts: Vec<String> = texts.map(case).collect();
        let keep = |c: &char| self.has_whitespace || !is_space(*c);
        let characters = Ngrams::new(texts.iter().map(|text| text.chars().filter(keep)));
        let mut rows = vec![vec![]; references.len()];
        count(&mut rows, characters, self.char_order);
        if self.word_order > 0 {
            let words = Ngrams::new(texts.iter().map(|text| separate_punctuation(text)));
            count(&mut rows, words, self.word_order);
        }
        rows
    }

    fn score_of(&self, sums: &[f64]) -> f64 {
        let factor = f64::from(self.beta).powi(2);
        let (mut sum, mut precision, mut recall, mut orders) = (0.0, 0.0, 0.0, 0u32);
        for counts in sums.chunks(3) {
            let (hypothesis, reference, both) = (counts[0], counts[1], counts[2]);
            let p = if hypothesis > 0.0 { both / hypothesis } else { EPSILON };
            let r = if reference > 0.0 { both / reference } else { EPSILON };
            let divisor = factor * p + r;
            sum += if divisor > 0.0 { (1.0 + factor) * p * r / divisor } else { EPSILON };
            if hypothesis > 0.0 && reference > 0.0 {
                (precision, recall, orders) = (precision + p, recall + r, orders + 1);
            }
        }
        if self.has_epsilon {
            return 100.0 * sum / self.order() as f64;
        }
        let orders = f64::from(orders.max(1));
        let (precision, recall) = (precision / orders, recall / orders);
        if precision + recall == 0.0 {
            return 0.0;
        }
        100.0 * ((1.0 + factor) * precision * recall / (factor * precision + recall))
    }
}

/// Adds the counts of orders 1 to `order`; the text is sequence 0, references follow.
fn count(rows: &mut [Vec<f64>], mut ngrams: Ngrams, order: usize) {
    for n in 0..order {
        if n > 0 {
            ngrams.lengthen();
        }
        for (reference, row) in (1..).zip(&mut *rows) {
            let n_reference = ngrams.len(reference);
            // What the reference has no n-grams for is not held against the text.
            let n_hypothesis = if n_reference == 0 { 0 } else { ngrams.len(0) };
            let both = ngrams.shared(0, reference..reference + 1);
            row.extend([n_hypothesis, n_reference, both].map(|n| n as f64));
        }
    }
}

/// Words, one mark of punctuation cut off the end of each or, where there is none, off its start.
fn separate_punctuation(text: &str) -> Vec<&str> {
    let mut pieces = vec![];
    for word in words(text) {
        let mut chars = word.chars();
        let is_mark = |c: Option<char>| c.is_some_and(|c| c.is_ascii_punctuation());
        let (first, last) = (chars.next(), chars.next_back());
        if is_mark(last) {
            let (rest, mark) = word.split_at(word.len() - 1);
            pieces.extend([rest, mark]);
        } else if last.is_some() && is_mark(first) {
            let (mark, rest) = word.split_at(1);
            pieces.extend([mark, rest]);
        } else {
            pieces.push(word);
        }
    }
    pieces
}

impl ChrfScore {
    /// Such as `chrF2++`.
    #[must_use]
    pub fn label(&self) -> String {
        let mut label = format!("chrF{}", self.beta);
        (0..self.word_order).for_each(|_| label.push('+'));
        label
    }
}

impl fmt::Display for ChrfScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.label())?;
        f.write_char(' ')?;
        write!(f, "= {:.2}", self.score)
    }
}

impl TextMetric for Chrf {
    fn name(&self) -> &'static str {
        if self.settings.word_order == 0 { "chrf" } else { "chrf++" }
    }

    fn update(&mut self, references: &[&str], hypothesis: &str) -> Result<()> {
        check_references(references)?;
        let row = self.settings.best_row(references, hypothesis);
        self.segments.add(&row, references.len());
        Ok(())
    }

    fn value_of(&self, sums: &[f64]) -> f64 {
        self.settings.score_of(sums)
    }

    counted_in_segments!();
}

impl Merge for Chrf {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.settings == other.settings, self.name())?;
        self.segments.merge(&other.segments);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
