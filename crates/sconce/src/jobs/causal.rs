//! `lm`: the next token.

use std::path::Path;

use anyhow::{Context, Result};
use sconce_models::{AnyModel, Head, PretrainedConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{
    Corpus, EncodedDataset, Format, LmBlocks, Need, ReadOptions, TokenStream, Tokenizer,
};
use sconce_training::{
    CausalTask, CrossEntropy, Failure, History, LmRows, Observer, Trainer, evaluate_causal_lm,
};
use serde_json::Value;

use super::{Evaluated, Files, Job, Limit, Plan, Set, Sets, describe, note_set};
use crate::console::Console;

/// Tokens of a block where nothing else is said.
const BLOCK_SIZE: usize = 512;

#[derive(Debug)]
pub(super) struct Texts {
    pub(super) name: String,
    pub(super) corpus: Corpus,
}

/// Reads texts; a `.txt` file in the given form.
pub(super) fn texts(plan: Plan<'_>, files: &Files, plain: Format) -> Result<Sets<Texts>> {
    Sets::read(files, |path: &Path| {
        let is_plain =
            path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"));
        let format = is_plain.then_some(plain);
        let options = ReadOptions { format, ..plan.columns.read_options(Need::Optional) };
        let corpus = Corpus::read(path, &options)?;
        Ok(Texts { name: path.display().to_string(), corpus })
    })
}

/// The job.
pub struct Causal<'a> {
    plan: Plan<'a>,
    texts: Sets<Texts>,
    /// Share of the training set's end that is set aside.
    valid_ratio: f64,
    encoded: Option<Encoded>,
}

/// Texts as streams, and the blocks that these are cut into.
struct Encoded {
    streams: Sets<TokenStream>,
    blocks: Sets<EncodedDataset>,
    block_size: usize,
}

/// Reads the files.
pub fn read<'a>(plan: Plan<'a>, files: &Files) -> Result<Causal<'a>> {
    let texts = texts(plan, files, Format::Document)?;
    Ok(Causal { plan, texts, valid_ratio: files.valid_ratio, encoded: None })
}

impl Causal<'_> {
    fn encoded(&self) -> Result<&Encoded> {
        self.encoded.as_ref().context("the texts are not encoded yet")
    }
}

impl Job for Causal<'_> {
    fn default_length(&self) -> Option<usize> {
        // Blocks, and no single texts, are cut.
        None
    }

    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String> {
        config.with_head(Head::CausalLm)
    }

    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()> {
        let block_size = self.plan.options.block_size.map_or(BLOCK_SIZE, |n| n as usize);
        let block_size = block_size.min(limit.tokens());
        let end = tokenizer.special_tokens().eos;
        let mut streams = self.texts.map(|Texts { name, corpus }| {
            TokenStream::encode(tokenizer, &corpus.texts(), end).with_context(|| name.clone())
        })?;
        // The end of a text is set aside, not lines of it: blocks go on over them.
        if streams.valid.is_none()
            && let Some(train) = streams.train.take()
        {
            let n = ((1. - self.valid_ratio) * train.len() as f64).round() as usize;
            let (train, valid) = train.split_at(n);
            streams.train = Some(train);
            streams.valid = (!valid.is_empty()).then_some(valid);
        }
        let blocks = streams.map(|stream| Ok(LmBlocks::new(block_size).cut(stream)?))?;
        self.encoded = Some(Encoded { streams, blocks, block_size });
        Ok(())
    }

    fn note(&self, console: Console) {
        let Some(encoded) = &self.encoded else { return };
        for (name, set) in encoded.blocks.iter() {
            note_set(console, name, "block", (set.len(), set.n_tokens(), 0));
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
        let batching = self.plan.batching();
        let train = match self.plan.options.stream {
            true => {
                let (stream, block_size) = (encoded.streams.train()?, encoded.block_size);
                // As many tokens as the text has are an epoch.
                let batches = (stream.len() / (batching.batch_size * block_size)).max(1) as u64;
                LmRows::Random { stream, block_size, batches }
            }
            false => LmRows::Blocks(encoded.blocks.train()?),
        };
        let task = CausalTask {
            model: model.causal_lm()?,
            store,
            train,
            valid: encoded.blocks.valid.as_ref(),
            loss: CrossEntropy {
                label_smoothing: self.plan.optimization.label_smoothing,
                ..CrossEntropy::default()
            },
            batching,
        };
        Ok(trainer.fit(&task, observer))
    }

    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>> {
        let Some(set) = self.encoded()?.blocks.get(set) else { return Ok(None) };
        let report = evaluate_causal_lm(model.causal_lm()?, set)?;
        Ok(Some(Evaluated { report, n_examples: set.len(), labels: Vec::new() }))
    }

    fn describe(&self) -> Value {
        describe(&self.texts, |set| (set.name.clone(), set.corpus.examples().len()))
    }
}
