//! What a score depends on, written as sacreBLEU writes it.

use std::fmt;

use crate::resample::ConfidenceInterval;

/// Pairs of a key and a value, the number of references first and the version last.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Signature {
    pairs: Vec<(&'static str, String)>,
}

impl Signature {
    pub fn new(n_references: String) -> Self {
        Self { pairs: vec![("nrefs", n_references)] }
    }

    /// Names the draws that an interval comes from.
    pub fn resampled(mut self, interval: &ConfidenceInterval) -> Self {
        let (samples, seed) = (interval.samples.to_string(), interval.seed.to_string());
        self.pairs.splice(1..1, [("bs", samples), ("seed", seed)]);
        self
    }

    /// A score after its name and this signature, with the interval in brackets.
    pub fn line(self, name: &str, score: f64, interval: Option<&ConfidenceInterval>) -> String {
        match interval {
            None => format!("{name}|{self} = {score:.2}"),
            Some(interval) => {
                let (mean, half) = (interval.mean, interval.half_width);
                let signed = self.resampled(interval);
                format!("{name}|{signed} = {score:.2} (μ = {mean:.2} ± {half:.2})")
            }
        }
    }

    pub fn with(mut self, key: &'static str, value: impl Into<String>) -> Self {
        self.pairs.push((key, value.into()));
        self
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (key, value) in &self.pairs {
            write!(f, "{key}:{value}|")?;
        }
        write!(f, "version:sconce-{}", env!("CARGO_PKG_VERSION"))
    }
}

pub(crate) fn yes_no(value: bool) -> &'static str {
    if value { "yes" } else { "no" }
}

/// Whether the case of letters counts.
pub(crate) fn case(is_lowercase: bool) -> &'static str {
    if is_lowercase { "lc" } else { "mixed" }
}
