//! `qa`: answers that are spans of a text.

use std::path::Path;

use anyhow::{Context, Result};
use sconce_models::{AnyModel, Head, PretrainedConfig};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{
    Need, QaCorpus, QaDataset, QaExample, QaReadOptions, Tokenizer, Windows,
};
use sconce_training::{
    AnswerOptions, AnswerTask, Failure, History, Observer, Questions as Asked, Trainer,
    evaluate_answerer,
};
use serde_json::Value;

use super::{
    Evaluated, Files, Job, Limit, Plan, Set, Sets, describe, note_set, parts, random_split,
};
use crate::console::Console;
use crate::table::count;

/// Tokens of a question with a part of its text where nothing else is said.
pub const MAX_LENGTH: usize = 384;

#[derive(Debug)]
struct Questions {
    name: String,
    examples: Vec<QaExample>,
}

/// The job.
pub struct Answer<'a> {
    plan: Plan<'a>,
    questions: Sets<Questions>,
    encoded: Option<Sets<QaDataset>>,
}

/// Reads the files.
pub fn read<'a>(plan: Plan<'a>, files: &Files) -> Result<Answer<'a>> {
    let options = QaReadOptions {
        lossy: plan.columns.lossy,
        answers: Need::Required,
        ..QaReadOptions::default()
    };
    let mut questions = Sets::read(files, |path: &Path| {
        let examples = QaCorpus::read(path, &options)?.into_examples();
        Ok(Questions { name: path.display().to_string(), examples })
    })?;
    questions.divide(files.valid_ratio, |all, ratio| {
        let split = random_split(all.examples.len(), ratio, plan.seed, &all.name)?;
        Ok(parts(split, ratio, &all.name, &all.examples, |name, examples| Questions {
            name,
            examples,
        }))
    })?;
    Ok(Answer { plan, questions, encoded: None })
}

impl Answer<'_> {
    fn encoded(&self) -> Result<&Sets<QaDataset>> {
        self.encoded.as_ref().context("the questions are not encoded yet")
    }

    fn options(&self) -> AnswerOptions {
        AnswerOptions {
            n_best: self.plan.options.n_best as usize,
            max_answer_length: self.plan.options.max_answer_length as usize,
            ..AnswerOptions::default()
        }
    }
}

impl Job for Answer<'_> {
    fn default_length(&self) -> Option<usize> {
        Some(MAX_LENGTH)
    }

    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String> {
        config.with_head(Head::QuestionAnswering)
    }

    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()> {
        let stride = self.plan.options.stride as usize;
        let windows = Windows { max_length: limit.tokens(), stride };
        let encoded = self.questions.map(|Questions { name, examples }| {
            QaDataset::encode(tokenizer, examples, &windows).with_context(|| name.clone())
        })?;
        self.encoded = Some(encoded);
        Ok(())
    }

    fn note(&self, console: Console) {
        for (name, set) in self.encoded.iter().flat_map(Sets::iter) {
            let (rows, questions) = (set.encoded(), count(set.n_examples(), "question"));
            note_set(console, name, "window", (rows.len(), rows.n_tokens(), 0));
            console.note(format_args!("    of {questions}"));
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
        let valid = encoded.valid.as_ref().zip(self.questions.valid.as_ref());
        let task = AnswerTask {
            model: model.question_answerer()?,
            store,
            train: encoded.train()?,
            valid: valid
                .map(|(windows, questions)| Asked { windows, examples: &questions.examples }),
            options: self.options(),
            batching: self.plan.batching(),
        };
        Ok(trainer.fit(&task, observer))
    }

    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>> {
        let (windows, questions) = (self.encoded()?.get(set), self.questions.get(set));
        let Some((windows, questions)) = windows.zip(questions) else { return Ok(None) };
        let asked = Asked { windows, examples: &questions.examples };
        let report = evaluate_answerer(model.question_answerer()?, asked, &self.options())?;
        Ok(Some(Evaluated { report, n_examples: questions.examples.len(), labels: Vec::new() }))
    }

    fn describe(&self) -> Value {
        describe(&self.questions, |set| (set.name.clone(), set.examples.len()))
    }
}
