//! All metrics by name: what each takes, and which way is better.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::mean_loss::MeanLoss;
use crate::squad::{Squad, SquadV2};
use crate::{
    binary_scores, log_loss, metric, multi_label, numbers, probabilities, ranking, span_f1,
    text_metric,
};

/// The metrics of which less is better.
const LOWER_IS_BETTER: [&str; 16] = [
    "hamming_loss",
    "mse",
    "rmse",
    "mae",
    log_loss::NAME,
    "brier",
    "ece",
    "mce",
    "adaptive_ece",
    "loss",
    "perplexity",
    "ter",
    "wer",
    "cer",
    "mer",
    "wil",
];

/// What other libraries call some metrics, so that the right name can be offered.
const ELSEWHERE: [(&str, &str); 28] = [
    ("matthews_correlation", "mcc"),
    ("matthews_corrcoef", "mcc"),
    ("mean_squared_error", "mse"),
    ("mean_absolute_error", "mae"),
    ("pcc", "pearson"),
    ("roc_auc", "auroc"),
    ("auprc", "average_precision"),
    ("cross_entropy", "log_loss"),
    ("seqeval", "span_f1"),
    ("ppl", "perplexity"),
    ("cohen_kappa", "kappa"),
    ("kendalltau", "kendall"),
    ("tau", "kendall"),
    ("brier_score", "brier"),
    ("calibration_error", "ece"),
    ("auroc", "macro_auroc"),
    ("roc_auc_ovo", "macro_auroc_ovo"),
    ("roc_auc_ovr", "macro_auroc"),
    ("mean_reciprocal_rank", "mrr"),
    ("mean_average_precision", "map"),
    ("recall", "recall_at_k"),
    ("precision", "precision_at_k"),
    ("sacrebleu", "bleu"),
    ("chrfpp", "chrf++"),
    ("rougel", "rouge_l"),
    ("rougelsum", "rouge_lsum"),
    ("word_error_rate", "wer"),
    ("character_error_rate", "cer"),
];

/// What a metric takes. A task knows its kind, and the user of the task names a metric of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum MetricKind {
    /// One label for each example: [`by_name`](crate::by_name) makes these.
    Labels,
    /// Any number of labels for each example:
    /// [`multi_label_by_name`](crate::multi_label_by_name), or [`MultiLabel`](crate::MultiLabel).
    MultiLabel,
    /// A number for each example: [`numbers_by_name`](crate::numbers_by_name).
    Numbers,
    /// A score for each example that is positive or not:
    /// [`binary_scores_by_name`](crate::binary_scores_by_name).
    BinaryScores,
    /// A probability for each label: [`probabilities_by_name`](crate::probabilities_by_name).
    Probabilities,
    /// Sequences of tags: [`SpanF1`](crate::SpanF1).
    Spans,
    /// Texts that answer a question: [`Squad`], [`SquadV2`].
    Answers,
    /// Mean losses of batches: [`MeanLoss`].
    Losses,
    /// Generated texts with their references: [`texts_by_name`](crate::texts_by_name).
    Texts,
    /// Grades and scores of search results: [`Ranking`](crate::Ranking) and
    /// [`ranking_by_name`](crate::ranking_by_name).
    Ranking,
}

