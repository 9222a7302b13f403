//! What a task is to the program: which files it reads, which head and labels the model gets, and what
//! the trainer and the evaluation are handed. One file a task, each a [`Job`].

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use sconce_models::{AnyModel, PretrainedConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{MaxLength, Split, Tokenizer};
use sconce_training::{Batching, Failure, History, Observer, Report, Trainer};
use serde_json::{Value, json};

use crate::console::Console;
use crate::options::{ColumnOptions, OptimizationOptions, Task, TaskOptions};
use crate::table::count;

mod answer;
mod causal;
mod details;
mod embed;
mod masked;
mod sequence;
mod tag;

/// A task on some files.
pub trait Job {
    /// The config of a pretrained model with this task's head and labels.
    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String>;

    /// Tokens of a text where nothing else is said; none for tasks that cut no text.
    fn default_length(&self) -> Option<usize>;

    /// Takes the labels of the pretrained model's own head for this task, in their order, if they are
    /// those of the data: a head that is kept must go on meaning the same.
    fn adopt(&mut self, _labels: &[String]) -> Result<()> {
        Ok(())
    }

    /// Turns the texts of all sets into tokens.
    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()>;

    /// Sizes and labels, for people.
    fn note(&self, console: Console);

    /// Trains on the training set. An error is that no run began; a failure, that one ended.
    fn fit(
        &self,
        model: &AnyModel,
        store: &ParamStore,
        trainer: &Trainer,
        observer: &mut dyn Observer,
    ) -> Result<Result<History, Failure>>;

    /// Measures a model on a set, if there is one.
    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>>;

    /// Names and sizes of the files, for the manifest.
    fn describe(&self) -> Value;
}

/// What every job is made from.
#[derive(Debug, Clone, Copy)]
pub struct Plan<'a> {
    /// What is learned.
    pub task: Task,
    /// Its settings.
    pub options: &'a TaskOptions,
    /// How it is trained.
    pub optimization: &'a OptimizationOptions,
    /// Where text and label stand.
    pub columns: &'a ColumnOptions,
    /// Labels of a model that is only evaluated.
    pub labels: Option<&'a [String]>,
    /// Seed of everything random.
    pub seed: u64,
}

impl Plan<'_> {
    /// How rows become batches.
    fn batching(&self) -> Batching {
        Batching {
            batch_size: self.optimization.batch_size(),
            seed: self.seed,
            by_length: self.optimization.group_by_length,
        }
    }
}

/// Files of a run.
#[derive(Debug, Clone, Default)]
pub struct Files {
    /// To train on.
    pub train: Option<PathBuf>,
    /// To choose the best weights by.
    pub valid: Option<PathBuf>,
    /// To test the end on.
    pub test: Option<PathBuf>,
    /// The share of the training set that is set aside where there is no validation set.
    pub valid_ratio: f64,
}

/// Which set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Set {
    /// To choose the best weights by.
    Valid,
    /// To test the end on.
    Test,
}

/// Tokens that a text may have.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// At most so many; none: as many as the model has positions.
    pub asked: Option<usize>,
    /// Positions of the model.
    pub positions: usize,
    /// Whether a longer text is an error.
    pub refuse: bool,
}

/// What a model reached on a set.
#[derive(Debug)]
pub struct Evaluated {
    /// Metrics, and what they were counted from.
    pub report: Report,
    /// Examples that they are over.
    pub n_examples: usize,
    /// Names of the labels, where there are any.
    pub labels: Vec<String>,
}

/// Reads the files of a task.
///
/// # Errors
/// If a file cannot be read, or its rows are not what the task needs.
pub fn open<'a>(plan: Plan<'a>, files: &Files) -> Result<Box<dyn Job + 'a>> {
    Ok(match plan.task {
        Task::Classify | Task::Regress | Task::Pair => Box::new(sequence::read(plan, files)?),
        Task::Tag => Box::new(tag::read(plan, files)?),
        Task::Qa => Box::new(answer::read(plan, files)?),
        Task::Mlm => Box::new(masked::read(plan, files)?),
        Task::Lm => Box::new(causal::read(plan, files)?),
        Task::Embed => Box::new(embed::read(plan, files)?),
    })
}

impl Limit {
    fn max_length(self) -> MaxLength {
        let n = self.tokens();
        match (n, self.refuse) {
            (usize::MAX, _) => MaxLength::Unlimited,
            (n, true) => MaxLength::Refuse(n),
            (n, false) => MaxLength::Truncate(n),
        }
    }

    /// Tokens of a text.
    pub fn tokens(self) -> usize {
        self.asked.unwrap_or(usize::MAX).min(self.positions)
    }
}

