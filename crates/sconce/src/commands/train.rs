//! `sconce train`.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::Result;
use clap::Args;
use sconce_export::Bundle;
use sconce_text_pipeline::Need;
use serde::Serialize;
use serde_json::Value;

use crate::data::{DataSets, Source};
use crate::failure::usage;
use crate::options::{ColumnOptions, RunOptions, Runtime, values};
use crate::recipe::Recipe;
use crate::training::{self, Trained};

const EXAMPLES: &str = "\
Examples:
  sconce train --task classify --train reviews.csv --out my-model
  sconce train --task classify --train train.tsv --test test.tsv --out my-model \\
      --arch bag --epochs 20 --patience 3
  sconce train --task classify --train posts.jsonl --text-column body --label-column topic \\
      --vectors glove.6B.300d.txt --freeze embedding --out my-model
  sconce train --config settings.toml --lr 5e-4 --out another-model";

/// What is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One label for each text.
    Classify,
}

impl FromStr for Task {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let planned =
            ["regress", "pair", "tag", "parse", "qa", "choice", "lm", "mlm", "seq2seq", "embed"];
        values::choice(name, &["classify"], &planned).map(|()| Self::Classify)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("classify")
    }
}

/// Options of the command.
#[derive(Debug, Args, Serialize)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce train --task TASK --train FILE --out DIR [OPTIONS]"
)]
#[serde(rename_all = "kebab-case")]
pub struct Options {
    /// What to learn: classify
    #[arg(long, required_unless_present = "config")]
    task: Option<Task>,
    /// Labelled texts to learn from
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    train: Option<PathBuf>,
    /// Labelled texts to choose the best epoch by [default: a share of --train]
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// Labelled texts to test the trained model on
    #[arg(long, value_name = "FILE")]
    test: Option<PathBuf>,
    /// Folder to write the model to
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    #[serde(skip)]
    out: Option<PathBuf>,
    /// Overwrite the model in --out
    #[arg(long)]
    #[serde(skip)]
    force: bool,
    /// Share of --train to choose the best epoch by, without --valid; 0: the last epoch is kept
    #[arg(long, value_name = "SHARE", default_value_t = 0.1, value_parser = values::share)]
    valid_ratio: f64,
    /// Seed of everything random: a run with the same seed gives the same model
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    #[serde(flatten)]
    recipe: Recipe,
    #[command(flatten)]
    #[serde(skip)]
    run: RunOptions,
}

/// Trains, tests and saves.
pub fn run(mut options: Options) -> Result<()> {
    let missing = |flag: &str| usage(format_args!("{flag} is required, as a flag or a key"));
    options.task.ok_or_else(|| missing("--task"))?;
    let train = options.train.clone().ok_or_else(|| missing("--train"))?;
    let out = options.out.clone().ok_or_else(|| missing("--out"))?;
    let runtime = options.run.start()?;
    Bundle::check_target(&out, options.force)?;
    let data = options.read(&train)?;

    let columns = data.columns.as_ref().map(|names| format!(" ({names})")).unwrap_or_default();
    let heading = format!("Training on {}{columns}", data.train.name);
    let trained = training::train(&heading, &mut options.recipe, options.seed, &data, &runtime)?;
    let settings = options.settings()?;
    let manifest = trained.manifest(&options.recipe, settings, &data)?;
    trained.save(&out, &manifest, options.force)?;
    trained.print(&runtime)?;
    report_folder(&trained, &out, &runtime);
    next_commands(&out, &runtime);
    Ok(trained.print_done(&out, &runtime)?)
}

impl Options {
    fn read(&mut self, train: &Path) -> Result<DataSets> {
        let read_options = self.columns.read_options(Need::Required);
        let read = |path: &PathBuf| Source::read(path, &read_options);
        let train = Source::read(train, &read_options)?;
        if let Some(columns) = train.corpus.columns() {
            // What was guessed is a setting of the run like what was given.
            self.columns.text_column = Some(columns.text.clone());
            self.columns.label_column.clone_from(&columns.label);
        }
        let valid = self.valid.as_ref().map(read).transpose()?;
        let test = self.test.as_ref().map(read).transpose()?;
        DataSets::new(train, valid, test, self.valid_ratio, self.seed)
    }

    /// The effective settings: keys of `--config`, with what was left open filled in.
    fn settings(&self) -> Result<Value> {
        let mut settings = serde_json::to_value(self)?;
        self.run.describe(&mut settings);
        Ok(settings)
    }
}

/// Says how the run went and where the model lies.
pub fn report_folder(trained: &Trained, out: &Path, runtime: &Runtime) {
    runtime.console.note(format_args!("\n{}", trained.summary()));
    runtime.console.note(format_args!("written: {}", out.display()));
}

fn next_commands(out: &Path, runtime: &Runtime) {
    let out = out.display();
    runtime.console.next_commands(&[
        format!("predict --model {out} \"a text\""),
        format!("evaluate --model {out} --data FILE"),
        format!("inspect {out}"),
    ]);
}
