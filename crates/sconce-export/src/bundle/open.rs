//! Opening: a bundle after a look at its hashes, any other model's folder as it is, a model with an
//! adapter of another folder, a sentence encoder of any transformer.

use std::path::Path;

use candle_core::Device;
use sconce_models::{
    AnyModel, Head, LoraConfig, ModelConfig, PoolingMode, PretrainedConfig, ProblemType,
    SentenceModules, checkpoint,
};
use sconce_ops::ParamStore;
use sconce_text_pipeline::Tokenizer;

use super::Bundle;
use crate::error::{Error, Result};
use crate::manifest::{MANIFEST_FILE, Manifest};

/// What makes vectors of sentences, where that is not left to the folder.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct EncoderOptions {
    /// How the tokens become one vector.
    pub pooling: Option<PoolingMode>,
    /// Whether vectors are made of length 1.
    pub normalize: Option<bool>,
}

impl Bundle {
    /// Reads a model's folder. In a bundle the size and hash of each file are checked first; a folder
    /// without `sconce.json` is taken as it is, and its manifest says what follows from its files.
    /// Parameters are frozen, so using them keeps nothing for a backward pass.
    ///
    /// # Errors
    /// If a file is missing, altered or unreadable, or the bundle is of a newer format.
    pub fn open(folder: &Path, device: &Device) -> Result<Self> {
        let manifest = manifest(folder)?;
        let checkpoint::Loaded { model, store, tokenizer } = checkpoint::load(folder, device)?;
        Self::from_parts(folder, manifest, model, store, tokenizer)
    }

    /// Reads the model of the folder `base` with the adapter in the folder `adapter`, which is merged
    /// into the weights.
    ///
    /// # Errors
    /// As [`open`](Self::open), or if the adapter is not one of this model.
    pub fn open_adapted(base: &Path, adapter: &Path, device: &Device) -> Result<Self> {
        let manifest = manifest(base)?;
        let (model, store) = checkpoint::load_adapted(base, adapter, device)?;
        if let Some(adapters) = model.adapters() {
            adapters.merge()?;
        }
        let tokenizer = checkpoint::load_tokenizer(base, &model.config())?;
        let task = task(&model.config());
        let manifest = manifest.map(|manifest| Manifest { task: task.into(), ..manifest });
        Self::from_parts(base, manifest, model, store, tokenizer)
    }

    /// Reads the transformer of a folder as an encoder of sentences, whatever head it has.
    ///
    /// # Errors
    /// As [`open`](Self::open), or if the folder holds no transformer or the options do not fit it.
    pub fn open_encoder(folder: &Path, device: &Device, options: &EncoderOptions) -> Result<Self> {
        let manifest = manifest(folder)?;
        let refuse = |message: String| Error::Encoder { path: folder.to_owned(), message };
        let ModelConfig::Pretrained(config) = checkpoint::load_config(folder)? else {
            return Err(refuse(
                "vectors of sentences come from transformers, which it is not".into(),
            ));
        };
        let had_head = config.head() != Head::None;
        let mut config = config.with_head(Head::None).map_err(refuse)?;
        if had_head {
            config.sentence = SentenceModules::load(folder)?;
        }
        let config = with_options(config, options);
        let config = ModelConfig::from(config.map_err(refuse)?);
        let (model, store, report) = checkpoint::load_pretrained(folder, &config, device, 0)?;
        if !report.missing.is_empty() || !report.mismatched.is_empty() {
            // Of a pooling layer, say: what is not there would be drawn at random.
            let path = folder.join(checkpoint::WEIGHTS_FILE);
            return Err(sconce_models::Error::Weights { path, report: Box::new(report) }.into());
        }
        let tokenizer = checkpoint::load_tokenizer(folder, &config)?;
        let manifest = manifest.map(|manifest| Manifest { task: "embed".into(), ..manifest });
        Self::from_parts(folder, manifest, model, store, tokenizer)
    }

