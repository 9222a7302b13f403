//! `sconce evaluate`.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow};
use clap::Args;
use sconce_export::Bundle;
use sconce_models::{AnyModel, ProblemType};
use sconce_training::Details;
use serde_json::json;

use crate::failure::usage;
use crate::jobs::{self, Evaluated, Files, Limit, Plan, Set};
use crate::options::{ColumnOptions, HubOptions, RunOptions, Runtime, Task, TaskOptions};
use crate::recipe::Recipe;
use crate::table::count;
use crate::training::metrics_in_order;

const EXAMPLES: &str = "\
Examples:
  sconce evaluate --model my-model --data test.csv
  sconce evaluate --model my-model --data test.jsonl --label-column topic --json
  sconce evaluate --model tagger --data test.conll";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce evaluate --model DIR --data FILE [OPTIONS]"
)]
pub struct Options {
    /// Folder of the model, or its hub id
    #[arg(long, value_name = "DIR|ID", required_unless_present = "config")]
    model: Option<PathBuf>,
    /// Data with what is to be predicted
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    data: Option<PathBuf>,
    /// Cut texts to so many tokens [default: as in training]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_length: Option<u32>,
    /// Refuse texts that would have to be cut
    #[arg(long)]
    no_truncate: bool,
    #[command(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    task: TaskOptions,
    #[command(flatten)]
    hub: HubOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Measures a model.
pub fn run(options: Options) -> Result<()> {
    let missing = |flag: &str| usage(format_args!("{flag} is required, as a flag or a key"));
    let folder = options.model.as_ref().ok_or_else(|| missing("--model"))?;
    let path = options.data.clone().ok_or_else(|| missing("--data"))?;
    let runtime = options.run.start()?;
    let folder = options.hub.folder(folder, runtime.console)?;
    let bundle = Bundle::open(&folder, &runtime.device)?;
    let task = task_of(&bundle)?;
    let settings = &bundle.manifest.settings;
    let mut task_options = options.task.clone();
    task_options.fill_from(settings);
    if let AnyModel::SequenceClassifier(model) = &bundle.model {
        let problem = model.problem_type();
        task_options.multi_label = problem == ProblemType::MultiLabelClassification;
    }
    let mut optimization = Recipe::defaults()?.optimization;
    let batch_size = settings["batch-size"].as_u64().and_then(|n| u32::try_from(n).ok());
    optimization.batch_size = batch_size.or(optimization.batch_size);
    let labels = bundle.model.config().labels().map_err(|message| anyhow!(message))?;
    let plan = Plan {
        task,
        options: &task_options,
        optimization: &optimization,
        columns: &options.columns,
        labels: Some(&labels),
        seed: settings["seed"].as_u64().unwrap_or_default(),
    };
    let files = Files { test: Some(path.clone()), ..Files::default() };
    let mut job = jobs::open(plan, &files)?;
    let limit = Limit {
        asked: options
            .max_length
            .map(|length| length as usize)
            .or(bundle.manifest.preprocessing.max_length),
        positions: bundle.model.config().max_positions().unwrap_or(usize::MAX),
        refuse: options.no_truncate,
    };
    job.encode(&*bundle.tokenizer, limit)?;
    let evaluated =
        job.evaluate(&bundle.model, Set::Test)?.context("there is nothing to measure")?;
    runtime.console.heading(format_args!(
        "Evaluated {} on {} of {}",
        folder.display(),
        count(evaluated.n_examples, "example"),
        path.display()
    ));
    job.note(runtime.console);
    print(&evaluated, &path, &folder, &runtime)
}

/// What a bundle was trained for.
fn task_of(bundle: &Bundle) -> Result<Task> {
    let task = bundle.manifest.task.as_str();
    task.parse().map_err(|error| {
        anyhow!("{}: its task {task:?} cannot be evaluated: {error}", bundle.folder.display())
    })
}

fn print(evaluated: &Evaluated, data: &Path, folder: &Path, runtime: &Runtime) -> Result<()> {
    let metrics = &evaluated.report.metrics;
    let mut object = json!({
        "model": folder,
        "data": data.display().to_string(),
        "examples": evaluated.n_examples,
        "metrics": metrics,
    });
    for (key, value) in evaluated.details_json()? {
        object[key] = value;
    }
    let is_confusion = matches!(evaluated.report.details, Details::Labels(_));
    if !is_confusion {
        for name in metrics_in_order(metrics) {
            runtime.output.text(format_args!("{name:<16} {:.4}\n", metrics[name]))?;
        }
    }
    if let Some(table) = evaluated.table()? {
        let space = if is_confusion { "" } else { "\n" };
        runtime.output.text(format_args!("{space}{table}"))?;
    }
    Ok(runtime.output.json(&object)?)
}
