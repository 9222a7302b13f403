//! TextCNN training: `sconce train` against plain PyTorch.
//!
//! Both train on the same sentences, whole, and are tested on the same; words, network, wide
//! convolution, optimizer, batch size, epochs and threads are equal. What is equal in detail and
//! what is not stands at the head of `benches/peers/textcnn.py`. That both took as many steps over
//! as many words is checked after each round.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::super::statistics::median;
use super::super::{sentences, training};
use super::{REQUIREMENTS, warn_if_busy};
use crate::args::Args;
use crate::python::{self, Environment};
use crate::{process, repo};

const SCRIPT: &str = "benches/peers/textcnn.py";

/// Everything that the peer's script has as a constant, also where it is the default.
#[rustfmt::skip]
const OPTIONS: &[&str] = &[
    "--task", "classify", "--arch", "textcnn",
    "--pre-tokenizer", "whitespace", "--lowercase", "false", "--min-freq", "1",
    "--valid-ratio", "0",
    "--embedding-size", "300", "--filter-widths", "3,4,5", "--n-filters", "100", "--dropout", "0.5",
    "--batch-size", "50", "--optimizer", "adam", "--lr", "1e-3", "--weight-decay", "0",
    "--schedule", "constant", "--warmup", "0", "--clip", "5", "--label-smoothing", "0",
];

/// What both sides are given.
struct Settings {
    train: PathBuf,
    test: PathBuf,
    epochs: usize,
    threads: usize,
    seed: u64,
}

/// One measurement of one side.
#[derive(Clone, Copy)]
struct Measured {
    examples_per_second: f64,
    accuracy: f64,
    peak_rss_mb: f64,
    work: Work,
}

/// What must be equal on both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Work {
    /// Optimizer steps, over all epochs.
    n_steps: u64,
    /// Words of the training sentences, with those for padding and unknown words.
    vocab_size: u64,
}

pub fn run(args: &Args) -> Result<()> {
    let load = warn_if_busy();
    let rounds: usize = args.number("--rounds", 3)?;
    ensure!(rounds > 0, "--rounds wants at least 1");
    let folder = training::folder("peers")?;
    let (train, test) = data(args, &folder)?;
    let settings = Settings {
        train,
        test,
        epochs: args.number("--epochs", 3)?,
        threads: args.number("--threads", training::default_threads())?,
        seed: args.number("--seed", 42)?,
    };
    let binary = training::build_binary()?;
    let environment = python::environment(&repo::root().join(REQUIREMENTS))?;
    let mut peer_runs = Vec::new();
    let mut sconce_runs = Vec::new();
    let mut versions = Value::Null;
    for round in 1..=rounds {
        if let Environment::Ready(python) = &environment {
            println!("round {round}: PyTorch");
            let (measured, found) = peer(python, &settings)?;
            peer_runs.push(measured);
            versions = found;
        }
        println!("round {round}: Sconce");
        sconce_runs.push(sconce(&binary, &settings, &folder.join("textcnn-model"))?);
        same_work(&peer_runs, &sconce_runs)?;
    }
    let skipped = match environment {
        Environment::Ready(_) => None,
        Environment::Missing(why) => Some(why),
    };
    print!("\n{}", table(&peer_runs, &sconce_runs, skipped.as_deref()));
    let record = json!({
        "area": "textcnn",
        "command": process::shown(&sconce_command(&binary, &settings, Path::new("DIR"))),
        "commit": repo::commit(),
        "cpu": repo::cpu_model(),
        "threads": settings.threads,
        "load_at_start": load,
        "date": repo::today(),
        "epochs": settings.epochs,
        "peer_versions": versions,
        "peer_skipped": skipped,
        "peer": peer_runs.iter().map(shown).collect::<Vec<_>>(),
        "sconce": sconce_runs.iter().map(shown).collect::<Vec<_>>(),
        "median_ratio": ratio(&peer_runs, &sconce_runs),
    });
    training::write_record(&folder.join("textcnn.json"), &record)
}

/// The user's files, or MR cut at every tenth sentence.
fn data(args: &Args, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    if let Some(given) = args.value("--data") {
        let given = Path::new(given);
        let paths = (given.join("train.tsv"), given.join("test.tsv"));
        for path in [&paths.0, &paths.1] {
            ensure!(path.is_file(), "{} is missing", path.display());
        }
        return Ok(paths);
    }
    let rows = sentences::read("mr")?;
    let (train, test) = sentences::every_tenth(&rows);
    let paths = (folder.join("mr-train.tsv"), folder.join("mr-test.tsv"));
    sentences::write_tsv(&paths.0, &train)?;
    sentences::write_tsv(&paths.1, &test)?;
    Ok(paths)
}