    fn from_parts(
        folder: &Path,
        manifest: Option<Manifest>,
        model: AnyModel,
        store: ParamStore,
        tokenizer: Box<dyn Tokenizer>,
    ) -> Result<Self> {
        for param in store.params() {
            param.set_trainable(false);
        }
        let manifest = match manifest {
            Some(manifest) => manifest,
            None => synthesized(&model.config(), &*tokenizer)?,
        };
        Ok(Self { folder: folder.to_owned(), manifest, model, store, tokenizer })
    }
}

/// The manifest of a bundle, checked; none of a folder that is a model's without one.
fn manifest(folder: &Path) -> Result<Option<Manifest>> {
    let refuse = |reason: String| Error::NotABundle { path: folder.to_owned(), reason };
    if let Some(manifest) = Manifest::find(folder)? {
        manifest.verify(folder)?;
        let made_with = manifest.preprocessing.tokenizer.as_str();
        let is_other = |name: &&str| *name != made_with && folder.join(name).exists();
        return match checkpoint::TOKENIZER_FILES.into_iter().find(is_other) {
            Some(name) => Err(refuse(format!("it holds {name}, but was made with {made_with}"))),
            None => Ok(Some(manifest)),
        };
    }
    if folder.join(checkpoint::CONFIG_FILE).exists() {
        return Ok(None);
    }
    Err(refuse(match (folder.is_dir(), LoraConfig::is_in(folder)) {
        (false, _) => "there is no such folder".into(),
        (_, true) => "it holds an adapter; give its model, and the adapter beside it".into(),
        _ => format!("it has neither {MANIFEST_FILE} nor {}", checkpoint::CONFIG_FILE),
    }))
}

/// What can be said of a folder without `sconce.json`.
fn synthesized(config: &ModelConfig, tokenizer: &dyn Tokenizer) -> Result<Manifest> {
    let mut manifest = Manifest::new(task(config), tokenizer.to_file()?.name);
    manifest.sconce_version = String::new();
    let of_sentences = match config {
        ModelConfig::Pretrained(config) => config.sentence.as_ref().and_then(|s| s.max_seq_length),
        ModelConfig::Words(_) => None,
    };
    let limits = [tokenizer.max_length(), config.max_positions(), of_sentences];
    manifest.preprocessing.max_length = limits.into_iter().flatten().min();
    Ok(manifest)
}

/// What a model is for, as far as its config tells.
fn task(config: &ModelConfig) -> &'static str {
    let (head, problem_type) = match config {
        ModelConfig::Words(config) => (Head::SequenceClassification, Some(config.problem_type)),
        ModelConfig::Pretrained(config) => (config.head(), config.problem_type().ok()),
    };
    match head {
        Head::SequenceClassification if problem_type == Some(ProblemType::Regression) => "regress",
        Head::SequenceClassification => "classify",
        Head::TokenClassification => "tag",
        Head::QuestionAnswering => "qa",
        Head::MaskedLm => "mlm",
        Head::CausalLm => "lm",
        Head::None => "embed",
    }
}

fn with_options(
    mut config: PretrainedConfig,
    options: &EncoderOptions,
) -> Result<PretrainedConfig, String> {
    if *options == EncoderOptions::default() {
        return Ok(config);
    }
    let mut modules = config.sentence.take().unwrap_or_default();
    if let Some(pooling) = options.pooling {
        if modules.dense.is_some() && modules.pooling.len() != 1 {
            let names: Vec<_> = modules.pooling.iter().map(|mode| mode.name()).collect();
            return Err(format!(
                "its layer after pooling takes {} side by side, not one pooling",
                names.join(" and ")
            ));
        }
        modules.pooling = vec![pooling];
    }
    modules.normalize = options.normalize.unwrap_or(modules.normalize);
    config.sentence = Some(modules);
    Ok(config)
}
