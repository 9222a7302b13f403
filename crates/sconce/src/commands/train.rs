//! `sconce train`.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Result;
use clap::Args;
use sconce_export::Bundle;
use sconce_text_pipeline::{Need, TokenCache};
use serde::Serialize;
use serde_json::Value;

use crate::data::{DataSets, Source};
use crate::failure::usage;
use crate::jobs::Files;
use crate::options::{Arch, ColumnOptions, HubOptions, RunOptions, Runtime, Task, values};
use crate::recipe::Recipe;
use crate::training::{self, Trained};

const EXAMPLES: &str = "\
Examples:
  sconce train --task classify --train reviews.csv --out my-model
  sconce train --task classify --from all-MiniLM-L6-v2 --train reviews.csv --out my-model
  sconce train --task tag --from bert-base-cased --train train.conll --test test.conll --out tagger
  sconce train --task classify --train train.tsv --test test.tsv --out my-model \\
      --arch bag --epochs 20 --patience 3
  sconce train --task classify --train posts.jsonl --text-column body --label-column topic \\
      --vectors glove.6B.300d.txt --freeze embedding --out my-model
  sconce train --task classify --train reviews.cache --arch textcnn --out my-model
  sconce train --config settings.toml --lr 5e-4 --out another-model";

/// Options of the command.
#[derive(Debug, Args, Serialize)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce train --task TASK --train FILE --out DIR [OPTIONS]"
)]
#[serde(rename_all = "kebab-case")]
pub struct Options {
    /// What to learn: classify, regress, pair, tag, qa, mlm, lm or embed
    #[arg(long, required_unless_present = "config")]
    task: Option<Task>,
    /// Data to learn from; for textcnn and bag also a cache of `data prepare`
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    train: Option<PathBuf>,
    /// Data to choose the best weights by [default: a share of --train]
    #[arg(long, value_name = "FILE")]
    valid: Option<PathBuf>,
    /// Data to test the trained model on
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
    /// Share of --train to choose the best weights by, without --valid; 0: the last ones are kept
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
    hub: HubOptions,
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
    let task = options.task.ok_or_else(|| missing("--task"))?;
    let train = options.train.clone().ok_or_else(|| missing("--train"))?;
    let out = options.out.clone().ok_or_else(|| missing("--out"))?;
    let runtime = options.run.start()?;
    Bundle::check_target(&out, options.force)?;
    let mut trained = match options.is_of_words(task)? {
        true => options.train_on_words(&train, &runtime)?,
        false => options.finetune(task, train, &runtime)?,
    };
    let manifest = trained.manifest(&options.recipe, options.settings()?)?;
    trained.save(&out, &manifest, options.force)?;
    if let Some(failure) = trained.failure.take() {
        let out = out.display();
        return Err(
            failure.context(format!("the run failed; {out} has the best weights before that"))
        );
    }
    trained.print(&runtime)?;
    report_folder(&trained, &out, &runtime);
    next_commands(task, &out, &runtime);
    Ok(trained.print_done(&out, &runtime)?)
}

impl Options {
    /// Whether the network is one over word vectors, which has a way of its own.
    fn is_of_words(&self, task: Task) -> Result<bool> {
        let model = &self.recipe.model;
        let is_of_words = match (model.arch, &model.pretrained.from) {
            (Some(Arch::Textcnn | Arch::Bag), _) => true,
            (None, None) => task == Task::Classify && !self.recipe.task.multi_label,
            _ => false,
        };
        if is_of_words && (task != Task::Classify || self.recipe.task.multi_label) {
            let task = if self.recipe.task.multi_label { "--multi-label" } else { task.name() };
            return Err(usage(format_args!(
                "textcnn and bag only classify, with one label for each text; for {task} give \
                 --from MODEL or another --arch"
            )));
        }
        Ok(is_of_words)
    }

    fn train_on_words(&mut self, train: &Path, runtime: &Runtime) -> Result<Trained> {
        if let Some(cache) = training::cache_at(train)? {
            return self.train_on_cache(cache, runtime);
        }
        let data = self.read(train)?;
        let columns = data.columns.as_ref().map(|names| format!(" ({names})")).unwrap_or_default();
        let heading = format!("Training on {}{columns}", data.train.name);
        training::train(&heading, &mut self.recipe, self.seed, &data, runtime)
    }

    /// Trains on what `data prepare` made.
    fn train_on_cache(&mut self, cache: TokenCache, runtime: &Runtime) -> Result<Trained> {
        let started = Instant::now();
        let heading = format!("Training on {} (prepared)", cache.path().display());
        let others = [self.valid.as_ref(), self.test.as_ref()];
        let division = (self.valid_ratio, self.seed);
        let rows = training::prepared_rows(cache, others, division, &mut self.recipe.text)?;
        training::train_rows(&heading, &mut self.recipe, self.seed, rows, started, runtime)
    }

    fn finetune(&mut self, task: Task, train: PathBuf, runtime: &Runtime) -> Result<Trained> {
        if let Some(cache) = training::cache_at(&train)? {
            return Err(usage(format_args!(
                "{}: a token cache trains textcnn and bag; give transformers the data as it was",
                cache.path().display()
            )));
        }
        let files = Files {
            train: Some(train),
            valid: self.valid.clone(),
            test: self.test.clone(),
            valid_ratio: self.valid_ratio,
        };
        let run = training::Run {
            task,
            recipe: &mut self.recipe,
            columns: &self.columns,
            files: &files,
            hub: &self.hub,
            seed: self.seed,
        };
        training::finetune(run, runtime)
    }

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

fn next_commands(task: Task, out: &Path, runtime: &Runtime) {
    let out = out.display();
    let first = match task {
        Task::Lm => format!("generate --model {out} --prompt \"a beginning\""),
        Task::Mlm => format!("fill-mask --model {out} \"a text with one word as the mask token\""),
        Task::Qa => format!("answer --model {out} --question Q --context C"),
        Task::Embed => format!("similarity --model {out} \"a text\" \"another\""),
        _ => format!("predict --model {out} \"a text\""),
    };
    runtime.console.next_commands(&[
        first,
        format!("evaluate --model {out} --data FILE"),
        format!("inspect {out}"),
    ]);
}
