//! Transformers: fine-tuning, a small GPT from nothing, decoding and sentence embeddings, against
//! transformers and PyTorch.
//!
//! What is equal on both sides and what is not stands at the head of `benches/peers/transfer.py`. In
//! each round a case runs on one side and then on the other, the first one in turn and with a seed of its
//! own; a ratio is the median over the rounds, and a quality the mean. The data sets are published ones that
//! are no part of the repository: a case whose archive is not there is skipped and says so.

mod cases;
mod data;
mod side;
mod table;
mod vectors;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::super::training;
use super::warn_if_busy;
use crate::args::Args;
use crate::python::{self, Environment};
use crate::{archives, fetch, process, repo};
use cases::{Case, Work};
use side::Settings;
use table::Outcome;

const REQUIREMENTS: &str = "benches/peers/requirements-transfer.txt";

/// How often, and from which seeds.
#[derive(Debug, Clone, Copy)]
struct Rounds {
    n_rounds: usize,
    first_seed: u64,
    n_seeds: usize,
}

impl Rounds {
    /// Rounds take the seeds in turn.
    fn seed(self, round: usize) -> u64 {
        self.first_seed + ((round - 1) % self.n_seeds) as u64
    }
}

/// The two programs; either the peer or why there is none.
struct Programs {
    python: Option<PathBuf>,
    peer_skipped: Option<String>,
    versions: Value,
    binary: PathBuf,
}

pub fn run(args: &Args) -> Result<()> {
    let load = warn_if_busy();
    let n_rounds: usize = args.number("--rounds", 3)?;
    let rounds = Rounds {
        n_rounds,
        first_seed: args.number("--seed", 42)?,
        n_seeds: args.number("--seeds", n_rounds)?,
    };
    ensure!(n_rounds > 0 && rounds.n_seeds > 0, "--rounds and --seeds want at least 1");
    let settings = settings(args)?;
    let archives = archives::folder(args);
    let cases = cases::chosen(args.value("--only"))?;
    let mut outcomes = Vec::new();
    for case in cases {
        let missing = prepare(case, &archives, &settings, !args.has("--list"))?;
        outcomes.push(Outcome {
            skipped: missing.is_some(),
            problem: missing.map(|what| format!("skipped: {what}")),
            ..Outcome::new(case)
        });
    }
    if args.has("--list") {
        return list(&outcomes, &settings, rounds);
    }
    let mut programs = programs()?;
    for round in 1..=n_rounds {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.problem.is_none()) {
            measure(outcome, round, rounds.seed(round), &mut programs, &settings);
        }
    }
    let section = section(&outcomes, &programs, &settings, args, rounds);
    println!("\n{section}");
    let record = json!({
        "area": "transfer",
        "command": command(args, &settings, rounds),
        "commit": repo::commit(),
        "cpu": repo::cpu_model(),
        "threads": settings.threads,
        "load_at_start": load,
        "date": repo::today(),
        "rounds": n_rounds,
        "seeds": rounds.n_seeds,
        "limit": settings.limit,
        "peer_versions": programs.versions,
        "peer_skipped": programs.peer_skipped,
        "cases": outcomes.iter().map(Outcome::record).collect::<Vec<_>>(),
    });
    write(args.value("--only"), &section, &record)?;
    failures(&outcomes)
}

fn settings(args: &Args) -> Result<Settings> {
    let scratch = training::folder("peers")?.join("transfer");
    let limit = match args.has("--limit") {
        true => Some(args.number("--limit", 0)?),
        false => None,
    };
    let epochs = match args.has("--epochs") {
        true => Some(args.number("--epochs", 0)?),
        false => None,
    };
    // The targets are stated for two threads.
    let threads = args.number("--threads", 2)?;
    let is_sensible = threads > 0 && limit != Some(0) && epochs != Some(0);
    ensure!(is_sensible, "--threads, --limit and --epochs want at least 1");
    let data = match limit {
        Some(limit) => scratch.join(format!("limit-{limit}")),
        None => scratch.join("data"),
    };
    std::fs::create_dir_all(&data).with_context(|| format!("cannot make {}", data.display()))?;
    let minilm = fetch::place("minilm")?;
    Ok(Settings { data, scratch, minilm, threads, epochs, limit })
}

