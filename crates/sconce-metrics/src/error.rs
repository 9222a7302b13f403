//! What can be wrong with targets, predictions and names.

mod text;

pub use text::TextError;

use crate::catalogue::MetricKind;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A misuse of a metric. Nothing was counted when it is returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Targets and predictions are not pairs.
    #[error("{targets} targets but {predictions} predictions; give one prediction for each target")]
    LengthsDiffer {
        /// How many targets were given.
        targets: usize,
        /// How many predictions were given.
        predictions: usize,
    },
    /// A label is not below the number of labels.
    #[error(
        "{what} {label} at position {position} is out of range: there are {n_labels} labels, 0 is the first"
    )]
    LabelOutOfRange {
        /// `target`, `prediction` or `label`.
        what: &'static str,
        /// The label.
        label: u32,
        /// Where in the slice it stands.
        position: usize,
        /// How many labels there are.
        n_labels: usize,
    },
    /// A number, a score or a loss is infinite or not a number.
    #[error("{what} {value} at position {position} is not a finite number")]
    NotFinite {
        /// `target`, `prediction`, `score`, `loss` or `no-answer probability`.
        what: &'static str,
        /// The value.
        value: String,
        /// Where in the slice it stands.
        position: usize,
    },
    /// A probability is not one.
    #[error(
        "probability {value} at position {position} is not between 0 and 1; apply softmax or sigmoid first"
    )]
    NotAProbability {
        /// The value.
        value: String,
        /// Where in the slice it stands.
        position: usize,
    },
    /// The probabilities of one example are not a distribution.
    #[error("the probabilities of example {row} add up to {sum}, not to 1; apply softmax first")]
    NotADistribution {
        /// The example, from 0.
        row: usize,
        /// The sum.
        sum: String,
    },
    /// The values are not one row of all labels for each example.
    #[error(
        "{values} {what} for {rows} examples of {n_labels} labels; give {n_labels} for each example"
    )]
    NotRows {
        /// `values` or `probabilities`.
        what: &'static str,
        /// How many were given.
        values: usize,
        /// How many examples there are, as far as they fill rows.
        rows: usize,
        /// How many belong to an example.
        n_labels: usize,
    },
    /// A tag is the empty string.
    #[error("the tag at position {position} is empty; the tag of a token in no span is `O`")]
    EmptyTag {
        /// Which token of the sequence has it.
        position: usize,
    },
    /// A tag does not belong to the scheme of the tags.
    #[error(
        "tag `{tag}` at position {position} is not of the scheme {scheme}, whose marks are {marks}"
    )]
    UnknownTag {
        /// The tag.
        tag: String,
        /// Which token of the sequence has it.
        position: usize,
        /// The name of the scheme.
        scheme: &'static str,
        /// The marks that the scheme has.
        marks: &'static str,
    },
    /// No scheme has this name.
    #[error("there is no tagging scheme `{name}`; did you mean `{nearest}`? All: {known}", known = known.join(", "))]
    UnknownScheme {
        /// The name that was asked for.
        name: String,
        /// The name most like it.
        nearest: &'static str,
        /// All names.
        known: Vec<&'static str>,
    },
    /// No scheme has all the marks that the tags have.
    #[error("no tagging scheme has the marks {marks} and no others; name the scheme")]
    NoScheme {
        /// The marks of the tags.
        marks: String,
    },
    /// A question has no right answer, which SQuAD 1.1 does not know.
    #[error("a question without a right answer; SQuAD 2.0 scores these: use SquadV2")]
    NoAnswers,
    /// No metric has this name.
    #[error("there is no metric `{name}` of {kind}; did you mean `{nearest}`? All: {known}", known = known.join(", "))]
    UnknownMetric {
        /// The name that was asked for.
        name: String,
        /// What the metric should take.
        kind: MetricKind,
        /// The name most like it.
        nearest: &'static str,
        /// All names of this kind.
        known: Vec<&'static str>,
    },
    /// The metric of this name takes something else.
    #[error("`{name}` is a metric of {kind}, not of {wanted}; of these there are {known}", known = known.join(", "))]
    WrongKind {
        /// The name that was asked for.
        name: &'static str,
        /// What the metric takes.
        kind: MetricKind,
        /// What it should take.
        wanted: MetricKind,
        /// All names of the wanted kind.
        known: Vec<&'static str>,
    },
    /// The names of labels are fewer or more than the labels.
    #[error("{names} names for {n_labels} labels; give one name for each label")]
    NamesDiffer {
        /// How many names were given.
        names: usize,
        /// How many labels there are.
        n_labels: usize,
    },
    /// Something about texts, rankings or settings.
    #[error(transparent)]
    Text(#[from] TextError),
}
