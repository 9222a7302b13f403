//! What can be wrong with targets, predictions and names.

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
    /// No metric has this name.
    #[error("there is no metric `{name}`; did you mean `{nearest}`? All: {known}", known = known.join(", "))]
    UnknownMetric {
        /// The name that was asked for.
        name: String,
        /// The name most like it.
        nearest: &'static str,
        /// All names.
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
}
