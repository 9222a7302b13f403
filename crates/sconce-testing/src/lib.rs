//! Checks for the tests of this workspace: golden files, finite differences, conformance.
//!
//! - [`Golden`] reads values that another library computed, from the JSON file beside the script
//!   that made them; [`assert_close`] compares tensors and reports the worst element.
//! - [`finite_difference`] compares gradients with central differences.
//! - [`conformance`] holds the checks that every model passes: a row alone equals that row in a
//!   batch, every parameter gets a gradient, a few examples can be learnt by heart, what is saved
//!   comes back bit for bit.
//!
//! Checks take closures and `(name, Var)` lists, and the crate knows candle and no crate of the
//! workspace, so each of them can use it as a dev-dependency without being built twice. A check
//! returns an [`Error`] that says what is wrong where; a test unwraps it. The crate makes no
//! golden files (Python scripts do) and measures no time.
//!
//! ```
//! use candle_core::{DType, Device, Var};
//! use sconce_testing::{assert_close, finite_difference};
//!
//! let x = Var::from_slice(&[0.5f64, -1.5, 2.0], 3, &Device::Cpu)?;
//! let loss = || x.sqr()?.sum_all();
//! let gradients = loss()?.backward()?;
//! assert_close("dx", gradients.get(&x).unwrap(), &(x.as_tensor() * 2.0)?, 1e-12, 0.0)?;
//!
//! let vars = [("x".to_owned(), x.clone())];
//! finite_difference::check_autograd(&vars, &loss, &finite_difference::Options::for_f64())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod close;
pub mod conformance;
mod error;
pub mod finite_difference;
mod golden;

pub use close::assert_close;
pub use error::{Error, Result};
pub use golden::Golden;

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
