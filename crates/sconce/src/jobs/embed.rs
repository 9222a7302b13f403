//! `embed`: one vector for each text.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sconce_models::{AnyModel, Head, PretrainedConfig, SentenceModules};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{Corpus, LabelKind, Need, ReadOptions, TextColumns, Tokenizer};
use sconce_training::{
    CoSent, EmbedLoss, EmbedTask, Failure, History, InBatchNegatives, Observer, Trainer,
    evaluate_encoder,
};
use serde_json::Value;

use super::{
    Evaluated, Files, Job, Limit, Plan, Set, Sets, describe, note_set, parts, random_split,
};
use crate::console::Console;
use crate::options::EmbedLoss as Choice;

/// Tokens of a text where nothing else is said.
const MAX_LENGTH: usize = 128;

#[derive(Debug)]
struct Pairs {
    name: String,
    corpus: Corpus,
}

impl Pairs {
    fn has_scores(&self) -> bool {
        self.corpus.labels().is_some()
    }
}

/// The job.
pub struct Embed<'a> {
    plan: Plan<'a>,
    loss: Choice,
    pairs: Sets<Pairs>,
    encoded: Option<Sets<TextColumns>>,
}

/// Reads the files: pairs of texts, perhaps with scores, perhaps with texts that do not belong to the
/// first.
pub fn read<'a>(plan: Plan<'a>, files: &Files) -> Result<Embed<'a>> {
    let options = ReadOptions {
        kind: LabelKind::Number,
        pairs: Need::Required,
        ..plan.columns.read_options(Need::Optional)
    };
    let mut pairs = Sets::read(files, |path: &Path| {
        let corpus = Corpus::read(path, &options)?;
        Ok(Pairs { name: path.display().to_string(), corpus })
    })?;
    let has_scores = pairs.train.as_ref().is_some_and(Pairs::has_scores);
    let loss = plan.options.loss.unwrap_or(match has_scores {
        true => Choice::Cosent,
        false => Choice::Mnr,
    });
    if let (Choice::Cosent, Some(train)) = (loss, &pairs.train)
        && !has_scores
    {
        bail!(
            "{}: --loss cosent needs a score for each pair; name its column with --label-column",
            train.name
        );
    }
    pairs.divide(files.valid_ratio, |all, ratio| {
        let examples = all.corpus.examples();
        let split = random_split(examples.len(), ratio, plan.seed, &all.name)?;
        Ok(parts(split, ratio, &all.name, examples, |name, examples| Pairs {
            name,
            corpus: Corpus::from(examples),
        }))
    })?;
    Ok(Embed { plan, loss, pairs, encoded: None })
}

impl Embed<'_> {
    fn encoded(&self) -> Result<&Sets<TextColumns>> {
        self.encoded.as_ref().context("the texts are not encoded yet")
    }

    fn loss(&self) -> EmbedLoss {
        let scale = self.plan.options.scale;
        match self.loss {
            Choice::Cosent => EmbedLoss::CoSent(CoSent { scale }),
            Choice::Mnr => EmbedLoss::InBatchNegatives(InBatchNegatives {
                scale,
                ..InBatchNegatives::default()
            }),
        }
    }
}

impl Job for Embed<'_> {
    fn default_length(&self) -> Option<usize> {
        Some(MAX_LENGTH)
    }

    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String> {
        let mut config = config.with_head(Head::None)?;
        let mut modules: SentenceModules = config.sentence.take().unwrap_or_default();
        if let Some(pooling) = self.plan.options.pooling {
            modules.pooling = vec![pooling.0];
        }
        if let Some(normalize) = self.plan.options.normalize {
            modules.normalize = normalize;
        }
        config.sentence = Some(modules);
        Ok(config)
    }

    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()> {
        let max_length = limit.max_length();
        let encoded = self.pairs.map(|Pairs { name, corpus }| {
            TextColumns::encode(tokenizer, corpus, max_length).with_context(|| name.clone())
        })?;
        self.encoded = Some(encoded);
        Ok(())
    }

    fn note(&self, console: Console) {
        for (name, set) in self.encoded.iter().flat_map(Sets::iter) {
            let n_tokens = set.columns().iter().map(|column| column.n_tokens()).sum();
            note_set(console, name, "row", (set.len(), n_tokens, set.n_truncated()));
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
        let task = EmbedTask {
            model: model.sentence_encoder()?,
            store,
            train: encoded.train()?,
            valid: encoded.valid.as_ref(),
            loss: self.loss(),
            batching: self.plan.batching(),
        };
        Ok(trainer.fit(&task, observer))
    }

    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>> {
        let Some(set) = self.encoded()?.get(set) else { return Ok(None) };
        let batch_size = self.plan.optimization.batch_size();
        let report = evaluate_encoder(model.sentence_encoder()?, set, batch_size)?;
        Ok(Some(Evaluated { report, n_examples: set.len(), labels: Vec::new() }))
    }

    fn describe(&self) -> Value {
        describe(&self.pairs, |set| (set.name.clone(), set.corpus.examples().len()))
    }
}
