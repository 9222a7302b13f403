//! `tag`: a label for each word.

use std::path::Path;

use anyhow::{Context, Result};
use sconce_models::{AnyModel, Head, PretrainedConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{
    Labels, TagReadOptions, TagScheme, TaggedCorpus, TokenDataset, Tokenizer,
};
use sconce_training::{Failure, History, Observer, TagTask, Trainer, evaluate_tagger};
use serde_json::Value;

use super::{
    Evaluated, Files, Job, Limit, Plan, Set, Sets, are_same, describe, note_set, parts,
    random_split,
};
use crate::console::Console;
use crate::table::{count, list};
use crate::training::loss;

/// Tokens of a sentence where nothing else is said.
const MAX_LENGTH: usize = 256;

#[derive(Debug)]
struct Sentences {
    name: String,
    corpus: TaggedCorpus,
}

/// The job.
pub struct Tag<'a> {
    plan: Plan<'a>,
    labels: Labels,
    /// What the tags of the training set are.
    scheme: TagScheme,
    sentences: Sets<Sentences>,
    encoded: Option<Sets<TokenDataset>>,
}

/// Reads the files. Tags of the scheme IOB1 become BIO.
pub fn read<'a>(plan: Plan<'a>, files: &Files) -> Result<Tag<'a>> {
    let options = TagReadOptions {
        token_column: plan.options.token_column.clone(),
        tag_column: plan.columns.label_column.clone(),
        lossy: plan.columns.lossy,
        ..TagReadOptions::default()
    };
    let mut sentences = Sets::read(files, |path: &Path| {
        let name = path.display().to_string();
        let corpus = TaggedCorpus::read(path, &options)?;
        Ok(Sentences { name, corpus })
    })?;
    let first = sentences.iter().next().map(|(_, sentences)| sentences.corpus.scheme());
    let mut scheme = plan.options.scheme.or(first).unwrap_or(TagScheme::Plain);
    if plan.options.scheme.is_some() {
        for (_, Sentences { corpus, .. }) in sentences.iter() {
            corpus.check(scheme)?;
        }
    }
    if scheme == TagScheme::Iob1 {
        sentences = sentences.try_into_map(|Sentences { name, corpus }| {
            let corpus = corpus.convert(TagScheme::Iob1, TagScheme::Bio);
            Ok(Sentences { corpus: corpus.with_context(|| name.clone())?, name })
        })?;
        scheme = TagScheme::Bio;
    }
    let labels = match plan.labels {
        Some(names) => Labels::from_names(names.to_vec())?,
        None => {
            let Sentences { name, corpus } = sentences.train()?;
            Labels::build(corpus.tags()).with_context(|| name.clone())?
        }
    };
    sentences.divide(files.valid_ratio, |all, ratio| divide(all, ratio, plan.seed))?;
    Ok(Tag { plan, labels, scheme, sentences, encoded: None })
}

fn divide(all: &Sentences, ratio: f64, seed: u64) -> Result<Option<(Sentences, Sentences)>> {
    let sentences = all.corpus.sentences();
    let split = random_split(sentences.len(), ratio, seed, &all.name)?;
    Ok(parts(split, ratio, &all.name, sentences, |name, sentences| Sentences {
        name,
        corpus: TaggedCorpus::from(sentences),
    }))
}

impl Tag<'_> {
    fn encoded(&self) -> Result<&Sets<TokenDataset>> {
        self.encoded.as_ref().context("the sentences are not encoded yet")
    }
}

impl Job for Tag<'_> {
    fn default_length(&self) -> Option<usize> {
        Some(MAX_LENGTH)
    }

    fn adopt(&mut self, labels: &[String]) -> Result<()> {
        if are_same(labels, self.labels.names()) {
            self.labels = Labels::from_names(labels.to_vec())?;
        }
        Ok(())
    }

    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String> {
        Ok(config.with_head(Head::TokenClassification)?.with_labels(self.labels.names()))
    }

    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()> {
        let max_length = limit.max_length();
        let (labels, alignment) = (Some(&self.labels), self.plan.options.label_alignment);
        // Errors name file and line.
        let encoded = self.sentences.map(|Sentences { corpus, .. }| {
            Ok(TokenDataset::encode(tokenizer, corpus, labels, alignment, max_length)?)
        })?;
        self.encoded = Some(encoded);
        Ok(())
    }

    fn note(&self, console: Console) {
        for (name, set) in self.encoded.iter().flat_map(Sets::iter) {
            let rows = set.encoded();
            note_set(console, name, "sentence", (rows.len(), rows.n_tokens(), rows.n_truncated()));
            if set.n_words_lost() > 0 {
                let lost = count(set.n_words_lost(), "word");
                console.note(format_args!("    {lost} have no token and do not count"));
            }
        }
        let (labels, scheme) = (list(self.labels.names()), self.scheme.name());
        console.note(format_args!("  labels ({scheme}): {labels}"));
    }

    fn fit(
        &self,
        model: &AnyModel,
        store: &ParamStore,
        trainer: &Trainer,
        observer: &mut dyn Observer,
    ) -> Result<Result<History, Failure>> {
        let encoded = self.encoded()?;
        let train = encoded.train()?;
        let targets = train.encoded().targets().tokens().unwrap_or_default();
        let task = TagTask {
            model: model.token_classifier()?,
            store,
            train,
            valid: encoded.valid.as_ref(),
            loss: loss(self.plan.optimization, targets, &self.labels)?,
            batching: self.plan.batching(),
        };
        Ok(trainer.fit(&task, observer))
    }

    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>> {
        let Some(set) = self.encoded()?.get(set) else { return Ok(None) };
        let report = evaluate_tagger(model.token_classifier()?, set)?;
        let (n_examples, labels) = (set.encoded().len(), self.labels.names().to_vec());
        Ok(Some(Evaluated { report, n_examples, labels }))
    }

    fn describe(&self) -> Value {
        describe(&self.sentences, |set| (set.name.clone(), set.corpus.sentences().len()))
    }
}
