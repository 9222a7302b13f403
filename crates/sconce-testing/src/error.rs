//! What a check finds wrong.

use std::fmt;
use std::path::PathBuf;

/// The result of a check.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A failed check, or a check that could not be made.
///
/// `Debug` prints the message of `Display`, since tests unwrap these and should read well.
#[derive(thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A golden file could not be read.
    #[error("cannot read golden file {path}: {source}; make it with `cargo xtask golden`", path = path.display())]
    Read {
        /// The golden file.
        path: PathBuf,
        /// What the file system said.
        source: std::io::Error,
    },
    /// A golden file is not a JSON object.
    #[error("golden file {path} is not a JSON object: {source}", path = path.display())]
    Json {
        /// The golden file.
        path: PathBuf,
        /// What the parser said, with line and column.
        source: serde_json::Error,
    },
    /// A golden file lacks a key.
    #[error("golden file {path} has no `{key}`; the nearest is `{nearest}`", path = path.display())]
    NoKey {
        /// The golden file.
        path: PathBuf,
        /// The key that was asked for.
        key: String,
        /// The key of the file that shares the longest beginning with it.
        nearest: String,
    },
    /// A golden value is of another kind than was asked for.
    #[error("golden file {path}: `{key}` is not {wanted}: {found}", path = path.display())]
    Kind {
        /// The golden file.
        path: PathBuf,
        /// The key that was asked for.
        key: String,
        /// What it should be.
        wanted: &'static str,
        /// What stands there, cut short.
        found: String,
    },
    /// Two tensors have different shapes.
    #[error("{name}: shape {actual:?}, expected {expected:?}")]
    Shape {
        /// What was compared.
        name: String,
        /// The shape found.
        actual: Vec<usize>,
        /// The shape it should have.
        expected: Vec<usize>,
    },
    /// Two tensors differ by more than the tolerance.
    #[error(
        "{name}: {n_wrong} of {n_elements} elements differ, worst at {index:?}: {actual:e}, \
         expected {expected:e} (difference {difference:e}, allowed {allowed:e})",
        difference = (actual - expected).abs()
    )]
    NotClose {
        /// What was compared.
        name: String,
        /// The place of the worst element.
        index: Vec<usize>,
        /// The value found there.
        actual: f64,
        /// The value it should have.
        expected: f64,
        /// How far they may be apart there.
        allowed: f64,
        /// How many elements are too far apart.
        n_wrong: usize,
        /// How many elements there are.
        n_elements: usize,
    },
    /// A check was given nothing to check.
    #[error("{check} would prove nothing: {reason}")]
    Vacuous {
        /// The check.
        check: &'static str,
        /// What is missing.
        reason: String,
    },
    /// Finite differences are taken of `f32` and `f64` variables only.
    #[error("{name}: finite differences need f32 or f64, not {dtype}")]
    Dtype {
        /// The variable.
        name: String,
        /// Its type.
        dtype: &'static str,
    },
    /// A loss is not one number.
    #[error("a loss must hold one element, not shape {shape:?}; sum or average it")]
    NotScalar {
        /// Its shape.
        shape: Vec<usize>,
    },
    /// A variable has no gradient.
    #[error("{name}: no gradient reached it")]
    NoGradient {
        /// The variable.
        name: String,
    },
    /// A gradient holds nothing but zeros.
    #[error("{name}: every element of its gradient is zero")]
    ZeroGradient {
        /// The variable.
        name: String,
    },
    /// A value is infinite or not a number.
    #[error("{name}: {value} at {index:?} is not finite")]
    NotFinite {
        /// What was looked at.
        name: String,
        /// Its place.
        index: Vec<usize>,
        /// The value found there.
        value: f64,
    },
    /// Training did not reach the loss asked for.
    #[error(
        "after {steps} steps the loss is {last}, not {target}; it began at {first}, the lowest was {lowest}"
    )]
    NotLearnt {
        /// Steps made.
        steps: usize,
        /// The loss of the first step.
        first: f32,
        /// The lowest loss.
        lowest: f32,
        /// The loss of the last step.
        last: f32,
        /// The loss that was to be reached.
        target: f32,
    },
    /// Two lists of variables have different names.
    #[error("lost: {lost:?}; new: {new:?}; given twice: {twice:?}")]
    Names {
        /// Names that were there before and are no more.
        lost: Vec<String>,
        /// Names that were not there before.
        new: Vec<String>,
        /// Names that stand more than once in one of the lists.
        twice: Vec<String>,
    },
    /// A variable changed its type on the way.
    #[error("{name}: was {before}, came back as {after}")]
    DtypeChanged {
        /// The variable.
        name: String,
        /// Its type before.
        before: &'static str,
        /// Its type after.
        after: &'static str,
    },
    /// A variable came back with other bits.
    #[error(
        "{name}: {n_wrong} elements changed, the first at {index:?}: bits {before:#x} became {after:#x}"
    )]
    Bits {
        /// The variable.
        name: String,
        /// The place of the first changed element.
        index: Vec<usize>,
        /// Its bits before.
        before: u64,
        /// Its bits after.
        after: u64,
        /// How many elements changed.
        n_wrong: usize,
    },
    /// The code under test failed.
    #[error(transparent)]
    Tensor(#[from] candle_core::Error),
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