fn peer(python: &Path, settings: &Settings) -> Result<(Measured, Value)> {
    let mut command = Command::new(python);
    command.env("PYTHONUTF8", "1").arg(repo::root().join(SCRIPT));
    command.arg("--train").arg(&settings.train).arg("--test").arg(&settings.test);
    for (flag, value) in [("--epochs", settings.epochs), ("--threads", settings.threads)] {
        command.args([flag, &value.to_string()]);
    }
    command.args(["--seed", &settings.seed.to_string()]);
    let stdout = process::output(&mut command)?;
    parse_peer(&stdout).with_context(|| format!("{SCRIPT} printed `{}`", stdout.trim()))
}

fn parse_peer(stdout: &str) -> Result<(Measured, Value)> {
    let value: Value = serde_json::from_str(stdout.trim())?;
    let number = |key: &str| value[key].as_f64().with_context(|| format!("`{key}` is missing"));
    let measured = Measured {
        examples_per_second: number("examples_per_second")?,
        accuracy: number("test_accuracy")?,
        peak_rss_mb: number("peak_rss_mb")?,
        work: Work {
            n_steps: whole(&value["n_steps"], "n_steps")?,
            vocab_size: whole(&value["vocab_size"], "vocab_size")?,
        },
    };
    Ok((measured, value["versions"].clone()))
}

fn sconce_command(binary: &Path, settings: &Settings, out: &Path) -> Command {
    let mut command = training::command(binary, &settings.train, &settings.test, out);
    command.args(OPTIONS);
    for (flag, value) in [("--epochs", settings.epochs), ("--threads", settings.threads)] {
        command.args([flag, &value.to_string()]);
    }
    command.args(["--seed", &settings.seed.to_string()]);
    command
}

fn sconce(binary: &Path, settings: &Settings, out: &Path) -> Result<Measured> {
    let done = training::run(&mut sconce_command(binary, settings, out), out)?;
    Ok(Measured {
        examples_per_second: done.examples_per_second.context("no `examples_per_second`")?,
        accuracy: done.accuracy()?,
        peak_rss_mb: done.peak_rss_mb.context("no `peak_rss_mb`")?,
        work: Work::of_bundle(out)?,
    })
}

impl Work {
    /// What the bundle says of the run that made it.
    fn of_bundle(folder: &Path) -> Result<Self> {
        let read = |name: &str| -> Result<Value> {
            let path = folder.join(name);
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            serde_json::from_str(&text).with_context(|| path.display().to_string())
        };
        Ok(Self {
            n_steps: whole(&read("sconce.json")?["history"]["n_steps"], "history.n_steps")?,
            vocab_size: whole(&read("config.json")?["vocab_size"], "vocab_size")?,
        })
    }
}

fn whole(value: &Value, key: &str) -> Result<u64> {
    value.as_u64().with_context(|| format!("`{key}` is missing"))
}

/// Whether every run, of either side, took as many steps over as many words.
fn same_work(peer: &[Measured], sconce: &[Measured]) -> Result<()> {
    for (peer, sconce) in peer.iter().zip(sconce) {
        let (peer, sconce) = (peer.work, sconce.work);
        ensure!(peer == sconce, "the work was not equal: PyTorch {peer:?}, Sconce {sconce:?}");
    }
    Ok(())
}

/// The median over rounds of Sconce's throughput divided by its peer's of the same round.
fn ratio(peer: &[Measured], sconce: &[Measured]) -> Option<f64> {
    let pairs = peer.iter().zip(sconce);
    let ratios: Vec<f64> =
        pairs.map(|(peer, sconce)| sconce.examples_per_second / peer.examples_per_second).collect();
    (!ratios.is_empty()).then(|| median(&ratios))
}

fn table(peer: &[Measured], sconce: &[Measured], skipped: Option<&str>) -> String {
    let mut text = format!("{:<10} {:>8} {:>9} {:>8}\n", "peer", "ex/s", "accuracy", "peak MB");
    for (name, runs) in [("PyTorch", peer), ("Sconce", sconce)] {
        let of = |read: fn(&Measured) -> f64| median(&runs.iter().map(read).collect::<Vec<_>>());
        text += &match (runs.is_empty(), skipped) {
            (true, why) => format!("{name:<10} skipped: {}\n", why.unwrap_or("no run")),
            (false, _) => format!(
                "{name:<10} {:>8.0} {:>9.4} {:>8.0}\n",
                of(|run| run.examples_per_second),
                of(|run| run.accuracy),
                of(|run| run.peak_rss_mb)
            ),
        };
    }
    if let Some(ratio) = ratio(peer, sconce) {
        text += &format!("Sconce / PyTorch: {ratio:.2} times (median of {} rounds)\n", peer.len());
    }
    text
}

fn shown(run: &Measured) -> Value {
    json!({
        "examples_per_second": run.examples_per_second,
        "test_accuracy": run.accuracy,
        "peak_rss_mb": run.peak_rss_mb,
    })
}

#[cfg(test)]
mod tests;
