//! Operations: `sconce-ops` against PyTorch, each case in a process of its own.
//!
//! What is equal on both sides and what is not stands at the head of `benches/peers/ops.py`. In each
//! round a case runs on one side and then on the other, the first one in turn, so that a machine that
//! slows down slows both; the ratio is the median over the rounds. That both sides computed the same
//! is checked by what their results sum up to.

mod side;
mod table;
mod targets;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};

use super::super::training;
use super::{REQUIREMENTS, warn_if_busy};
use crate::args::Args;
use crate::python::{self, Environment};
use crate::{process, repo};
use side::{Measured, Settings, Side};
use table::Outcome;
use targets::Case;

const SCRIPT: &str = "benches/peers/ops.py";
const PROGRAM: &str = "ops_peer";

pub fn run(args: &Args) -> Result<()> {
    let load = warn_if_busy();
    let rounds: usize = args.number("--rounds", 3)?;
    ensure!(rounds > 0, "--rounds wants at least 1");
    // The targets are stated for two threads.
    let settings =
        Settings { threads: args.number("--threads", 2)?, seconds: args.number("--seconds", 1.0)? };
    ensure!(settings.threads > 0, "--threads wants at least 1");
    let is_sensible = (0.0..=600.0).contains(&settings.seconds);
    ensure!(is_sensible, "--seconds wants at least 0 and at most 600");
    let cases = targets::chosen(args.value("--only"))?;
    let sconce = Side::open(&build()?, None)?;
    let (peer, skipped) = match python::environment(&repo::root().join(REQUIREMENTS))? {
        Environment::Ready(python) => {
            (Some(Side::open(&python, Some(repo::root().join(SCRIPT)))?), None)
        }
        Environment::Missing(why) => (None, Some(why)),
    };
    let mut outcomes: Vec<Outcome> =
        cases.into_iter().map(|case| outcome(case, peer.as_ref(), &sconce)).collect();
    for round in 1..=rounds {
        for outcome in outcomes.iter_mut().filter(|outcome| outcome.problem.is_none()) {
            measure(outcome, round, (peer.as_ref(), &sconce), settings);
        }
    }
    let table = table::render(&outcomes);
    println!("\n{table}\n{}", table::summary(&outcomes));
    if let Some(why) = &skipped {
        println!("PyTorch skipped: {why}");
    }
    let record = json!({
        "area": "ops",
        "command": command(args, rounds, settings),
        "commit": repo::commit(),
        "cpu": repo::cpu_model(),
        "threads": settings.threads,
        "load_at_start": load,
        "date": repo::today(),
        "rounds": rounds,
        "seconds": settings.seconds,
        "versions": {
            "sconce": sconce.versions,
            "peer": peer.as_ref().map_or(&Value::Null, |peer| &peer.versions),
        },
        "peer_skipped": skipped,
        "cases": outcomes.iter().map(Outcome::record).collect::<Vec<_>>(),
    });
    write(args.value("--only"), &table, &record)?;
    failures(&outcomes)
}

/// Builds our side and says where it lies.
fn build() -> Result<PathBuf> {
    let words = ["build", "--quiet", "--release", "--package", "benches", "--bin", PROGRAM];
    process::run(process::cargo().args(words))?;
    let folder = repo::target_dir(&repo::metadata()?).join("release");
    Ok(folder.join(format!("{PROGRAM}{}", std::env::consts::EXE_SUFFIX)))
}

/// A case before its first round; one that a side lacks is not measured.
fn outcome(case: &'static Case, peer: Option<&Side>, sconce: &Side) -> Outcome {
    let skipped = if !sconce.has(case) {
        Some("skipped: no such case on our side")
    } else if peer.is_some_and(|peer| !peer.has(case)) {
        Some("skipped: no such case in benches/peers/ops.py")
    } else {
        None
    };
    let mut outcome = Outcome::new(case);
    outcome.skipped = skipped.is_some();
    outcome.problem = skipped.map(String::from);
    outcome
}

/// One round of one case. What goes wrong is kept with the case, and the others go on.
fn measure(outcome: &mut Outcome, round: usize, sides: (Option<&Side>, &Side), settings: Settings) {
    let measured = match sides {
        (Some(peer), sconce) => both(outcome.case, round, peer, sconce, settings),
        (None, sconce) => sconce.measure(outcome.case, settings).map(|sconce| (None, sconce)),
    };
    match measured {
        Ok((peer, sconce)) => {
            outcome.peer.extend(peer);
            outcome.sconce.push(sconce);
            println!("round {round}: {}", outcome.last_round());
        }
        Err(error) => {
            eprintln!("round {round}: {}: error: {error:#}", outcome.case.name);
            outcome.problem = Some(format!("failed: {error:#}"));
        }
    }
}

/// Both sides one after the other, PyTorch first in odd rounds.
fn both(
    case: &Case,
    round: usize,
    peer: &Side,
    sconce: &Side,
    settings: Settings,
) -> Result<(Option<Measured>, Measured)> {
    let run_peer = || peer.measure(case, settings).context("PyTorch");
    let run_sconce = || sconce.measure(case, settings).context("Sconce");
    let (peer, sconce) = if round % 2 == 1 {
        let peer = run_peer()?;
        (peer, run_sconce()?)
    } else {
        let sconce = run_sconce()?;
        (run_peer()?, sconce)
    };
    side::same_work(case, &peer, &sconce)?;
    Ok((Some(peer), sconce))
}

/// The call that gives this record again.
fn command(args: &Args, rounds: usize, settings: Settings) -> String {
    let Settings { threads, seconds } = settings;
    let mut text = format!(
        "cargo xtask bench --peers ops --rounds {rounds} --seconds {seconds} --threads {threads}"
    );
    if let Some(only) = args.value("--only") {
        let _ = write!(text, " --only {only}");
    }
    text
}

/// The table and the record; those of some cases do not replace those of all.
fn write(only: Option<&str>, table: &str, record: &Value) -> Result<()> {
    let name = only.map_or_else(|| String::from("ops"), |only| format!("ops-{only}"));
    let folder = training::folder("peers")?;
    let page: &Path = &folder.join(format!("{name}.md"));
    std::fs::write(page, table).with_context(|| format!("cannot write {}", page.display()))?;
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
