//! What loading weights found.

use std::fmt;

/// A tensor of the file whose shape is not that of the model's parameter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// Name of the parameter.
    pub name: String,
    /// Shape that the model asks for.
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
}

impl LoadReport {
    /// True if file and model agree on every tensor.
    pub fn is_complete(&self) -> bool {
        self.missing.is_empty() && self.unexpected.is_empty() && self.mismatched.is_empty()
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
        ] {
            if !names.is_empty() {
                write!(f, "; {} {what}: {}", names.len(), names.join(", "))?;
            }
        }
        Ok(())
    }
}
