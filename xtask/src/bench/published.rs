//! `cargo xtask bench published`: accuracies of papers, repeated through the binary.

mod experiment;

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;

use super::statistics::mean_and_deviation;
use super::{sentences, training};
use crate::args::{Args, Command, Flag, unknown};
use crate::repo;
use experiment::Experiment;

/// The command.
pub const COMMAND: Command = Command {
    name: "bench published",
    help: "Repeat published results by cross-validation\n\n\
           cargo xtask bench published [NAME] the experiments benches/published/*.toml, or one\n\n\
           Each fold is trained and tested by `sconce train`; the mean accuracy must reach what the\n\
           file expects. Records: target/published/NAME.json.",
    flags: &[
        Flag { name: "--folds", value: Some("N"), help: "run only the first N folds" },
        Flag {
            name: "--seeds",
            value: Some("N"),
            help: "repeat with N seeds, each its own shuffle (1)",
        },
        Flag {
            name: "--threads",
            value: Some("N"),
            help: "threads of a training (all of the machine)",
        },
    ],
    max_words: 1,
    passes_on: false,
    run,
};

fn run(args: &Args) -> Result<()> {
    let experiments = experiment::read_all(&repo::root().join("benches").join("published"))?;
    let names: Vec<&str> = experiments.iter().map(|experiment| experiment.name.as_str()).collect();
    if let Some(name) = args.words.first().filter(|name| !names.contains(&name.as_str())) {
        return Err(unknown("experiment", name, &names).into());
    }
    let is_chosen =
        |experiment: &&Experiment| args.words.first().is_none_or(|name| *name == experiment.name);
    let binary = training::build_binary()?;
    let mut below = Vec::new();
    for experiment in experiments.iter().filter(is_chosen) {
        if !measure(experiment, args, &binary)? {
            below.push(experiment.name.as_str());
        }
    }
    if !below.is_empty() {
        bail!("below what is expected: {}", below.join(", "));
    }
    Ok(())
}

/// Runs an experiment, prints and records it, and says whether it reached what is expected.
fn measure(experiment: &Experiment, args: &Args, binary: &Path) -> Result<bool> {
    let folds = args.number("--folds", experiment.folds)?.min(experiment.folds);
    let seeds: u64 = args.number("--seeds", 1)?;
    ensure!(folds > 0 && seeds > 0, "--folds and --seeds want at least 1");
    let threads = args.number("--threads", training::default_threads())?;
    let folder = training::folder("published")?.join(&experiment.name);
    let rows = sentences::read(&experiment.source)?;
    let started = Instant::now();
    let mut accuracies = Vec::new();
    for seed in experiment.seed..experiment.seed + seeds {
        let parts = sentences::folds(&rows, experiment.folds, seed);
        for fold in 0..folds {
            let place = folder.join(format!("fold-{fold}"));
            write_fold(&place, experiment, &parts, fold)?;
            let accuracy = train(binary, &place, seed, threads)?;
            println!("{} seed {seed} fold {fold}: {accuracy:.4}", experiment.name);
            accuracies.push(accuracy);
        }
    }
    let seconds = started.elapsed().as_secs_f64();
    let (mean, deviation) = mean_and_deviation(&accuracies);
    let verdict = experiment.verdict(mean);
    println!(
        "{}: mean {mean:.4}, deviation {deviation:.4}, {} runs, {seconds:.0} s; \
         expected {:.4}, published {:.4} ({}): {verdict}",
        experiment.name,
        accuracies.len(),
        experiment.expect,
        experiment.published,
        experiment.reference
    );
    let record = json!({
        "experiment": experiment.name,
        "mean": mean,
        "deviation": deviation,
        "accuracies": accuracies,
        "seconds": seconds,
        "folds": folds,
        "seeds": seeds,
        "threads": threads,
        "expect": experiment.expect,
        "published": experiment.published,
        "commit": repo::commit(),
        "cpu": repo::cpu_model(),
        "date": repo::today(),
    });
    training::write_record(&folder.with_extension("json"), &record)?;
    Ok(mean >= experiment.expect)
}

/// One fold for the test, the others for training, and the settings beside them.
fn write_fold(
    place: &Path,
    experiment: &Experiment,
    parts: &[Vec<&sentences::Row>],
    fold: usize,
) -> Result<()> {
    std::fs::create_dir_all(place).with_context(|| format!("cannot make {}", place.display()))?;
    let others = parts.iter().enumerate().filter(|(at, _)| *at != fold);
    let train: Vec<&sentences::Row> = others.flat_map(|(_, part)| part).copied().collect();
    sentences::write_tsv(&place.join("train.tsv"), &train)?;
    sentences::write_tsv(&place.join("test.tsv"), &parts[fold])?;
    Ok(std::fs::write(place.join("config.toml"), &experiment.train)?)
}

fn train(binary: &Path, place: &Path, seed: u64, threads: usize) -> Result<f64> {
    let (train, test) = (place.join("train.tsv"), place.join("test.tsv"));
    let out = place.join("model");
    let mut command = training::command(binary, &train, &test, &out);
    command.arg("--config").arg(place.join("config.toml"));
    command.args(["--seed", &seed.to_string(), "--threads", &threads.to_string()]);
    training::run(&mut command, &out)?.accuracy()
}
