//! Metrics of natural language processing over plain slices and strings.
//!
//! A metric takes batches of targets and predictions as they come and gives its value at any time.
//! No tensors, no files, no printing: the crate stands alone and its numbers equal those of
//! scikit-learn, scipy, seqeval, sacreBLEU, rouge-score, jiwer and the scripts of SQuAD.
//!
//! - [`Metric`] is what a training loop holds: over labels, which are `u32` from 0 to the number of
//!   labels, over numbers (`Metric<f64>`), over sets of labels (`Metric<bool>`) and over scores
//!   (`Metric<bool, f64>`). [`by_name`], [`numbers_by_name`], [`multi_label_by_name`] and
//!   [`binary_scores_by_name`] make one from a name such as `macro_f1`; [`MetricKind`] lists the
//!   names, [`higher_is_better`] says which way is better.
//! - [`SpanF1`] scores spans in sequences of tags, [`Squad`] and [`SquadV2`] answers, [`MultiLabel`]
//!   sets of labels, [`MeanLoss`] language models: each gives several numbers, all of them as
//!   `named_values()`.
//! - [`probabilities_by_name`] takes a probability of each label, [`Ranking`] search results,
//!   [`Calibration`] how sure a model was.
//! - [`TextMetric`] is the same for generated texts: [`Bleu`], [`Chrf`], [`Ter`], [`Rouge`],
//!   [`ErrorRates`], or [`texts_by_name`]; [`bootstrap`] and [`paired_bootstrap`] say how sure a
//!   score or a difference is.
//! - [`Merge`] adds up shards that were counted apart.
//! - [`ConfusionMatrix`] counts which label was taken for which and prints itself as a table.
//! - [`ClassificationReport`] lists precision, recall, F1 and support for each label.
//!
//! Nothing divides by zero: a precision without predictions, a recall without targets and any
//! value before the first update are 0.
//!
//! ```
//! use sconce_metrics::{Average, ClassificationReport, ConfusionMatrix, F1, Metric};
//!
//! let (targets, predictions) = ([0, 0, 1, 1, 2], [0, 1, 1, 1, 0]);
//! let mut f1 = F1::new(3, Average::Macro);
//! f1.update(&targets, &predictions)?;
//! assert!((f1.value() - (0.5 + 0.8 + 0.0) / 3.0).abs() < 1e-12);
//!
//! let mut matrix = ConfusionMatrix::new(3);
//! matrix.update(&targets, &predictions)?;
//! assert_eq!(matrix.get(0, 1), 1);
//! let report = ClassificationReport::new(&matrix, &["bad", "good", "mixed"])?;
//! assert_eq!(report.accuracy, 0.6);
//! assert!(report.to_string().contains("mixed"));
//! # Ok::<(), sconce_metrics::Error>(())
//! ```

mod accuracy;
mod alignment;
mod auroc;
mod average_precision;
mod balanced_accuracy;
mod binary_f1;
mod binary_scores;
mod bit_pattern;
mod bleu;
mod brier;
mod calibration;
mod catalogue;
mod chrf;
mod class_scores;
mod confusion_matrix;
mod counts;
mod error;
mod error_rates;
mod kappa;
mod kendall;
mod lcs;
mod log_loss;
mod matthews;
mod mean_error;
mod mean_loss;
mod merge;
mod metric;
mod multi_label;
mod ngrams;
mod numbers;
mod pearson;
mod precision_recall;
mod probabilities;
mod r2;
mod ranking;
mod report;
mod resample;
mod rouge;
mod signature;
mod spaces;
mod span_f1;
mod spans;
mod spearman;
mod squad;
mod table;
mod ter;
mod text_metric;
mod token_accuracy;
mod top_k;

pub use accuracy::Accuracy;
pub use alignment::{AlignmentChunk, Edit, align_characters, align_words};
pub use auroc::Auroc;
pub use average_precision::AveragePrecision;
pub use balanced_accuracy::BalancedAccuracy;
pub use binary_f1::BinaryF1;
pub use binary_scores::binary_scores_by_name;
pub use bleu::{Bleu, BleuScore, BleuTokenizer, Smoothing};
pub use brier::Brier;
pub use calibration::{Calibration, CalibrationError, CalibrationMeasure, ReliabilityBin};
pub use catalogue::{MetricKind, higher_is_better};
pub use chrf::{Chrf, ChrfScore};
pub use class_scores::{ClassMeasure, ClassScores};
pub use confusion_matrix::ConfusionMatrix;
pub use counts::{Average, Scores};
pub use error::{Error, Result, TextError};
pub use error_rates::{EditCounts, ErrorMeasure, ErrorRates};
pub use kappa::{Kappa, KappaWeights};
pub use kendall::Kendall;
pub use log_loss::LogLoss;
pub use matthews::Matthews;
pub use mean_error::{MeanAbsoluteError, MeanSquaredError, RootMeanSquaredError};
pub use mean_loss::MeanLoss;
pub use merge::Merge;
pub use metric::{Metric, by_name, known_names};
pub use multi_label::{MultiLabel, multi_label_by_name};
pub use numbers::numbers_by_name;
pub use pearson::Pearson;
pub use precision_recall::{F1, Precision, Recall};
pub use probabilities::probabilities_by_name;
pub use r2::R2;
pub use ranking::{Gain, Ranking, RankingScores, ranking_by_name};
pub use report::{ClassificationReport, LabelScores};
pub use resample::{
    ConfidenceInterval, PairedResult, ScoreInterval, approximate_randomization, bootstrap,
    bootstrap_means, paired_bootstrap,
};
pub use rouge::{Rouge, RougeKind, RougeTokenizer, porter_stem};
pub use span_f1::{SpanF1, SpanReport, SpanScores};
pub use spans::{Scheme, Span, SpanReader};
pub use spearman::Spearman;
pub use squad::{AnswerScores, BestThreshold, Squad, SquadV2, normalize_answer};
pub use table::Table;
pub use ter::{Ter, TerScore};
pub use text_metric::{TextMetric, texts_by_name};
pub use token_accuracy::{IGNORE, TokenAccuracy};
pub use top_k::TopKAccuracy;

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
