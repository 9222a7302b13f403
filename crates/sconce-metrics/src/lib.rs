//! Metrics of natural language processing over plain slices and strings.
//!
//! Labels are `u32` from 0 to the number of labels; a metric takes batches of targets and
//! predictions as they come and gives its value at any time. No tensors, no files, no printing:
//! the crate stands alone and its numbers equal those of scikit-learn.
//!
//! - [`Metric`] is what a training loop holds; [`Accuracy`], [`Precision`], [`Recall`] and [`F1`]
//!   implement it, [`by_name`] makes one from a name such as `macro_f1`.
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
mod confusion_matrix;
mod counts;
mod error;
mod metric;
mod precision_recall;
mod report;
mod table;

pub use accuracy::Accuracy;
pub use confusion_matrix::ConfusionMatrix;
pub use counts::{Average, Scores};
pub use error::{Error, Result};
pub use metric::{Metric, by_name, known_names};
pub use precision_recall::{F1, Precision, Recall};
pub use report::{ClassificationReport, LabelScores};
pub use table::Table;

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
