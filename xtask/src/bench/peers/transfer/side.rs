//! One run of one side: the peer's script, or `sconce`.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::cases::{Case, FINE_TUNING, N_NEW, N_STEPS, VECTOR_TOLERANCE, Work};
use super::data;
use super::vectors::{Matrix, spearman};
use crate::bench::bystanders::Moment;
use crate::bench::training;
use crate::{process, repo};

pub const SCRIPT: &str = "benches/peers/transfer.py";

/// What both sides are given.
pub struct Settings {
    /// The folder of prepared files.
    pub data: PathBuf,
    /// Where models and vectors go.
    pub scratch: PathBuf,
    pub minilm: PathBuf,
    pub threads: usize,
    pub epochs: Option<usize>,
    pub limit: Option<usize>,
}

/// One measurement of one side.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Measured {
    /// Of what the case counts, a second.
    pub rate: Option<f64>,
    pub peak_mb: Option<f64>,
    /// Every metric, by name.
    pub metrics: Value,
    pub n_steps: Option<u64>,
    /// What was generated.
    pub text: Option<String>,
    /// Processors that other programs kept busy meanwhile.
    pub others: Option<f64>,
}

impl Measured {
    /// As it stands in the record.
    pub fn record(&self) -> Value {
        json!({
            "rate": self.rate,
            "peak_rss_mb": self.peak_mb,
            "metrics": self.metrics,
            "n_steps": self.n_steps,
            "processors_of_others": self.others,
        })
    }
}

/// The model that `decode` runs, made by the peer.
fn decoder(settings: &Settings) -> PathBuf {
    settings.scratch.join("decoder")
}

fn vectors(settings: &Settings, side: &str) -> PathBuf {
    settings.scratch.join(format!("vectors-{side}.npy"))
}

/// The call of the peer's script.
pub fn peer_command(
    python: &Path,
    case: &Case,
    variant: &str,
    seed: u64,
    settings: &Settings,
) -> Command {
    let mut command = Command::new(python);
    command.env("PYTHONUTF8", "1").arg(repo::root().join(SCRIPT)).arg(case.name);
    command.arg("--data").arg(&settings.data);
    match case.work {
        Work::Decode => command.arg("--model").arg(decoder(settings)),
        _ => command.arg("--model").arg(&settings.minilm),
    };
    command.args(["--variant", variant, "--threads", &settings.threads.to_string()]);
    command.args(["--seed", &seed.to_string()]);
    for (flag, value) in [("--epochs", settings.epochs), ("--limit", settings.limit)] {
        command.args(value.map(|value| [flag.to_owned(), value.to_string()]).into_iter().flatten());
    }
    if case.work == Work::Embed {
        command.arg("--out").arg(vectors(settings, "peer"));
    }
    command
}

/// Runs the peer; beside what it measured stand the versions of what it runs on.
pub fn peer(command: &mut Command, settings: &Settings) -> Result<(Measured, Value)> {
    let (stdout, others) = watched(command, settings)?;
    let line = stdout.lines().last().unwrap_or_default();
    let (measured, versions) =
        parse_peer(line).with_context(|| format!("{SCRIPT} printed `{line}`"))?;
    Ok((Measured { others, ..measured }, versions))
}

fn parse_peer(line: &str) -> Result<(Measured, Value)> {
    let value: Value = serde_json::from_str(line)?;
    let number = |key: &str| value[key].as_f64().with_context(|| format!("`{key}` is missing"));
    let measured = Measured {
        rate: Some(number("rate")?),
        peak_mb: Some(number("peak_rss_mb")?),
        metrics: value["metrics"].clone(),
        n_steps: Some(value["n_steps"].as_u64().context("`n_steps` is missing")?),
        text: value["text"].as_str().map(str::to_owned),
        others: None,
    };
    Ok((measured, value["versions"].clone()))
}

/// The call of `sconce`.
pub fn sconce_command(
    binary: &Path,
    case: &Case,
    seed: u64,
    settings: &Settings,
) -> Result<Command> {
    let mut command = match &case.work {
        Work::Train { files: [train, test], epochs, options } => {
            let (train, test) = (settings.data.join(train), settings.data.join(test));
            let mut command =
                training::command(binary, &train, &test, &settings.scratch.join(case.name));
            command.args(*options).args(["--seed", &seed.to_string()]);
            match epochs {
                Some(epochs) => {
                    let epochs = settings.epochs.unwrap_or(*epochs).to_string();
                    command.arg("--from").arg(&settings.minilm).args(FINE_TUNING);
                    command.args(["--epochs", &epochs])
                }
                None => {
                    let steps = settings.limit.unwrap_or(N_STEPS).to_string();
                    command.args(["--max-steps", &steps])
                }
            };
            command
        }
        Work::Decode => {
            let path = decoder(settings).join("prompt.txt");
            let prompt = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            let n_new = settings.limit.unwrap_or(N_NEW).to_string();
            let mut command = Command::new(binary);
            command.args(["generate", "--json", "--quiet", "--prompt", &prompt]);
            command.args(["--max-tokens", &n_new]).arg("--model").arg(decoder(settings));
            command
        }
        Work::Embed => {
            let mut command = Command::new(binary);
            command.args(["embed", "--json", "--quiet", "--normalize"]);
            command.arg("--model").arg(&settings.minilm);
            command.arg("--input").arg(settings.data.join("sentences.txt"));
            command.arg("--out").arg(vectors(settings, "sconce"));
            command
        }
    };
    command.args(["--threads", &settings.threads.to_string()]);
    Ok(command)
}

