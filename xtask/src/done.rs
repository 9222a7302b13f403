//! The last line that `sconce train --json` and `sconce quickstart --json` print.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What a run of the binary reported about itself.
#[derive(Debug, PartialEq)]
pub struct Done {
    /// Metrics of the test part, by name.
    pub test: Value,
    /// Optimizer steps, where the run reported them.
    pub steps: Option<u64>,
    /// Training throughput, where the run reported one.
    pub examples_per_second: Option<f64>,
    /// Peak resident memory in MB, where the run reported it.
    pub peak_rss_mb: Option<f64>,
}

impl Done {
    /// Reads the `done` object in the last line of `stdout`.
    pub fn parse(stdout: &str) -> Result<Done> {
        let line = stdout.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
        let value: Value = serde_json::from_str(line)
            .with_context(|| format!("the last line is no JSON object: `{line}`"))?;
        if value["event"] != "done" {
            bail!("the last line is no `done` object: `{line}`");
        }
        Ok(Done {
            test: value["test"].clone(),
            steps: value["steps"].as_u64(),
            examples_per_second: value["examples_per_second"].as_f64(),
            peak_rss_mb: value["peak_rss_mb"].as_f64(),
        })
    }

    /// A metric of the test part.
    pub fn metric(&self, name: &str) -> Result<f64> {
        let value = self.test[name].as_f64();
        value.with_context(|| format!("`test.{name}` is missing in `\"test\":{}`", self.test))
    }

    /// Accuracy on the test part.
    pub fn accuracy(&self) -> Result<f64> {
        self.metric("accuracy")
    }
}

#[cfg(test)]
mod tests;
