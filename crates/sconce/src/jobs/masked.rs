//! `mlm`: the tokens behind masks.

use anyhow::{Context, Result};
use sconce_models::{AnyModel, Head, PretrainedConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Corpus, Format, Masking, MlmDataset, Tokenizer};
use sconce_training::{
    CrossEntropy, Failure, History, MaskedTask, Observer, Trainer, evaluate_masked_lm,
};
use serde_json::Value;

use super::causal::{Texts, texts};
use super::{
    Evaluated, Files, Job, Limit, Plan, Set, Sets, describe, note_set, parts, random_split,
};
use crate::console::Console;

/// Tokens of a block where nothing else is said.
const BLOCK_SIZE: usize = 512;

/// The job.
pub struct Masked<'a> {
    plan: Plan<'a>,
    texts: Sets<Texts>,
    encoded: Option<Sets<MlmDataset>>,
}

/// Reads the files.
pub fn read<'a>(plan: Plan<'a>, files: &Files) -> Result<Masked<'a>> {
    let mut texts = texts(plan, files, Format::Paragraphs)?;
    texts.divide(files.valid_ratio, |all, ratio| {
        let examples = all.corpus.examples();
        let split = random_split(examples.len(), ratio, plan.seed, &all.name)?;
        Ok(parts(split, ratio, &all.name, examples, |name, examples| Texts {
            name,
            corpus: Corpus::from(examples),
        }))
    })?;
    Ok(Masked { plan, texts, encoded: None })
}

impl Masked<'_> {
    fn encoded(&self) -> Result<&Sets<MlmDataset>> {
        self.encoded.as_ref().context("the texts are not encoded yet")
    }

    fn masking(&self) -> Masking {
        Masking {
            probability: self.plan.options.mask_probability,
            whole_words: self.plan.options.whole_word,
            seed: self.plan.seed,
            ..Masking::default()
        }
    }
}

impl Job for Masked<'_> {
    fn default_length(&self) -> Option<usize> {
        // Blocks, and no single texts, are cut.
        None
    }

    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String> {
        config.with_head(Head::MaskedLm)
    }

    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()> {
        let block_size = self.plan.options.block_size.map_or(BLOCK_SIZE, |n| n as usize);
        let block_size = limit.tokens().min(block_size);
        let encoded = self.texts.map(|Texts { name, corpus }| {
            MlmDataset::blocks(tokenizer, &corpus.texts(), block_size).with_context(|| name.clone())
        })?;
        self.encoded = Some(encoded);
        Ok(())
    }

    fn note(&self, console: Console) {
        for (name, set) in self.encoded.iter().flat_map(Sets::iter) {
            let rows = set.encoded();
            note_set(console, name, "block", (rows.len(), rows.n_tokens(), 0));
        }
    }

    fn fit(
        &self,
        model: &AnyModel,
        store: &ParamStore,
        trainer: &Trainer,
        observer: &mut dyn Observer,
    ) -> Result<Result<History, Failure>> {
        let encoded = self.encoded()?;
        let task = MaskedTask {
            model: model.masked_lm()?,
            store,
            train: encoded.train()?,
            valid: encoded.valid.as_ref(),
            masking: self.masking(),
            loss: CrossEntropy {
                label_smoothing: self.plan.optimization.label_smoothing,
                ..CrossEntropy::default()
            },
            batching: self.plan.batching(),
        };
        Ok(trainer.fit(&task, observer))
    }

    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>> {
        let Some(set) = self.encoded()?.get(set) else { return Ok(None) };
        let report = evaluate_masked_lm(model.masked_lm()?, set, &self.masking())?;
        Ok(Some(Evaluated { report, n_examples: set.encoded().len(), labels: Vec::new() }))
    }

    fn describe(&self) -> Value {
        describe(&self.texts, |set| (set.name.clone(), set.corpus.examples().len()))
    }
}
