//! A training run, from rows to a tested model: `train` and `quickstart` share it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use sconce_export::{Bundle, BundleContents, Manifest};
use sconce_models::checkpoint::Companion;
use sconce_models::{
    AnyModel, BagConfig, EncoderConfig, ModelConfig, SequenceClassifier, TextCnnConfig,
    WordModelConfig,
};
use sconce_ops::{CrossEntropy, ParamStore};
use sconce_text_pipeline::{EncodedDataset, Labels, TokenizerFile, load_tokenizer};
use sconce_training::{Batching, ClassifyTask, History, ParamPolicy, Trainer, evaluate_classifier};
use serde_json::Value;

use crate::data::DataSets;
use crate::jobs::Evaluated;
use crate::options::{Arch, ClassWeights, Defaults, OptimizationOptions, Runtime, Task};
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::table::{count, thousands};

mod encode;
mod finetune;
mod freeze;
mod prepared;
mod report;
mod vectors;

pub use self::finetune::Run;
pub use self::prepared::{cache_at, rows as prepared_rows};
pub use self::report::metrics_in_order;

use self::encode::Encoded;

/// Dropout before the classifier where no option says it (Kim, 2014, arXiv:1408.5882).
const DROPOUT: f64 = 0.5;
/// Size of a word vector where neither an option nor a file of vectors says it.
const EMBEDDING_SIZE: usize = 300;

/// A trained and tested model.
#[derive(Debug)]
pub struct Trained {
    /// What it learned.
    pub task: Task,
    /// Its config.
    pub config: ModelConfig,
    /// Names and sizes of the data.
    pub data: Value,
    /// Its parameters.
    pub store: ParamStore,
    /// The model.
    pub model: AnyModel,
    /// Its tokenizer's file.
    pub tokenizer: TokenizerFile,
    /// Files of the pretrained model that are taken along.
    pub companions: Vec<Companion>,
    /// What the training did.
    pub history: History,
    /// Why the run ended early, if it went wrong; the weights are the best ones before that.
    pub failure: Option<anyhow::Error>,
    /// On the validation set, with the best weights.
    pub valid: Option<Evaluated>,
    /// On the test set.
    pub test: Option<Evaluated>,
    /// When the run began.
    pub started: Instant,
}

/// Trains a transformer.
///
/// # Errors
/// If options, files and model do not fit each other, or training fails.
pub fn finetune(run: Run<'_>, runtime: &Runtime) -> Result<Trained> {
    finetune::train(run, runtime)
}

/// Trains a classifier over word vectors by a recipe, under a heading. What was left open in the recipe is filled in.
///
/// # Errors
/// If the recipe and the data do not fit each other, or training fails.
pub fn train(
    heading: &str,
    recipe: &mut Recipe,
    seed: u64,
    data: &DataSets,
    runtime: &Runtime,
) -> Result<Trained> {
    let started = Instant::now();
    let rows = Rows {
        encoded: Encoded::new(&recipe.text, data)?,
        labels: data.labels.clone(),
        description: data.describe(),
    };
    train_rows(heading, recipe, seed, rows, started, runtime)
}

/// The rows of a run, whatever they come from.
pub struct Rows {
    encoded: Encoded,
    labels: Labels,
    /// Names and sizes, for the manifest.
    description: Value,
}

/// Trains on rows that are encoded already.
///
/// # Errors
/// As [`train`].
pub fn train_rows(
    heading: &str,
    recipe: &mut Recipe,
    seed: u64,
    rows: Rows,
    started: Instant,
    runtime: &Runtime,
) -> Result<Trained> {
    let Rows { encoded, labels, description } = rows;
    recipe.optimization.fill(&Defaults::FRESH);
    let dropout = *recipe.model.dropout.get_or_insert(DROPOUT);
    let arch = *recipe.model.arch.get_or_insert(Arch::Textcnn);
    let vectors = vectors::read(&recipe.model, &encoded)?;
    let given = recipe.model.embedding_size.map(|size| size as usize);
    let dim = vectors.as_ref().map(|vectors| vectors.dim()).or(given).unwrap_or(EMBEDDING_SIZE);
    recipe.model.embedding_size = Some(dim as u32);

    let config =
        model_config(recipe, (arch, dropout), (encoded.tokenizer.vocab_size(), dim), &labels);
    let store = ParamStore::new(&runtime.device, seed);
    let model = AnyModel::from_config(&config, &store.root())?;
    let coverage =
        vectors.map(|vectors| vectors::copy(&vectors, &encoded, &store, seed)).transpose()?;
    freeze::freeze(&recipe.model.freeze, &store)?;
    let loss = loss(&recipe.optimization, encoded.train.labels(), &labels)?;

    // Only now: whoever gave bad options or files reads one line.
    runtime.console.heading(heading);
    encoded.note(&labels, runtime.console);
    if let Some(coverage) = coverage {
        runtime.console.note(format_args!("  vectors: {coverage}"));
    }
    let n_elements = thousands(store.n_elements());
    runtime.console.note(format_args!("  model: {arch}, {n_elements} parameters"));

    let classifier = model.sequence_classifier()?;
    let task = ClassifyTask {
        model: classifier,
        store: &store,
        train: &encoded.train,
        valid: encoded.valid.as_ref(),
        loss,
        batching: Batching {
            batch_size: recipe.optimization.batch_size(),
            seed,
            by_length: recipe.optimization.group_by_length,
        },
    };
    let mut progress = Progress::new(runtime.output, runtime.console);
    let trainer = Trainer::new(recipe.optimization.trainer_config(seed, ParamPolicy::default()));
    let history = trainer.fit(&task, &mut progress);
    progress.finish()?;
    let (history, failure) = finetune::outcome(history)?;
    let _untracked = store.no_grad();
    let evaluate = |examples: &Option<_>| examples.as_ref().map(|e| evaluated(classifier, e));
    let valid = evaluate(&encoded.valid).transpose()?;
    let test = evaluate(&encoded.test).transpose()?;
    Ok(Trained {
        task: Task::Classify,
        config,
        data: description,
        tokenizer: encoded.tokenizer.to_file()?,
        companions: Vec::new(),
        history,
        failure,
        valid,
        test,
        started,
        store,
        model,
    })
}