/// Makes a case's files and fetches its model; what is missing for it, if anything is.
fn prepare(
    case: &Case,
    archives: &Path,
    settings: &Settings,
    may_fetch: bool,
) -> Result<Option<String>> {
    if let Some(archive) = case.archive {
        let limit = settings.limit.unwrap_or(usize::MAX);
        if data::prepare(archive, archives, &settings.data, limit)?.is_none() {
            let (name, folder) = (archive.file_name(), archives.display());
            return Ok(Some(format!("{name} is not in {folder} (--archives)")));
        }
    }
    if case.needs_minilm()
        && may_fetch
        && let Err(error) = fetch::fetch("minilm")
    {
        return Ok(Some(format!("no MiniLM: {error:#}")));
    }
    Ok(None)
}

fn programs() -> Result<Programs> {
    let binary = training::build_binary()?;
    let (python, peer_skipped) = match python::environment(&repo::root().join(REQUIREMENTS))? {
        Environment::Ready(python) => (Some(python), None),
        Environment::Missing(why) => (None, Some(why)),
    };
    Ok(Programs { python, peer_skipped, versions: Value::Null, binary })
}

/// One round of one case. What goes wrong is kept with the case, and the others go on.
fn measure(
    outcome: &mut Outcome,
    round: usize,
    seed: u64,
    programs: &mut Programs,
    settings: &Settings,
) {
    if programs.python.is_none() && outcome.case.work == Work::Decode {
        outcome.skipped = true;
        outcome.problem = Some(String::from("skipped: the peer makes the model"));
        return;
    }
    let result = both(outcome, round, seed, programs, settings);
    println!("round {round}, seed {seed}: {}", outcome.last_round());
    if let Err(error) = result {
        eprintln!("round {round}: {}: error: {error:#}", outcome.case.name);
        outcome.problem = Some(format!("failed: {error:#}"));
    }
}

/// Both sides one after the other, the peer first in odd rounds. What one side measured is kept where the
/// other one fails.
fn both(
    outcome: &mut Outcome,
    round: usize,
    seed: u64,
    programs: &mut Programs,
    settings: &Settings,
) -> Result<()> {
    if round % 2 == 1 {
        run_peers(outcome, seed, programs, settings).context("peer")?;
        run_sconce(outcome, seed, programs, settings).context("Sconce")?;
    } else {
        run_sconce(outcome, seed, programs, settings).context("Sconce")?;
        run_peers(outcome, seed, programs, settings).context("peer")?;
    }
    let Outcome { case, peers, sconce, notes, .. } = outcome;
    for peer in peers {
        let (Some(peer), Some(sconce)) = (peer.last(), sconce.last()) else { continue };
        let note = side::agreement(case, peer, sconce, settings)?;
        let is_new = |note: &String| !notes.contains(note);
        if let Some(note) = note.filter(is_new) {
            notes.push(note);
        }
    }
    Ok(())
}

fn run_peers(
    outcome: &mut Outcome,
    seed: u64,
    programs: &mut Programs,
    settings: &Settings,
) -> Result<()> {
    let Some(python) = &programs.python else { return Ok(()) };
    for (peer, runs) in outcome.case.peers.iter().zip(&mut outcome.peers) {
        let mut command = side::peer_command(python, outcome.case, peer.variant, seed, settings);
        let (measured, versions) = side::peer(&mut command, settings)?;
        runs.push(measured);
        programs.versions = versions;
    }
    Ok(())
}

