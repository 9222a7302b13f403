//! Exact match and F1 of answers (Rajpurkar et al. 2016, arXiv:1606.05250; SQuAD 2.0: Rajpurkar et
//! al. 2018, arXiv:1806.03822), as the data sets' own scripts compute them.

mod normalize;
mod v2;

pub use normalize::normalize_answer;
pub use v2::{BestThreshold, SquadV2};

use serde::Serialize;

use crate::error::{Error, Result};
use crate::merge::Merge;

/// How well questions were answered, from 0 to 1. The official scripts print 100 times these.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct AnswerScores {
    /// The part of the questions whose answer is right to the letter, once normalized.
    pub exact_match: f64,
    /// The mean F1 of the answers' words.
    pub f1: f64,
    /// How many questions there are.
    pub n_questions: u64,
}

/// Exact match and F1 of SQuAD 1.1: every question has an answer. A prediction is compared with
/// each right answer, and the best counts.
///
/// ```
/// use sconce_metrics::Squad;
///
/// let mut squad = Squad::new();
/// squad.update(&["Denver Broncos", "The Broncos"], "the Broncos!")?;
/// squad.update(&["in the summer of 1976"], "1976")?;
/// assert_eq!(squad.scores().exact_match, 0.5);
/// assert_eq!(squad.scores().f1, (1.0 + 0.4) / 2.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Squad {
    exact: u64,
    f1: f64,
    n_questions: u64,
}

impl Squad {
    /// The names of what it gives.
    pub(crate) const NAMES: [&'static str; 2] = ["answer_f1", "exact_match"];

    /// Nothing counted yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts a question with its right answers and the predicted one. A question that was not
    /// answered is predicted as the empty text.
    ///
    /// # Errors
    /// If there is no right answer; then the question is not counted.
    pub fn update(&mut self, answers: &[impl AsRef<str>], prediction: &str) -> Result<()> {
        if answers.is_empty() {
            return Err(Error::NoAnswers);
        }
        let prediction = normalize_answer(prediction);
        let mut best = (false, 0.0f64);
        for answer in answers {
            let answer = normalize_answer(answer.as_ref());
            best.0 |= answer == prediction;
            // Here nothing in common is 0, even if both are empty: see `SquadV2` for the other rule.
            best.1 = best.1.max(word_f1(&answer, &prediction));
        }
        self.exact += u64::from(best.0);
        self.f1 += best.1;
        self.n_questions += 1;
        Ok(())
    }

    /// The means over all questions; 0 before any.
    #[must_use]
    pub fn scores(&self) -> AnswerScores {
        let n = self.n_questions.max(1) as f64;
        AnswerScores {
            exact_match: self.exact as f64 / n,
            f1: self.f1 / n,
            n_questions: self.n_questions,
        }
    }

    /// `answer_f1` and `exact_match`.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        let scores = self.scores();
        Self::NAMES.into_iter().zip([scores.f1, scores.exact_match]).collect()
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        *self = Self::default();
    }
}

/// F1 of the words of two normalized texts, repeated words as often as both have them; 0 if they
/// share none.
fn word_f1(answer: &str, prediction: &str) -> f64 {
    let words = |text: &str| {
        let mut words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        words.sort_unstable();
        words
    };
    let (answer, prediction) = (words(answer), words(prediction));
    let (mut left, mut right, mut shared) = (0, 0, 0u32);
    while let (Some(a), Some(p)) = (answer.get(left), prediction.get(right)) {
        shared += u32::from(a == p);
        let order = a.cmp(p);
        left += usize::from(order.is_le());
        right += usize::from(order.is_ge());
    }
    if shared == 0 {
        return 0.0;
    }
    f64::from(2 * shared) / (answer.len() + prediction.len()) as f64
}

impl Merge for Squad {
    fn merge(&mut self, other: &Self) -> Result<()> {
        self.exact += other.exact;
        self.f1 += other.f1;
        self.n_questions += other.n_questions;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
