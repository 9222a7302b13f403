//! Data sets and tokenizers: prepared, reloaded, counted and trained, against Hugging Face's
//! datasets and tokenizers and against a vocabulary in Python.
//!
//! What is equal on both sides and what is not stands at the head of the scripts in
//! `benches/peers/text`. In each round a case runs on one side and then on the other, the first one
//! in turn; a ratio is that of the medians over the rounds. That both did the same (rows, tokens,
//! words, sizes of vocabularies) is checked after each round. The data sets are published ones that
//! are no part of the repository: a case whose archive is not there is skipped and says so.

mod cases;
mod data;
mod side;
mod table;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::super::training;
use super::warn_if_busy;
use crate::args::Args;
use crate::python::{self, Environment};
use crate::{archives, process, repo};
use cases::{CASES, Case, Work};
use data::Files;
use side::{Binaries, Settings};
use table::Outcome;

const REQUIREMENTS: &str = "benches/peers/requirements-text.txt";

/// What is run; either the peer or why there is none.
struct Programs {
    python: Option<PathBuf>,
    peer_skipped: Option<String>,
    versions: Value,
    binaries: Binaries,
}

pub fn run(args: &Args) -> Result<()> {
    let load = warn_if_busy();
    let n_rounds: usize = args.number("--rounds", 3)?;
    // The targets are stated for two threads.
    let threads: usize = args.number("--threads", 2)?;
    let limit = match args.has("--limit") {
        true => Some(args.number("--limit", 0)?),
        false => None,
    };
    let is_sensible = n_rounds > 0 && threads > 0 && limit != Some(0);
    ensure!(is_sensible, "--rounds, --threads and --limit want at least 1");
    let scratch = training::folder("peers")?.join("text");
    let data = limit.map_or("data".to_owned(), |limit| format!("limit-{limit}"));
    let files = Files::new(scratch.join(&data));
    let scratch = scratch.join(format!("{data}-made"));
    std::fs::create_dir_all(&scratch)?;
    let settings = Settings { files, scratch, threads };
    let mut outcomes: Vec<Outcome> =
        cases::chosen(args.value("--only"))?.into_iter().map(Outcome::new).collect();
    if args.has("--list") {
        return list(&outcomes, &settings);
    }
    let missing = settings.files.prepare(&archives::folder(args), limit)?;
    for outcome in &mut outcomes {
        outcome.skipped = missing.is_some();
        outcome.problem = missing.as_ref().map(|what| format!("skipped: {what}"));
        if missing.is_none() && is_large(outcome.case) {
            settings.files.prepare_large(limit)?;
        }
    }
    let mut programs = programs()?;
    for round in 1..=n_rounds {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.problem.is_none()) {
            if let Err(error) = measure(outcome, round, &mut programs, &settings) {
                eprintln!("round {round}: {}: error: {error:#}", outcome.case.name);
                outcome.problem = Some(format!("failed: {error:#}"));
            }
            println!("round {round}: {}", outcome.last_round());
        }
    }
    let command = command(args, n_rounds, threads);
    let section = section(&outcomes, &programs, &command);
    println!("\n{section}");
    let record = json!({
        "area": "text",
        "command": command,
        "commit": repo::commit(),
        "cpu": repo::cpu_model(),
        "threads": threads,
        "load_at_start": load,
        "date": repo::today(),
        "rounds": n_rounds,
        "limit": limit,
        "peer_versions": programs.versions,
        "peer_skipped": programs.peer_skipped,
        "cases": outcomes.iter().map(Outcome::record).collect::<Vec<_>>(),
    });
    write(args.value("--only"), &section, &record)?;
    failures(&outcomes)
}

fn is_large(case: &Case) -> bool {
    matches!(case.work, Work::Prepare { is_large: true, .. } | Work::TrainBpe { is_large: true })
}

fn programs() -> Result<Programs> {
    let sconce = training::build_binary()?;
    let build = ["build", "--quiet", "--release", "--package", "benches", "--bin", "text_peer"];
    process::run(process::cargo().args(build))?;
    let text_peer = sconce.with_file_name(format!("text_peer{}", std::env::consts::EXE_SUFFIX));
    let binaries = Binaries { sconce, text_peer };
    let (python, peer_skipped) = match python::environment(&repo::root().join(REQUIREMENTS))? {
        Environment::Ready(python) => (Some(python), None),
        Environment::Missing(why) => (None, Some(why)),
    };
    Ok(Programs { python, peer_skipped, versions: Value::Null, binaries })
}

