//! One run of one side: a peer's script, `sconce`, or the program beside the scripts.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};
use serde_json::{Map, Value, json};

use super::cases::{BERT, Case, Peer, Work};
use super::data::Files;
use crate::bench::bystanders::Moment;
use crate::{process, repo};

/// Tokens of a vocabulary that is learnt.
const VOCABULARY: &str = "30000";
/// Megabytes that words being counted may take where memory is to stay small.
const SMALL_MEMORY: &str = "100";

/// What a run says beside its time, where both sides say it; it has to be equal.
const FACTS: [&str; 4] = ["rows", "tokens", "words", "vocabulary"];

/// What both sides are given.
pub struct Settings {
    pub files: Files,
    /// Where what they make goes.
    pub scratch: PathBuf,
    pub threads: usize,
}

/// The two programs of this side.
pub struct Binaries {
    pub sconce: PathBuf,
    pub text_peer: PathBuf,
}

/// One measurement of one side.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    pub seconds: f64,
    pub peak_mb: Option<f64>,
    /// Numbers that say what was done.
    pub facts: Map<String, Value>,
    /// Processors that other programs kept busy meanwhile.
    pub others: Option<f64>,
}

impl Measured {
    /// As it stands in the record.
    pub fn record(&self) -> Value {
        json!({
            "seconds": self.seconds,
            "peak_rss_mb": self.peak_mb,
            "facts": self.facts,
            "processors_of_others": self.others,
        })
    }

    /// What of the work was not equal, if anything.
    pub fn difference(&self, peer: &Self) -> Option<String> {
        let differs = |key: &&&str| match (self.facts.get(**key), peer.facts.get(**key)) {
            (Some(ours), Some(theirs)) => ours != theirs,
            _ => false,
        };
        let said: Vec<String> = FACTS
            .iter()
            .filter(differs)
            .map(|key| format!("{key} {} and {}", self.facts[*key], peer.facts[*key]))
            .collect();
        (!said.is_empty())
            .then(|| format!("not equal: Sconce's and the peer's {}", said.join(", ")))
    }
}

/// The file of reviews or lines that a case reads.
fn input(work: Work, files: &Files) -> PathBuf {
    match work {
        Work::Prepare { is_large: true, .. } | Work::TrainBpe { is_large: true } => files.large(),
        Work::TrainBpe { .. } | Work::Vocabulary => files.lines(),
        _ => files.reviews(),
    }
}

fn tokenizer(work: Work) -> &'static str {
    match work {
        Work::Prepare { tokenizer, .. } | Work::Offsets { tokenizer } => tokenizer,
        _ => BERT,
    }
}

fn made(settings: &Settings, side: &str, name: &str) -> PathBuf {
    settings.scratch.join(format!("{side}-{name}"))
}

/// The call of the peer's script.
pub fn peer_command(python: &Path, case: &Case, peer: Peer, settings: &Settings) -> Command {
    let scripts = repo::root().join("benches/peers/text");
    let threads = settings.threads.to_string();
    let input = input(case.work, &settings.files);
    let mut command = Command::new(python);
    command.env("PYTHONUTF8", "1").env("RAYON_NUM_THREADS", &threads);
    command.env("HF_HUB_OFFLINE", "1").env("HF_DATASETS_OFFLINE", "1");
    match peer {
        Peer::Encode(what) => {
            let name = tokenizer(case.work);
            command.arg(scripts.join("encode.py")).arg(what).arg("--data").arg(input);
            command.arg("--tokenizer").arg(settings.files.tokenizer(name));
            command.arg("--out").arg(made(settings, "peer", name));
            command.args(["--threads", &threads]);
        }
        Peer::Script(script) => {
            command.arg(scripts.join(script)).arg(input);
            if matches!(case.work, Work::TrainBpe { .. }) {
                let out = made(settings, "peer", "tokenizer.json");
                command.args(["--vocab-size", VOCABULARY]).arg("--out").arg(out);
            }
        }
    }
    command
}

