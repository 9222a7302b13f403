//! What can be wrong with texts, rankings and the settings of their metrics.

/// A misuse of a metric of texts or of rankings. Nothing was counted when it is returned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextError {
    /// A text has nothing to be compared with.
    #[error("a text without a reference; give at least one, which may be empty")]
    NoReferences,
    /// Several references where a metric knows one.
    #[error("{given} references for one text; {metric} takes one reference")]
    OneReference {
        /// The name of the metric.
        metric: &'static str,
        /// How many were given.
        given: usize,
    },
    /// No tokenizer has this name.
    #[error("there is no tokenizer `{name}` of BLEU; did you mean `{nearest}`? All: {known}", known = known.join(", "))]
    UnknownTokenizer {
        /// The name that was asked for.
        name: String,
        /// The name most like it.
        nearest: &'static str,
        /// All names.
        known: Vec<&'static str>,
    },
    /// The statistics of single texts are needed and were not kept.
    #[error(
        "{metric} kept no texts to draw from; make it with `keeping_segments` before the first update"
    )]
    NoSegments {
        /// The name of the metric.
        metric: &'static str,
    },
    /// Two systems did not translate the same texts.
    #[error(
        "{baseline} texts of the baseline but {system} of the system; both need the same texts"
    )]
    SegmentsDiffer {
        /// How many texts the baseline has.
        baseline: usize,
        /// How many the system has.
        system: usize,
    },
    /// Counts of different things cannot be added or compared.
    #[error("{metric} was counted with other settings; merge and compare what has the same")]
    SettingsDiffer {
        /// The name of the metric.
        metric: &'static str,
    },
    /// A number that a setting cannot be.
    #[error("{what} is {value}; it must be {allowed}")]
    Setting {
        /// The setting.
        what: &'static str,
        /// Its value.
        value: String,
        /// What it may be.
        allowed: &'static str,
    },
}