fn run_sconce(
    outcome: &mut Outcome,
    seed: u64,
    programs: &Programs,
    settings: &Settings,
) -> Result<()> {
    let mut command = side::sconce_command(&programs.binary, outcome.case, seed, settings)?;
    outcome.sconce.push(side::sconce(&mut command, outcome.case, settings)?);
    Ok(())
}

/// What would be run, with every target, and nothing measured.
fn list(outcomes: &[Outcome], settings: &Settings, rounds: Rounds) -> Result<()> {
    for outcome in outcomes {
        println!("{}", outcome.case.name);
        if let Some(problem) = &outcome.problem {
            println!("    {problem}");
        }
        let seed = rounds.seed(1);
        for peer in outcome.case.peers {
            let python = Path::new("python");
            let command = side::peer_command(python, outcome.case, peer.variant, seed, settings);
            println!("    {}", process::shown(&command));
        }
        match side::sconce_command(Path::new("sconce"), outcome.case, seed, settings) {
            Ok(command) => println!("    {}", process::shown(&command)),
            Err(error) => println!("    sconce: {error:#} (the peer makes it)"),
        }
    }
    println!("\n{}", table::targets(outcomes));
    Ok(())
}

/// The call that gives this record again.
fn command(args: &Args, settings: &Settings, rounds: Rounds) -> String {
    let mut text = format!(
        "cargo xtask bench --peers transfer --rounds {} --threads {}",
        rounds.n_rounds, settings.threads
    );
    for flag in ["--only", "--seed", "--seeds", "--epochs", "--limit"] {
        if let Some(value) = args.value(flag) {
            let _ = write!(text, " {flag} {value}");
        }
    }
    text
}

/// What can go into docs/benchmarks.md as it is.
fn section(
    outcomes: &[Outcome],
    programs: &Programs,
    settings: &Settings,
    args: &Args,
    rounds: Rounds,
) -> String {
    let versions = &programs.versions;
    let version = |name: &str| versions[name].as_str().unwrap_or("not run").to_owned();
    let mut text = format!(
        "## Transformers: Sconce, and transformers with PyTorch\n\n\
         `{}`, commit `{}`, {}, {}, transformers {}, PyTorch {}, sentence-transformers {}.\n\
         What is equal and what is not stands at the head of `{}`. A rate is the median of the rounds, a\n\
         quality their mean (least-largest), memory the largest of them.\n\n",
        command(args, settings, rounds),
        repo::commit(),
        repo::today(),
        repo::cpu_model(),
        version("transformers"),
        version("torch"),
        version("sentence-transformers"),
        side::SCRIPT,
    );
    let _ = write!(text, "{}\n{}", table::sides(outcomes), table::targets(outcomes));
    for outcome in outcomes.iter().filter(|outcome| !outcome.notes.is_empty()) {
        let _ = write!(text, "\n`{}`: {}.", outcome.case.name, outcome.notes.join("; "));
    }
    if let Some(why) = &programs.peer_skipped {
        let _ = write!(text, "\nThe peer was skipped: {why}");
    }
    text.trim_end().to_owned() + "\n"
}

/// The section and the record; those of some cases do not replace those of all.
fn write(only: Option<&str>, section: &str, record: &Value) -> Result<()> {
    let name = only.map_or_else(|| String::from("transfer"), |only| format!("transfer-{only}"));
    let folder = training::folder("peers")?;
    let page = folder.join(format!("{name}.md"));
    std::fs::write(&page, section).with_context(|| format!("cannot write {}", page.display()))?;
    training::write_record(&folder.join(format!("{name}.json")), record)
}

fn failures(outcomes: &[Outcome]) -> Result<()> {
    let failed = outcomes.iter().filter(|outcome| outcome.problem.is_some() && !outcome.skipped);
    let names: Vec<&str> = failed.map(|outcome| outcome.case.name).collect();
    if !names.is_empty() {
        bail!("failed: {}", names.join(", "));
    }
    Ok(())
}

#[cfg(test)]
mod tests;
