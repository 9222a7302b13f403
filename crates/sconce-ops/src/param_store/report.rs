//! What loading weights found.

use std::fmt;

use candle_core::{Result, bail};

/// A tensor of the file whose shape is not that of the model's parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Name of the parameter.
    pub name: String,
    /// Shape that the model asks for, as a file should have it (see
    /// [`ParamSpec::transposed`](crate::ParamSpec::transposed)).
    pub expected: Vec<usize>,
    /// Shape in the file.
    pub found: Vec<usize>,
}

/// What building a model on a file of weights took, missed and left over, each by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadReport {
    /// Taken from the file.
    pub loaded: Vec<String>,
    /// Not in the file: these parameters hold fresh values.
    pub missing: Vec<String>,
    /// In the file, but the model has no such parameter.
    pub unexpected: Vec<String>,
    /// In the file with another shape: these parameters hold fresh values.
    pub mismatched: Vec<Mismatch>,
    /// Second names of [tied](crate::Params::tie) parameters for which the file has values of
    /// their own, other than those taken.
    pub untied: Vec<String>,
}

impl LoadReport {
    /// True if file and model agree on every tensor.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty()
            && self.unexpected.is_empty()
            && self.mismatched.is_empty()
            && self.untied.is_empty()
    }

    /// Fails unless file and model agree on every tensor.
    ///
    /// # Errors
    /// If they do not; the message names every tensor that is missing, left over or other than it
    /// should be.
    pub fn strict(&self) -> Result<()> {
        if self.is_complete() {
            return Ok(());
        }
        bail!("the weights are not those of this model: {self}")
    }
}

impl fmt::Display for LoadReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} tensors loaded", self.loaded.len())?;
        let mismatched: Vec<String> = self
            .mismatched
            .iter()
            .map(|m| format!("{} (model {:?}, file {:?})", m.name, m.expected, m.found))
            .collect();
        for (what, names) in [
            ("missing", &self.missing),
            ("unexpected", &self.unexpected),
            ("of another shape", &mismatched),
            ("tied in the model but not in the file", &self.untied),
        ] {
            if !names.is_empty() {
                write!(f, "; {} {what}: {}", names.len(), names.join(", "))?;
            }
        }
        Ok(())
    }
}