/// Runs `sconce`. A training must not find what an earlier one left.
pub fn sconce(command: &mut Command, case: &Case, settings: &Settings) -> Result<Measured> {
    let out = settings.scratch.join(case.name);
    if out.exists() {
        std::fs::remove_dir_all(&out)
            .with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let (stdout, others) = watched(command, settings)?;
    let mut measured = parse_sconce(&stdout, case)
        .with_context(|| format!("`{}` printed `{}`", process::shown(command), stdout.trim()))?;
    if case.work == Work::Embed {
        let spearman = spearman_of(&read_vectors(settings, "sconce")?, settings)?;
        measured.metrics = json!({ "spearman": spearman });
    }
    Ok(Measured { others, ..measured })
}

/// The last line: of `train` its `done` object, of `generate` and `embed` what they did.
fn parse_sconce(stdout: &str, case: &Case) -> Result<Measured> {
    let line = stdout.lines().rfind(|line| !line.trim().is_empty()).unwrap_or_default();
    let value: Value = serde_json::from_str(line)?;
    let number = |key: &str| value[key].as_f64().with_context(|| format!("`{key}` is missing"));
    let peak_mb = value["peak_rss_mb"].as_f64();
    Ok(match case.work {
        Work::Train { .. } => {
            ensure!(value["event"] == "done", "the last line is no `done` object");
            Measured {
                rate: Some(number("examples_per_second")?),
                peak_mb: Some(number("peak_rss_mb")?),
                metrics: value["test"].clone(),
                n_steps: value["steps"].as_u64(),
                ..Measured::default()
            }
        }
        Work::Decode => Measured {
            rate: Some(number("tokens_per_second")?),
            peak_mb,
            text: Some(value["text"].as_str().context("`text` is missing")?.to_owned()),
            ..Measured::default()
        },
        Work::Embed => {
            let rate = value["sentences_per_second"].as_f64();
            Measured { rate, peak_mb, ..Measured::default() }
        }
    })
}

/// What both sides made, beside how well and how fast: what differs, or what was found to agree.
pub fn agreement(
    case: &Case,
    peer: &Measured,
    sconce: &Measured,
    settings: &Settings,
) -> Result<Option<String>> {
    match case.work {
        Work::Train { .. } => {
            if let (Some(a), Some(b)) = (peer.n_steps, sconce.n_steps) {
                ensure!(a == b, "the work was not equal: {a} steps of the peer, {b} of Sconce");
            }
            Ok(None)
        }
        Work::Decode => same_text(peer, sconce).map(Some),
        Work::Embed => {
            let (a, b) = (read_vectors(settings, "peer")?, read_vectors(settings, "sconce")?);
            let difference = a.difference(&b)?;
            ensure!(
                difference <= VECTOR_TOLERANCE,
                "the vectors differ by {difference:.1e}, allowed is {VECTOR_TOLERANCE:.0e}"
            );
            Ok(Some(format!("vectors differ by at most {difference:.1e}")))
        }
    }
}

fn same_text(peer: &Measured, sconce: &Measured) -> Result<String> {
    let words = |side: &Measured| -> Vec<String> {
        side.text.iter().flat_map(|text| text.split_whitespace()).map(str::to_owned).collect()
    };
    let (peer, sconce) = (words(peer), words(sconce));
    let n_equal = peer.iter().zip(&sconce).take_while(|(a, b)| a == b).count();
    ensure!(
        n_equal == peer.len() && n_equal == sconce.len(),
        "the first {n_equal} tokens are equal, of {} of the peer and {} of Sconce",
        peer.len(),
        sconce.len()
    );
    Ok(format!("all {n_equal} tokens equal"))
}

fn read_vectors(settings: &Settings, side: &str) -> Result<Matrix> {
    let path = vectors(settings, side);
    let bytes = std::fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
    Matrix::parse(&bytes).with_context(|| path.display().to_string())
}

fn spearman_of(vectors: &Matrix, settings: &Settings) -> Result<f64> {
    let path = settings.data.join("stsb-test.csv");
    let text = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let (_, scores) = data::pairs(&text)?;
    let cosines = vectors.cosines();
    ensure!(cosines.len() == scores.len(), "{} pairs, {} scores", cosines.len(), scores.len());
    Ok(spearman(&cosines, &scores))
}

/// Runs a program with the same number of threads for every library, and watches what others do.
fn watched(command: &mut Command, settings: &Settings) -> Result<(String, Option<f64>)> {
    for variable in ["RAYON_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"] {
        command.env(variable, settings.threads.to_string());
    }
    let before = Moment::now();
    let stdout = process::output(command)?;
    Ok((stdout, before.and_then(|before| before.others_since())))
}

#[cfg(test)]
mod tests;