/// Something for each set.
#[derive(Debug)]
struct Sets<T> {
    train: Option<T>,
    valid: Option<T>,
    test: Option<T>,
}

impl<T> Sets<T> {
    /// Reads the files that there are.
    fn read(files: &Files, read: impl Fn(&Path) -> Result<T>) -> Result<Self> {
        let read = |path: &Option<PathBuf>| path.as_deref().map(&read).transpose();
        Ok(Self {
            train: read(&files.train)?,
            valid: read(&files.valid)?,
            test: read(&files.test)?,
        })
    }

    /// Sets a share of the training set aside where there is no validation set.
    fn divide(
        &mut self,
        ratio: f64,
        divide: impl FnOnce(&T, f64) -> Result<Option<(T, T)>>,
    ) -> Result<()> {
        if let (Some(train), None) = (&self.train, &self.valid)
            && ratio > 0.
            && let Some((rest, aside)) = divide(train, ratio)?
        {
            (self.train, self.valid) = (Some(rest), Some(aside));
        }
        Ok(())
    }

    /// The same sets, changed.
    fn try_into_map(self, mut f: impl FnMut(T) -> Result<T>) -> Result<Self> {
        let mut map = |set: Option<T>| set.map(&mut f).transpose();
        Ok(Self { train: map(self.train)?, valid: map(self.valid)?, test: map(self.test)? })
    }

    fn map<U>(&self, mut f: impl FnMut(&T) -> Result<U>) -> Result<Sets<U>> {
        let mut map = |set: &Option<T>| set.as_ref().map(&mut f).transpose();
        Ok(Sets { train: map(&self.train)?, valid: map(&self.valid)?, test: map(&self.test)? })
    }

    fn get(&self, set: Set) -> Option<&T> {
        match set {
            Set::Valid => self.valid.as_ref(),
            Set::Test => self.test.as_ref(),
        }
    }

    /// The training set; its absence is a slip of the program.
    fn train(&self) -> Result<&T> {
        self.train.as_ref().context("there is no training set")
    }

    fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        let sets = [("train", &self.train), ("valid", &self.valid), ("test", &self.test)];
        sets.into_iter().filter_map(|(name, set)| Some((name, set.as_ref()?)))
    }
}

/// Rows at random: those that stay and those that are set aside. None where there are too few to set
/// any aside: the last weights are kept then, and no metric over nothing decides.
fn random_split(n: usize, ratio: f64, seed: u64, name: &str) -> Result<Option<Split>> {
    let split = Split::random(n, ratio, seed).with_context(|| name.to_owned())?;
    if split.train.is_empty() {
        bail!("{name}: {} cannot be divided; give --valid-ratio 0", count(n, "row"));
    }
    Ok((!split.test.is_empty()).then_some(split))
}

/// The two sets that a split makes of `items`, each built from its name and its own items.
fn parts<T: Clone, S>(
    split: Option<Split>,
    ratio: f64,
    name: &str,
    items: &[T],
    build: impl Fn(String, Vec<T>) -> S,
) -> Option<(S, S)> {
    let split = split?;
    let part = |name, rows: &[usize]| build(name, rows.iter().map(|&i| items[i].clone()).collect());
    let aside = format!("{}% of {name}", 100. * ratio);
    Some((part(name.to_owned(), &split.train), part(aside, &split.test)))
}

/// Whether two lists hold the same labels, in any order.
fn are_same(a: &[String], b: &[String]) -> bool {
    let sorted = |labels: &[String]| {
        let mut labels = labels.to_vec();
        labels.sort_unstable();
        labels
    };
    sorted(a) == sorted(b)
}

/// `train: 3 texts, 40 tokens, 1 text cut`.
fn note_set(console: Console, name: &str, what: &str, sizes: (usize, usize, usize)) {
    let (rows, tokens, cut) = sizes;
    let (rows, tokens) = (count(rows, what), count(tokens, "token"));
    let cut = if cut == 0 { String::new() } else { format!(", {} cut", count(cut, what)) };
    console.note(format_args!("  {name}: {rows}, {tokens}{cut}"));
}

/// The manifest's description of sets.
fn describe<T>(sets: &Sets<T>, of: impl Fn(&T) -> (String, usize)) -> Value {
    let describe = |set: &T| {
        let (source, examples) = of(set);
        json!({ "source": source, "examples": examples })
    };
    json!({
        "train": sets.train.as_ref().map(&describe),
        "valid": sets.valid.as_ref().map(&describe),
        "test": sets.test.as_ref().map(&describe),
    })
}
