//! The last line that `sconce train --json` and `sconce quickstart --json` print.

use anyhow::{Context, Result, bail};
use serde_json::Value;

/// What a run of the binary reported about itself.
#[derive(Debug, PartialEq)]
pub struct Done {
    /// Accuracy on the test part.
    pub accuracy: f64,
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
        let accuracy = value["test"]["accuracy"]
            .as_f64()
            .with_context(|| format!("`test.accuracy` is missing in `{line}`"))?;
        Ok(Done {
            accuracy,
            examples_per_second: value["examples_per_second"].as_f64(),
            peak_rss_mb: value["peak_rss_mb"].as_f64(),
        })
    }
}

#[cfg(test)]
mod tests;
