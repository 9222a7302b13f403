//! What the release build costs, by crate: cargo's own timings, printed and held to a budget.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

/// Seconds that each crate of the workspace may take in a release build on two cores: some six times
/// what it took when the budget was set, since machines differ, speeds drift, and builds share the
/// cores. A crate that breaks it has grown out of its place, or drags something in.
const BUDGETS: [(&str, f64); 8] = [
    ("sconce-text-pipeline", 180.),
    ("sconce-metrics", 20.),
    ("sconce-ops", 180.),
    ("sconce-embeddings", 30.),
    ("sconce-models", 30.),
    ("sconce-training", 20.),
    ("sconce-export", 30.),
    ("sconce", 60.),
];

/// Crates that are listed.
const LISTED: usize = 12;

/// Reads the report of `cargo build --timings`, prints the slowest crates, and fails if a crate of
/// the workspace is over its budget.
pub fn check(target_dir: &Path) -> Result<()> {
    let path = target_dir.join("cargo-timings").join("cargo-timing.html");
    let report = std::fs::read_to_string(&path)
        .with_context(|| format!("{}: cannot be read", path.display()))?;
    let seconds = by_crate(&report).with_context(|| path.display().to_string())?;
    let mut slowest: Vec<(&String, &f64)> = seconds.iter().collect();
    slowest.sort_by(|a, b| b.1.total_cmp(a.1));
    println!("slowest of {} crates built, seconds:", slowest.len());
    for (name, seconds) in slowest.iter().take(LISTED) {
        println!("  {seconds:>6.1}  {name}");
    }
    judge(&seconds)
}

fn judge(seconds: &BTreeMap<String, f64>) -> Result<()> {
    let over: Vec<String> = BUDGETS
        .iter()
        .filter_map(|(name, budget)| Some((name, budget, seconds.get(*name)?)))
        .filter(|(_, budget, seconds)| seconds > budget)
        .map(|(name, budget, seconds)| format!("{name} took {seconds:.1} s of {budget} s"))
        .collect();
    ensure!(over.is_empty(), "over the build budget: {}", over.join(", "));
    Ok(())
}

/// Seconds of all units of each crate: the report holds them as a JSON list in its script.
fn by_crate(report: &str) -> Result<BTreeMap<String, f64>> {
    let (_, units) = report.split_once("const UNIT_DATA = ").context("no list of units")?;
    let mut lists = serde_json::Deserializer::from_str(units).into_iter::<Vec<Value>>();
    let units = lists.next().context("an empty list of units")??;
    let mut seconds = BTreeMap::new();
    for unit in units {
        let name = unit["name"].as_str().context("a unit without a name")?;
        let duration = unit["duration"].as_f64().context("a unit without a duration")?;
        *seconds.entry(name.to_owned()).or_insert(0.) += duration;
    }
    Ok(seconds)
}

#[cfg(test)]
mod tests;