impl MetricKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Labels,
        Self::MultiLabel,
        Self::Numbers,
        Self::BinaryScores,
        Self::Probabilities,
        Self::Spans,
        Self::Answers,
        Self::Losses,
        Self::Texts,
        Self::Ranking,
    ];

    /// The names of the metrics of this kind, the usual one first.
    #[must_use]
    pub fn names(self) -> Vec<&'static str> {
        match self {
            Self::Labels => metric::known_names().collect(),
            Self::MultiLabel => multi_label::VALUES.iter().map(|&(name, _)| name).collect(),
            Self::Numbers => numbers::KNOWN.iter().map(|&(name, _)| name).collect(),
            Self::BinaryScores => binary_scores::KNOWN.iter().map(|&(name, _)| name).collect(),
            Self::Probabilities => probabilities::KNOWN.iter().map(|&(name, _)| name).collect(),
            Self::Spans => span_f1::VALUES.iter().map(|&(name, _)| name).collect(),
            Self::Answers => [Squad::NAMES.as_slice(), &SquadV2::NAMES].concat(),
            Self::Losses => MeanLoss::NAMES.to_vec(),
            Self::Ranking => ranking::VALUES.iter().map(|&(name, _)| name).collect(),
            Self::Texts => text_metric::KNOWN.iter().map(|&(name, _)| name).collect(),
        }
    }

    /// `name`, if a metric of this kind has it.
    ///
    /// # Errors
    /// If none has: the error offers the nearest name of this kind and lists all, or says what
    /// else the metric takes.
    ///
    /// ```
    /// use sconce_metrics::MetricKind;
    ///
    /// assert_eq!(MetricKind::Numbers.find("spearman")?, "spearman");
    /// let misspelt = MetricKind::Numbers.find("spearmann").unwrap_err().to_string();
    /// assert!(misspelt.contains("did you mean `spearman`?"));
    /// let elsewhere = MetricKind::Labels.find("spearman").unwrap_err().to_string();
    /// assert!(elsewhere.starts_with("`spearman` is a metric of numbers, not of labels"));
    /// # Ok::<(), sconce_metrics::Error>(())
    /// ```
    pub fn find(self, name: &str) -> Result<&'static str> {
        self.names().into_iter().find(|known| *known == name).ok_or_else(|| self.unknown(name))
    }

    /// Why there is no metric `name` of this kind.
    pub(crate) fn unknown(self, name: &str) -> Error {
        let known = self.names();
        for kind in Self::ALL {
            if let Some(name) = kind.names().into_iter().find(|other| *other == name) {
                return Error::WrongKind { name, kind, wanted: self, known };
            }
        }
        let nearest = nearest(name, &known);
        Error::UnknownMetric { name: name.to_owned(), kind: self, nearest, known }
    }
}

impl fmt::Display for MetricKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Labels => "labels",
            Self::MultiLabel => "sets of labels",
            Self::Numbers => "numbers",
            Self::BinaryScores => "scores of two classes",
            Self::Probabilities => "probabilities",
            Self::Spans => "spans",
            Self::Answers => "answers",
            Self::Losses => "losses",
            Self::Texts => "generated texts",
            Self::Ranking => "rankings",
        })
    }
}

/// Whether more is better of the metric called `name`; `None` if there is no such metric.
///
/// ```
/// use sconce_metrics::higher_is_better;
///
/// assert_eq!(higher_is_better("macro_f1"), Some(true));
/// assert_eq!(higher_is_better("perplexity"), Some(false));
/// assert_eq!(higher_is_better("beauty"), None);
/// ```
#[must_use]
pub fn higher_is_better(name: &str) -> Option<bool> {
    let is_known = MetricKind::ALL.iter().any(|kind| kind.names().contains(&name));
    is_known.then(|| !LOWER_IS_BETTER.contains(&name))
}

/// The known name that begins as `name` does, else the one with the fewest edits; the order of
/// words and the case do not count, so that `F1-macro` finds `macro_f1`.
pub(crate) fn nearest(name: &str, known: &[&'static str]) -> &'static str {
    let wanted = sorted_words(name);
    let distance = |spelling: &str| {
        let spelling = sorted_words(spelling);
        (!spelling.starts_with(&wanted), strsim::damerau_levenshtein(&spelling, &wanted))
    };
    let elsewhere = ELSEWHERE.iter().filter(|(_, ours)| known.contains(ours)).copied();
    let spellings = known.iter().map(|&ours| (ours, ours)).chain(elsewhere);
    let best = spellings.min_by_key(|(spelling, _)| distance(spelling));
    best.map_or("", |(_, ours)| ours)
}

fn sorted_words(name: &str) -> String {
    let name = name.to_lowercase();
    let mut words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).collect();
    words.sort_unstable();
    words.join(" ")
}

#[cfg(test)]
mod tests;
