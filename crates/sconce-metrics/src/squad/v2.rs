//! SQuAD 2.0: some questions have no answer.

use super::{AnswerScores, normalize_answer, word_f1};
use crate::error::{Error, Result};
use crate::merge::{Merge, check_same};

/// The best that a threshold of the no-answer probability gives.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct BestThreshold {
    /// The score, from 0 to 1.
    pub score: f64,
    /// Questions with a higher no-answer probability are taken for unanswered.
    pub threshold: f64,
}

/// Exact match and F1 of SQuAD 2.0, where a question without a right answer is answered by the
/// empty text.
///
/// A question whose no-answer probability is above the threshold counts as answered by nothing,
/// whatever was predicted. Keeps 32 bytes a question, for [`best_f1`](Self::best_f1).
///
/// ```
/// use sconce_metrics::SquadV2;
///
/// let none: [&str; 0] = [];
/// let mut squad = SquadV2::new();
/// squad.update(&["France"], "in France", 0.1)?;
/// squad.update(&none, "", 0.9)?;
/// squad.update(&none, "1066", 0.7)?;
/// assert_eq!(squad.scores().exact_match, 1.0 / 3.0);
/// assert_eq!(squad.has_answer().f1, 2.0 / 3.0);
/// assert_eq!(squad.no_answer().exact_match, 0.5);
/// let best = squad.best_f1();
/// assert_eq!(best.threshold, 0.1); // the third would be right if it were left unanswered
/// assert!((best.score - (2.0 / 3.0 + 1.0 + 1.0) / 3.0).abs() < 1e-12);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct SquadV2 {
    threshold: f64,
    questions: Vec<Question>,
}

#[derive(Debug, Clone, PartialEq)]
struct Question {
    exact: f64,
    f1: f64,
    no_answer_probability: f64,
    has_answer: bool,
    is_answered: bool,
}

impl Default for SquadV2 {
    fn default() -> Self {
        Self::with_threshold(1.0)
    }
}

impl SquadV2 {
    /// The names of what it gives beside [`Squad`](super::Squad)'s.
    pub(crate) const NAMES: [&'static str; 6] = [
        "has_answer_f1",
        "has_answer_exact_match",
        "no_answer_f1",
        "no_answer_exact_match",
        "best_answer_f1",
        "best_exact_match",
    ];

    /// With the threshold 1: only the empty text says that there is no answer.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// With a threshold of the no-answer probability, in any unit: a difference of logits does too.
    #[must_use]
    pub fn with_threshold(threshold: f64) -> Self {
        Self { threshold, questions: Vec::new() }
    }

    /// Counts a question with its right answers, the predicted one, and how likely the model
    /// holds it that there is none (0 if it does not say).
    ///
    /// # Errors
    /// If the no-answer probability is not finite; then the question is not counted.
    pub fn update(
        &mut self,
        answers: &[impl AsRef<str>],
        prediction: &str,
        no_answer_probability: f64,
    ) -> Result<()> {
        if !no_answer_probability.is_finite() {
            return Err(Error::NotFinite {
                what: "no-answer probability",
                value: no_answer_probability.to_string(),
                position: self.questions.len(),
            });
        }
        let predicted = normalize_answer(prediction);
        let mut right: Vec<String> = answers.iter().map(|a| normalize_answer(a.as_ref())).collect();
        // An answer of articles alone is none, but its question still counts as answerable.
        right.retain(|answer| !answer.is_empty());
        if right.is_empty() {
            right.push(String::new());
        }
        let f1 = |answer: &String| match answer.is_empty() || predicted.is_empty() {
            true => f64::from(u8::from(*answer == predicted)),
            false => word_f1(answer, &predicted),
        };
        self.questions.push(Question {
            exact: f64::from(u8::from(right.contains(&predicted))),
            f1: right.iter().map(f1).fold(0.0, f64::max),
            no_answer_probability,
            has_answer: !answers.is_empty(),
            is_answered: !prediction.is_empty(),
        });
        Ok(())
    }

    /// The means over all questions; 0 before any.
    #[must_use]
    pub fn scores(&self) -> AnswerScores {
        self.mean(|_| true)
    }

    /// The means over the questions that have an answer.
    #[must_use]
    pub fn has_answer(&self) -> AnswerScores {
        self.mean(|question| question.has_answer)
    }

    /// The means over the questions that have none.
    #[must_use]
    pub fn no_answer(&self) -> AnswerScores {
        self.mean(|question| !question.has_answer)
    }

    fn mean(&self, which: fn(&Question) -> bool) -> AnswerScores {
        let mut sum = AnswerScores::default();
        for question in self.questions.iter().filter(|question| which(question)) {
            let is_silenced = question.no_answer_probability > self.threshold;
            let silence = f64::from(u8::from(!question.has_answer));
            sum.exact_match += if is_silenced { silence } else { question.exact };
            sum.f1 += if is_silenced { silence } else { question.f1 };
            sum.n_questions += 1;
        }
        let n = sum.n_questions.max(1) as f64;
        AnswerScores { exact_match: sum.exact_match / n, f1: sum.f1 / n, ..sum }
    }

    /// The highest exact match that a threshold gives, and the threshold.
    #[must_use]
    pub fn best_exact_match(&self) -> BestThreshold {
        self.best(|question| question.exact)
    }

    /// The highest F1 that a threshold gives, and the threshold.
    #[must_use]
    pub fn best_f1(&self) -> BestThreshold {
        self.best(|question| question.f1)
    }

    /// Begins with every question unanswered, a threshold of 0 by the official script's convention,
    /// and answers them from the smallest no-answer probability on. Like the script it may stop
    /// between questions of equal probability.
    fn best(&self, score: fn(&Question) -> f64) -> BestThreshold {
        let mut order: Vec<&Question> = self.questions.iter().collect();
        order.sort_by(|a, b| a.no_answer_probability.total_cmp(&b.no_answer_probability));
        let mut sum = self.no_answer().n_questions as f64;
        let mut best = BestThreshold { score: sum, threshold: 0.0 };
        for question in order {
            sum += match (question.has_answer, question.is_answered) {
                (true, _) => score(question),
                (false, true) => -1.0,
                (false, false) => 0.0,
            };
            if sum > best.score {
                best = BestThreshold { score: sum, threshold: question.no_answer_probability };
            }
        }
        best.score /= self.questions.len().max(1) as f64;
        best
    }

    /// `answer_f1`, `exact_match`, these of the questions with and without an answer, and the best
    /// that thresholds give.
    #[must_use]
    pub fn named_values(&self) -> Vec<(&'static str, f64)> {
        let parts = [self.scores(), self.has_answer(), self.no_answer()];
        let values = parts.into_iter().flat_map(|part| [part.f1, part.exact_match]);
        let best = [self.best_f1().score, self.best_exact_match().score];
        let names = super::Squad::NAMES.into_iter().chain(Self::NAMES);
        names.zip(values.chain(best)).collect()
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        self.questions.clear();
    }
}

impl Merge for SquadV2 {
    fn merge(&mut self, other: &Self) -> Result<()> {
        check_same(self.threshold == other.threshold, "SQuAD 2.0")?;
        self.questions.extend_from_slice(&other.questions);
        Ok(())
    }
}