/// One round of one case: the peer first in odd rounds.
fn measure(
    outcome: &mut Outcome,
    round: usize,
    programs: &mut Programs,
    settings: &Settings,
) -> Result<()> {
    if outcome.case.work == Work::Reload && !side::is_prepared(settings) {
        make_for_reload(programs, settings)?;
    }
    if round % 2 == 1 {
        run_peer(outcome, programs, settings).context("peer")?;
        run_sconce(outcome, programs, settings).context("Sconce")?;
    } else {
        run_sconce(outcome, programs, settings).context("Sconce")?;
        run_peer(outcome, programs, settings).context("peer")?;
    }
    if let (Some(peer), Some(sconce)) = (outcome.peer.last(), outcome.sconce.last())
        && let Some(difference) = sconce.difference(peer)
    {
        bail!(difference);
    }
    Ok(())
}

/// What the first case makes, where it was left out.
fn make_for_reload(programs: &mut Programs, settings: &Settings) -> Result<()> {
    let Some(first) = CASES.first() else { return Ok(()) };
    let mut unmeasured = Outcome::new(first);
    run_peer(&mut unmeasured, programs, settings)?;
    run_sconce(&mut unmeasured, programs, settings)
}

fn run_peer(outcome: &mut Outcome, programs: &mut Programs, settings: &Settings) -> Result<()> {
    let (Some(python), Some(peer)) = (&programs.python, outcome.case.peer) else { return Ok(()) };
    let (measured, versions) =
        side::peer(&mut side::peer_command(python, outcome.case, peer, settings))?;
    outcome.peer.push(measured);
    if let (Some(found), Value::Object(known)) = (versions.as_object(), &mut programs.versions) {
        known.extend(found.clone());
    } else if versions.is_object() {
        programs.versions = versions;
    }
    Ok(())
}

fn run_sconce(outcome: &mut Outcome, programs: &Programs, settings: &Settings) -> Result<()> {
    side::forget(outcome.case, settings)?;
    let mut command = side::sconce_command(&programs.binaries, outcome.case, settings);
    outcome.sconce.push(side::sconce(&mut command, outcome.case.work)?);
    Ok(())
}

/// What would be run, with every target, and nothing measured.
fn list(outcomes: &[Outcome], settings: &Settings) -> Result<()> {
    let binaries = Binaries { sconce: "sconce".into(), text_peer: "text_peer".into() };
    for Outcome { case, .. } in outcomes {
        println!("{}: {}", case.name, case.what);
        if let Some(peer) = case.peer {
            let command = side::peer_command(Path::new("python"), case, peer, settings);
            println!("    {}", process::shown(&command));
        }
        println!("    {}", process::shown(&side::sconce_command(&binaries, case, settings)));
    }
    println!("\n{}", table::targets(outcomes));
    Ok(())
}

/// The call that gives this record again.
fn command(args: &Args, n_rounds: usize, threads: usize) -> String {
    let mut text =
        format!("cargo xtask bench --peers text --rounds {n_rounds} --threads {threads}");
    for flag in ["--only", "--limit"] {
        if let Some(value) = args.value(flag) {
            text += &format!(" {flag} {value}");
        }
    }
    text
}

/// What can go into docs/benchmarks.md as it is.
fn section(outcomes: &[Outcome], programs: &Programs, command: &str) -> String {
    let version = |name: &str| programs.versions[name].as_str().unwrap_or("not run").to_owned();
    let mut text = format!(
        "## Text: data sets and tokenizers\n\n\
         `{command}`, commit `{}`, {}, {}, datasets {}, tokenizers {},\n\
         Python {}. What is equal and what is not stands at the head of the scripts in\n\
         `benches/peers/text`; rows, tokens, words and sizes of vocabularies were equal where both sides\n\
         say them. Times are medians of the rounds, memory the largest of them; the peer's without its\n\
         imports, those of `sconce` from the start of the process to its end.\n\n",
        repo::commit(),
        repo::today(),
        repo::cpu_model(),
        version("datasets"),
        version("tokenizers"),
        version("python"),
    );
    for Outcome { case, .. } in outcomes {
        text += &format!("- `{}`: {}\n", case.name, case.what);
    }
    text += &format!("\n{}\n{}", table::sides(outcomes), table::targets(outcomes));
    if let Some(why) = &programs.peer_skipped {
        text += &format!("\nThe peer was skipped: {why}\n");
    }
    text
}

/// The section and the record; those of some cases do not replace those of all.
fn write(only: Option<&str>, section: &str, record: &Value) -> Result<()> {
    let name = only.map_or_else(|| String::from("text"), |only| format!("text-{only}"));
    let folder = training::folder("peers")?;
    let page = folder.join(format!("{name}.md"));
    std::fs::write(&page, section).with_context(|| format!("cannot write {}", page.display()))?;
    training::write_record(&folder.join(format!("{name}.json")), record)
}

fn failures(outcomes: &[Outcome]) -> Result<()> {
    let failed = outcomes.iter().filter(|outcome| outcome.problem.is_some() && !outcome.skipped);
    let names: Vec<&str> = failed.map(|outcome| outcome.case.name).collect();
    ensure!(names.is_empty(), "failed: {}", names.join(", "));
    Ok(())
}
