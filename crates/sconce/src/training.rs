//! A training run, from rows to a tested model: `train` and `quickstart` share it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Result, bail};
use sconce_export::{Bundle, BundleContents, Manifest};
use sconce_metrics::ConfusionMatrix;
use sconce_models::{
    AnyModel, BagConfig, EncoderConfig, ModelConfig, SequenceClassifier, TextCnnConfig,
};
use sconce_ops::{CrossEntropy, ParamStore};
use sconce_text_pipeline::{Labels, TokenizerFile, load_tokenizer};
use sconce_training::{ClassifyTask, Evaluation, History, Trainer, classify, evaluate_classifier};
use serde_json::Value;

use crate::data::DataSets;
use crate::options::{Arch, ClassWeights, OptimizationOptions, Runtime};
use crate::progress::Progress;
use crate::recipe::Recipe;
use crate::table::{count, thousands};

mod encode;
mod freeze;
mod report;
mod vectors;

use self::encode::Encoded;

/// Size of a word vector where neither an option nor a file of vectors says it.
const EMBEDDING_SIZE: usize = 300;

/// A trained and tested model.
#[derive(Debug)]
pub struct Trained {
    /// Its config.
    pub config: ModelConfig,
    /// Its parameters.
    pub store: ParamStore,
    /// The model.
    pub model: AnyModel,
    /// Its tokenizer's file.
    pub tokenizer: TokenizerFile,
    /// What the training did.
    pub history: History,
    /// On the validation set, with the best weights.
    pub valid: Option<Evaluated>,
    /// On the test set.
    pub test: Option<Evaluated>,
    /// When the run began.
    pub started: Instant,
}

/// What a model reached on a data set.
#[derive(Debug)]
pub struct Evaluated {
    /// Which label was taken for which.
    pub confusion: ConfusionMatrix,
    /// Metrics by name.
    pub metrics: Evaluation,
}

/// Trains a classifier by a recipe, under a heading. What was left open in the recipe is filled in.
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
    let encoded = Encoded::new(&recipe.text, data)?;
    let vectors = vectors::read(&recipe.model, &encoded)?;
    let given = recipe.model.embedding_size.map(|size| size as usize);
    let dim = vectors.as_ref().map(|vectors| vectors.dim()).or(given).unwrap_or(EMBEDDING_SIZE);
    recipe.model.embedding_size = Some(dim as u32);

    let config = model_config(recipe, encoded.tokenizer.vocab_size(), dim, &data.labels);
    let store = ParamStore::new(&runtime.device, seed);
    let model = AnyModel::from_config(&config, &store.root())?;
    let coverage =
        vectors.map(|vectors| vectors::copy(&vectors, &encoded, &store, seed)).transpose()?;
    freeze::freeze(&recipe.model.freeze, &store)?;
    let loss = loss(&recipe.optimization, &encoded, &data.labels)?;

    // Only now: whoever gave bad options or files reads one line.
    runtime.console.heading(heading);
    encoded.note(&data.labels, runtime.console);
    if let Some(coverage) = coverage {
        runtime.console.note(format_args!("  vectors: {coverage}"));
    }
    let n_elements = thousands(store.n_elements());
    runtime.console.note(format_args!("  model: {}, {n_elements} parameters", recipe.model.arch));

    let AnyModel::SequenceClassifier(classifier) = &model;
    let task = ClassifyTask {
        model: classifier,
        store: &store,
        train: &encoded.train,
        valid: encoded.valid.as_ref(),
        loss,
        batch_size: recipe.optimization.batch_size as usize,
        seed,
    };
    let mut progress = Progress::new(runtime.output, runtime.console);
    let history = Trainer::new(recipe.optimization.trainer_config(seed)).fit(&task, &mut progress);
    progress.finish()?;
    let history = history.map_err(|failure| failure.error)?;
    let _untracked = store.no_grad();
    let evaluate = |examples: &Option<_>| examples.as_ref().map(|e| evaluated(classifier, e));
    let valid = evaluate(&encoded.valid).transpose()?;
    let test = evaluate(&encoded.test).transpose()?;
    let tokenizer = encoded.tokenizer.to_file()?;
    Ok(Trained { config, history, valid, test, tokenizer, started, store, model })
}

fn loss(options: &OptimizationOptions, encoded: &Encoded, labels: &Labels) -> Result<CrossEntropy> {
    let class_weights = class_weights(options.class_weights.as_ref(), encoded, labels)?;
    Ok(CrossEntropy { label_smoothing: options.label_smoothing, class_weights })
}

fn model_config(recipe: &Recipe, vocab_size: usize, dim: usize, labels: &Labels) -> ModelConfig {
    let options = &recipe.model;
    let encoder = match options.arch {
        Arch::Textcnn => EncoderConfig::from(TextCnnConfig {
            filter_widths: options.filter_widths.iter().map(|&width| width as usize).collect(),
            n_filters: options.n_filters as usize,
        }),
        Arch::Bag => EncoderConfig::from(BagConfig::default()),
    };
    let config = ModelConfig::classifier(encoder, vocab_size, dim, labels.names());
    ModelConfig { classifier_dropout: options.dropout, ..config }
}

/// Weights of the labels in the loss.
fn class_weights(
    weights: Option<&ClassWeights>,
    encoded: &Encoded,
    labels: &Labels,
) -> Result<Option<Arc<[f32]>>> {
    let weights = match weights {
        None => return Ok(None),
        Some(ClassWeights::Given(weights)) => weights.as_slice().into(),
        Some(ClassWeights::Balanced) => {
            CrossEntropy::balanced_weights(encoded.train.labels(), labels.len())
        }
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
pub fn evaluated(
    model: &SequenceClassifier,
    examples: &sconce_text_pipeline::EncodedDataset,
) -> Result<Evaluated> {
    let (confusion, loss) = evaluate_classifier(model, examples)?;
    let metrics = classify(&confusion, loss);
    Ok(Evaluated { confusion, metrics })
}

impl Trained {
    /// What the bundle says of the run.
    pub fn manifest(&self, recipe: &Recipe, settings: Value, data: &DataSets) -> Result<Manifest> {
        let mut manifest = Manifest::new("classify", &self.tokenizer.name);
        manifest.preprocessing.max_length = recipe.text.max_length.map(|length| length as usize);
        manifest.settings = settings;
        manifest.history = serde_json::to_value(&self.history)?;
        manifest.data = data.describe();
        let sets = [("valid", &self.valid), ("test", &self.test)];
        manifest.metrics = sets
            .into_iter()
            .filter_map(|(name, evaluated)| Some((name, evaluated.as_ref()?)))
            .map(|(name, evaluated)| (name.to_owned(), evaluated.metrics.clone()))
            .collect::<BTreeMap<_, _>>();
        Ok(manifest)
    }

    /// Writes the bundle.
    pub fn save(&self, folder: &Path, manifest: &Manifest, overwrite: bool) -> Result<()> {
        let contents = BundleContents {
            config: &self.config,
            store: &self.store,
            tokenizer: &self.tokenizer,
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
