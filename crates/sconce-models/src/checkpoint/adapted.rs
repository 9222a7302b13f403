//! A base model with an adapter of PEFT from another folder.

use std::path::Path;

use candle_core::Device;
use sconce_ops::ParamStore;

use super::{load_config, load_pretrained};
use crate::any_model::AnyModel;
use crate::config::{Head, ModelConfig};
use crate::error::{Error, Result};
use crate::lora::{LoraConfig, peft};

/// PEFT's names for tasks, and the heads that they stand for.
const TASKS: [(&str, Head); 5] = [
    ("SEQ_CLS", Head::SequenceClassification),
    ("TOKEN_CLS", Head::TokenClassification),
    ("QUESTION_ANS", Head::QuestionAnswering),
    ("CAUSAL_LM", Head::CausalLm),
    ("FEATURE_EXTRACTION", Head::None),
];

/// Builds the model of the folder `base` with the adapter of the folder `adapter`. The head is that of
/// the adapter's task, with as many labels as the adapter has outputs.
///
/// # Errors
/// If a file is missing or unreadable, or the adapter is not one of this model.
pub fn load_adapted(
    base: &Path,
    adapter: &Path,
    device: &Device,
) -> Result<(AnyModel, ParamStore)> {
    let lora = LoraConfig::load(adapter)?;
    let ModelConfig::Pretrained(mut config) = load_config(base)? else {
        let message = format!("{} is no transformer", base.display());
        return Err(Error::Adapter { path: adapter.to_owned(), message });
    };
    let inconsistent = |message| Error::Inconsistent { message };
    let task = lora.task_type.as_deref().unwrap_or_default();
    if let Some((_, head)) = TASKS.iter().find(|(name, _)| *name == task)
        && *head != config.head()
    {
        *config = config.with_head(*head).map_err(inconsistent)?;
    }
    let n_outputs = peft::n_outputs(adapter, config.blueprint().heads.outputs(), device)?;
    if let Some(n) = n_outputs
        && config.labels().map_err(inconsistent)?.len() != n
    {
        *config = config.with_labels((0..n).map(|id| format!("LABEL_{id}")));
    }
    config.lora = Some(lora);
    let (model, store, report) =
        load_pretrained(base, &ModelConfig::Pretrained(config), device, 0)?;
    let Some(adapters) = model.adapters() else { return Ok((model, store)) };
    adapters.load_weights(adapter, &store)?;
    // What neither folder has would be drawn at random.
    let mismatched = report.mismatched.iter().map(|mismatch| &mismatch.name);
    let is_open = |name: &&String| store.get(name).is_some_and(|param| !adapters.owns(&param));
    if let Some(name) = report.missing.iter().chain(mismatched).find(is_open) {
        let message = format!("neither it nor the base model has {name}");
        return Err(Error::Adapter { path: adapter.to_owned(), message });
    }
    Ok((model, store))
}