/// The call of this side.
pub fn sconce_command(binaries: &Binaries, case: &Case, settings: &Settings) -> Command {
    let threads = settings.threads.to_string();
    let files = &settings.files;
    let input = input(case.work, files);
    let cache = |name: &str| made(settings, "sconce", name).with_extension("cache");
    let mut command = match case.work {
        Work::Prepare { .. } | Work::TrainBpe { .. } => Command::new(&binaries.sconce),
        _ => Command::new(&binaries.text_peer),
    };
    match case.work {
        Work::Prepare { tokenizer, is_large } => {
            let out = cache(if is_large { "large" } else { tokenizer });
            command.args(["data", "prepare"]).arg(input).arg("--out").arg(out);
            command.arg("--tokenizer").arg(files.tokenizer(tokenizer)).args(["--json", "--quiet"]);
        }
        Work::TrainBpe { is_large } => {
            let out = made(settings, "sconce", "tokenizer.json");
            command.args(["tokenizer", "train", "--model", "bpe", "--vocab-size", VOCABULARY]);
            command.arg("--input").arg(input).arg("--out").arg(out).args(["--json", "--quiet"]);
            if is_large {
                command.args(["--max-memory", SMALL_MEMORY]);
            }
        }
        Work::Offsets { tokenizer } => {
            command.arg("offsets").arg(input).arg(files.tokenizer(tokenizer));
        }
        Work::Reload => {
            command.arg("reload").arg(cache(BERT));
        }
        Work::Vocabulary => {
            command.arg("vocabulary").arg(input);
        }
    }
    command.args(["--threads", &threads]);
    command
}

/// Removes what an earlier run made, so that it is made again.
pub fn forget(case: &Case, settings: &Settings) -> Result<()> {
    let Work::Prepare { tokenizer, is_large } = case.work else { return Ok(()) };
    let name = if is_large { "large" } else { tokenizer };
    let cache = made(settings, "sconce", name).with_extension("cache");
    if cache.exists() {
        std::fs::remove_file(&cache)
            .with_context(|| format!("cannot remove {}", cache.display()))?;
    }
    Ok(())
}

/// Whether both sides have made what `reload` opens.
pub fn is_prepared(settings: &Settings) -> bool {
    let made = |side: &str| made(settings, side, BERT);
    made("peer").is_dir() && made("sconce").with_extension("cache").is_file()
}

/// Runs the peer; beside what it measured stand the versions of what it runs on. Its time is that
/// of its work, without its imports.
pub fn peer(command: &mut Command) -> Result<(Measured, Value)> {
    let (stdout, _, others) = watched(command)?;
    let (mut measured, versions) = parse(&stdout)
        .with_context(|| format!("`{}` printed `{}`", process::shown(command), stdout.trim()))?;
    measured.others = others;
    Ok((measured, versions))
}

/// Runs this side. The time of `sconce` is that of the process from its start to its end.
pub fn sconce(command: &mut Command, work: Work) -> Result<Measured> {
    let (stdout, seconds, others) = watched(command)?;
    let (mut measured, _) = parse(&stdout)
        .with_context(|| format!("`{}` printed `{}`", process::shown(command), stdout.trim()))?;
    if matches!(work, Work::Prepare { .. } | Work::TrainBpe { .. }) {
        measured.seconds = seconds;
    }
    measured.others = others;
    Ok(measured)
}

fn watched(command: &mut Command) -> Result<(String, f64, Option<f64>)> {
    let (before, started) = (Moment::now(), Instant::now());
    let stdout = process::output(command)?;
    let seconds = started.elapsed().as_secs_f64();
    Ok((stdout, seconds, before.and_then(|before| before.others_since())))
}

/// The last line, an object.
fn parse(stdout: &str) -> Result<(Measured, Value)> {
    let value: Value = serde_json::from_str(stdout.lines().last().unwrap_or_default())?;
    let named = |key: &str| match key {
        // Of scripts and commands that have names of their own.
        "words" => value.get("n_words").or_else(|| value.get("words")),
        "vocabulary" => value.get("vocabulary").or_else(|| value.get("vocab_size")),
        key => value.get(key),
    };
    let facts = FACTS.iter().filter_map(|key| Some(((*key).to_owned(), named(key)?.clone())));
    let measured = Measured {
        seconds: value["seconds"].as_f64().context("`seconds` is missing")?,
        peak_mb: value["peak_rss_mb"].as_f64().or(value["peak_mb"].as_f64()),
        facts: facts.collect(),
        others: None,
    };
    Ok((measured, value["versions"].clone()))
}

#[cfg(test)]
mod tests;