/// The loss of classes, with the weights that the options say.
///
/// # Errors
/// If there is not one weight for each label, or all are 0.
pub fn loss(
    options: &OptimizationOptions,
    targets: &[u32],
    labels: &Labels,
) -> Result<CrossEntropy> {
    let class_weights = class_weights(options.class_weights.as_ref(), targets, labels)?;
    Ok(CrossEntropy { label_smoothing: options.label_smoothing, class_weights })
}

fn model_config(
    recipe: &Recipe,
    (arch, dropout): (Arch, f64),
    (vocab_size, dim): (usize, usize),
    labels: &Labels,
) -> ModelConfig {
    let options = &recipe.model;
    let encoder = match arch {
        Arch::Bag => EncoderConfig::from(BagConfig::default()),
        _ => EncoderConfig::from(TextCnnConfig {
            filter_widths: options.filter_widths.iter().map(|&width| width as usize).collect(),
            n_filters: options.n_filters as usize,
        }),
    };
    let config = WordModelConfig::classifier(encoder, vocab_size, dim, labels.names());
    WordModelConfig { classifier_dropout: dropout, ..config }.into()
}

/// Weights of the labels in the loss.
fn class_weights(
    weights: Option<&ClassWeights>,
    targets: &[u32],
    labels: &Labels,
) -> Result<Option<Arc<[f32]>>> {
    let weights = match weights {
        None => return Ok(None),
        Some(ClassWeights::Given(weights)) => weights.as_slice().into(),
        Some(ClassWeights::Balanced) => CrossEntropy::balanced_weights(targets, labels.len()),
    };
    if weights.len() != labels.len() {
        bail!(
            "--class-weights: {} given for {}; give one for each of {}",
            count(weights.len(), "weight"),
            count(labels.len(), "label"),
            labels.names().join(", ")
        );
    }
    if weights.iter().all(|weight| *weight == 0.) {
        bail!("--class-weights: all are 0, so nothing would be learned; give one above 0");
    }
    Ok(Some(weights))
}

/// Measures a classifier on labelled examples.
fn evaluated(model: &SequenceClassifier, examples: &EncodedDataset) -> Result<Evaluated> {
    let report = evaluate_classifier(model, examples)?;
    Ok(Evaluated { report, n_examples: examples.len(), labels: model.labels().to_vec() })
}

impl Trained {
    /// What the bundle says of the run.
    pub fn manifest(&self, recipe: &Recipe, settings: Value) -> Result<Manifest> {
        let mut manifest = Manifest::new(self.task.name(), &self.tokenizer.name);
        manifest.preprocessing.max_length = recipe.text.max_length.map(|length| length as usize);
        manifest.settings = settings;
        manifest.history = serde_json::to_value(&self.history)?;
        manifest.data = self.data.clone();
        let sets = [("valid", &self.valid), ("test", &self.test)];
        manifest.metrics = sets
            .into_iter()
            .filter_map(|(name, evaluated)| Some((name, evaluated.as_ref()?)))
            .map(|(name, evaluated)| (name.to_owned(), evaluated.report.metrics.clone()))
            .collect::<BTreeMap<_, _>>();
        Ok(manifest)
    }

    /// Writes the bundle.
    pub fn save(&self, folder: &Path, manifest: &Manifest, overwrite: bool) -> Result<()> {
        let contents = BundleContents {
            config: &self.config,
            store: &self.store,
            tokenizer: &self.tokenizer,
            companions: self.companions.clone(),
            adapters: self.model.adapters(),
            manifest: manifest.clone(),
        };
        Ok(Bundle::save(folder, &contents, overwrite)?)
    }

    /// The bundle as it is in memory, before it is saved.
    pub fn bundle(&self, folder: &Path, manifest: &Manifest) -> Result<Bundle> {
        Ok(Bundle {
            folder: folder.to_owned(),
            manifest: manifest.clone(),
            model: self.model.clone(),
            store: self.store.clone(),
            tokenizer: load_tokenizer(&self.tokenizer)?,
        })
    }
}
