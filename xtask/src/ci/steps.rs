//! The steps of `cargo xtask ci`, cheapest first.

use std::process::Command;

use anyhow::Result;
use serde_json::Value;

use super::outcome::Tally;
use super::{build_budget, quickstart};
use crate::{check_layers, interop, process, repo, tidy};

/// What a step does.
type Action = Box<dyn Fn(&mut Tally) -> Result<()>>;

/// One step.
pub struct Step {
    /// Its name in the table.
    pub name: String,
    /// Whether its tests are counted instead of the step.
    pub counts_tests: bool,
    /// What it does; what it finds out about tests goes into the tally.
    pub action: Action,
}

/// All steps; each crate and each example is one.
pub fn all() -> Result<Vec<Step>> {
    let metadata = repo::metadata()?;
    let mut steps = vec![
        cargo("fmt", &["fmt", "--all", "--", "--check"]),
        step("tidy", |_| (tidy::COMMAND.run)(&Default::default())),
        step("check-layers", |_| (check_layers::COMMAND.run)(&Default::default())),
        cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        tests("tests", &["test", "--workspace", "--lib", "--bins", "--tests", "--no-fail-fast"]),
        tests("tests hub", &["test", "--package", "sconce", "--features", "hub", "hub"]),
        tests("doc-tests", &["test", "--workspace", "--doc", "--no-fail-fast"]),
        step("docs", |_| {
            let mut command = process::cargo();
            process::run(
                command
                    .args(["doc", "--no-deps", "--workspace"])
                    .env("RUSTDOCFLAGS", "-D warnings"),
            )
        }),
    ];
    steps.extend(alone(&metadata));
    steps.extend(examples(&metadata));
    // Clippy has seen the benches; that they also compile without its driver costs little.
    steps.push(cargo("benches", &["check", "--package", "benches", "--benches"]));
    steps.push(cargo("release", &["build", "--release", "--package", "sconce", "--timings"]));
    let target_dir = repo::target_dir(&metadata);
    steps.push(step("build budget", move |_| build_budget::check(&target_dir)));
    let binary = repo::binary(&metadata, "release");
    steps.push(step("quickstart", move |_| quickstart::run(&binary)));
    // Nothing is installed here: it runs where somebody has the environment, and says so otherwise.
    steps.push(step("interop", |_| interop::run(None, true)));
    Ok(steps)
}

fn step(name: &str, action: impl Fn(&mut Tally) -> Result<()> + 'static) -> Step {
    Step { name: name.to_owned(), counts_tests: false, action: Box::new(action) }
}

fn cargo(name: &str, words: &[&str]) -> Step {
    let words: Vec<String> = words.iter().map(|word| String::from(*word)).collect();
    step(name, move |_| process::run(process::cargo().args(&words)))
}

fn tests(name: &str, words: &[&str]) -> Step {
    let words: Vec<String> = words.iter().map(|word| String::from(*word)).collect();
    let action = move |tally: &mut Tally| {
        let mut command: Command = process::cargo();
        process::stream(command.args(&words), |line| tally.read(line))
    };
    Step { name: name.to_owned(), counts_tests: true, action: Box::new(action) }
}

/// Each crate by itself: nothing may work only because another crate turns a feature on.
fn alone(metadata: &Value) -> Vec<Step> {
    let mut steps = Vec::new();
    for package in members(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        steps.push(cargo(&format!("alone {name}"), &["check", "--package", name]));
        let has_defaults =
            package["features"]["default"].as_array().is_some_and(|features| !features.is_empty());
        if has_defaults {
            steps.push(cargo(
                &format!("alone {name} (bare)"),
                &["check", "--package", name, "--no-default-features"],
            ));
        }
    }
    steps
}

/// Every example is run: it asserts what it shows.
fn examples(metadata: &Value) -> Vec<Step> {
    let mut steps = Vec::new();
    for package in members(metadata) {
        let name = package["name"].as_str().unwrap_or_default();
        for target in package["targets"].as_array().into_iter().flatten() {
            let is_example = target["kind"]
                .as_array()
                .is_some_and(|kinds| kinds.iter().any(|kind| kind == "example"));
            if let Some(example) = target["name"].as_str().filter(|_| is_example) {
                steps.push(cargo(
                    &format!("example {name} {example}"),
                    &["run", "--package", name, "--example", example],
                ));
            }
        }
    }
    steps
}

/// The packages under `crates/`.
fn members(metadata: &Value) -> impl Iterator<Item = &Value> {
    let is_crate = |package: &&Value| {
        let manifest = package["manifest_path"].as_str().unwrap_or_default();
        std::path::Path::new(manifest).starts_with(repo::root().join("crates"))
    };
    metadata["packages"].as_array().into_iter().flatten().filter(is_crate)
}
