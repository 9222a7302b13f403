//! One of the two programs that measure a case and print one line of JSON.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::targets::{CASES, Case};
use crate::bench::bystanders::Moment;
use crate::process;

/// What both sides are given.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    pub threads: usize,
    pub seconds: f64,
}

/// A program, with what it said about itself.
pub struct Side {
    program: PathBuf,
    script: Option<PathBuf>,
    cases: Vec<String>,
    /// Versions of what it runs on.
    pub versions: Value,
}

/// One measurement of one side.
#[derive(Debug, Clone, Copy)]
pub struct Measured {
    /// The median of many iterations.
    pub seconds: f64,
    /// The largest resident size of the process.
    pub peak_mb: Option<f64>,
    /// Its increase over what was resident before the first iteration.
    pub extra_mb: Option<f64>,
    /// What the first iteration's results sum up to.
    pub checksum: f64,
    /// Processors that other programs kept busy meanwhile.
    pub others: Option<f64>,
}

impl Side {
    /// Asks a program for its cases.
    pub fn open(program: &Path, script: Option<PathBuf>) -> Result<Self> {
        let mut side =
            Self { program: program.to_owned(), script, cases: Vec::new(), versions: Value::Null };
        let mut command = side.command();
        command.arg("--list");
        let stdout = process::output(&mut command)?;
        (side.cases, side.versions) =
            parse_list(&stdout).with_context(|| process::shown(&command))?;
        Ok(side)
    }

    /// Whether it has a case.
    pub fn has(&self, case: &Case) -> bool {
        self.cases.iter().any(|name| name == case.name)
    }

    /// Measures a case in a process of its own.
    pub fn measure(&self, case: &Case, settings: Settings) -> Result<Measured> {
        let (threads, seconds) = (settings.threads.to_string(), settings.seconds.to_string());
        let mut command = self.command();
        command.args(["--case", case.name, "--threads", &threads, "--seconds", &seconds]);
        // Libraries that have pools of their own: candle's and PyTorch's.
        for variable in ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"] {
            command.env(variable, &threads);
        }
        let before = Moment::now();
        let stdout = process::output(&mut command)?;
        let others = before.and_then(|before| before.others_since());
        let measured = parse(&stdout, case).with_context(|| {
            format!("`{}` printed `{}`", process::shown(&command), stdout.trim())
        })?;
        Ok(Measured { others, ..measured })
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.env("PYTHONUTF8", "1").args(&self.script);
        command
    }
}

/// The names and versions of `--list`. A name without a row in [`CASES`] would never be measured.
fn parse_list(stdout: &str) -> Result<(Vec<String>, Value)> {
    let value: Value = serde_json::from_str(stdout.trim())?;
    let names = value["cases"].as_array().context("`cases` is missing")?;
    let names: Vec<String> = names.iter().filter_map(Value::as_str).map(str::to_owned).collect();
    let strange = names.iter().find(|name| !CASES.iter().any(|case| case.name == **name));
    ensure!(strange.is_none(), "no row in CASES for the case {strange:?}");
    Ok((names, value["versions"].clone()))
}

fn parse(stdout: &str, case: &Case) -> Result<Measured> {
    let value: Value = serde_json::from_str(stdout.trim())?;
    ensure!(value["case"] == case.name, "the line is of another case");
    let number = |key: &str| {
        let number = value[key].as_f64().with_context(|| format!("`{key}` is missing"))?;
        ensure!(number > 0.0, "`{key}` is {number}");
        Ok(number)
    };
    Ok(Measured {
        seconds: number("seconds_per_iteration")?,
        peak_mb: value["peak_rss_mb"].as_f64(),
        extra_mb: value["extra_rss_mb"].as_f64(),
        checksum: number("checksum")?,
        others: None,
    })
}

impl Measured {
    /// As it stands in the record.
    pub fn record(&self) -> Value {
        json!({
            "seconds_per_iteration": self.seconds,
            "peak_rss_mb": self.peak_mb,
            "extra_rss_mb": self.extra_mb,
            "checksum": self.checksum,
            "processors_of_others": self.others,
        })
    }
}

/// Whether the results of both sides sum up to the same.
pub fn same_work(case: &Case, peer: &Measured, sconce: &Measured) -> Result<()> {
    let (a, b) = (peer.checksum, sconce.checksum);
    ensure!(
        (a - b).abs() <= case.tolerance * a.max(b),
        "the work was not equal: the results of PyTorch sum up to {a}, those of Sconce to {b}"
    );
    Ok(())
}

#[cfg(test)]
mod tests;
