//! `classify`, `regress` and `pair`: labels or a number for each text or pair of texts.

use std::path::Path;

use anyhow::{Context, Result, bail};
use sconce_models::{AnyModel, Head, PretrainedConfig, ProblemType};
use sconce_ops::ParamStore;
use sconce_text_pipeline::{
    Corpus, EncodedDataset, LabelKind, Labels, MaxLength, Need, ReadOptions, Split, Targets,
    Tokenizer, Truncate,
};
use sconce_training::{
    ClassifyTask, CrossEntropy, Failure, History, Observer, Trainer, evaluate_classifier,
};
use serde_json::Value;

use super::{
    Evaluated, Files, Job, Limit, Plan, Set, Sets, are_same, describe, note_set, parts,
    random_split,
};
use crate::console::Console;
use crate::options::{ClassWeights, Task};
use crate::table::list;
use crate::training::loss;

/// Tokens of a text where nothing else is said.
const MAX_LENGTH: usize = 128;

/// A file's rows.
#[derive(Debug)]
struct Rows {
    name: String,
    corpus: Corpus,
}

/// What the outputs of the model are called.
#[derive(Debug)]
enum Names {
    /// Labels that rows have.
    Labels(Labels),
    /// The number that each row has.
    Number(String),
}

impl Names {
    fn all(&self) -> Vec<String> {
        match self {
            Self::Labels(labels) => labels.names().to_vec(),
            Self::Number(name) => vec![name.clone()],
        }
    }
}

/// The job.
pub struct Sequence<'a> {
    plan: Plan<'a>,
    problem_type: ProblemType,
    is_paired: bool,
    labels: Names,
    rows: Sets<Rows>,
    encoded: Option<Sets<EncodedDataset>>,
}

/// Reads the files.
pub fn read<'a>(plan: Plan<'a>, files: &Files) -> Result<Sequence<'a>> {
    let problem_type = match plan.task {
        Task::Regress => ProblemType::Regression,
        Task::Classify if plan.options.multi_label => ProblemType::MultiLabelClassification,
        _ => ProblemType::SingleLabelClassification,
    };
    let options = read_options(&plan, problem_type);
    let mut rows = Sets::read(files, |path: &Path| {
        let corpus = Corpus::read(path, &options)?;
        Ok(Rows { name: path.display().to_string(), corpus })
    })?;
    let is_paired = |rows: &Rows| rows.corpus.pairs().is_some();
    let paired: Vec<bool> = rows.iter().map(|(_, rows)| is_paired(rows)).collect();
    if paired.iter().any(|is_paired| *is_paired != paired[0]) {
        bail!(
            "some files have a second text in each row and others have none; name it with --pair-column"
        );
    }
    let labels = labels(&plan, problem_type, &rows)?;
    rows.divide(files.valid_ratio, |train, ratio| {
        divide(train, ratio, problem_type, &labels, plan.seed)
    })?;
    let is_paired = paired.first().copied().unwrap_or_default();
    let job = Sequence { plan, problem_type, is_paired, labels, rows, encoded: None };
    // A label that the model does not have is found before anything long begins.
    job.rows.map(|rows| job.targets(rows).map(|_| ()))?;
    Ok(job)
}

fn read_options(plan: &Plan<'_>, problem_type: ProblemType) -> ReadOptions {
    let kind = match problem_type {
        ProblemType::SingleLabelClassification => LabelKind::Class,
        ProblemType::MultiLabelClassification => {
            LabelKind::Several { separator: plan.options.label_separator }
        }
        ProblemType::Regression => LabelKind::Number,
    };
    let pairs = if plan.task == Task::Pair { Need::Required } else { Need::Optional };
    ReadOptions { kind, pairs, ..plan.columns.read_options(Need::Required) }
}

fn labels(plan: &Plan<'_>, problem_type: ProblemType, rows: &Sets<Rows>) -> Result<Names> {
    if problem_type == ProblemType::Regression {
        let given = plan.labels.and_then(|names| names.first().cloned());
        let columns = rows.iter().next().and_then(|(_, rows)| rows.corpus.columns());
        // A column without a name is called by its number, which says nothing here.
        let column = columns.and_then(|columns| columns.label.clone());
        let column = column.filter(|name| name.parse::<usize>().is_err());
        return Ok(Names::Number(given.or(column).unwrap_or_else(|| "score".into())));
    }
    if let Some(names) = plan.labels {
        return Ok(Names::Labels(Labels::from_names(names.to_vec())?));
    }
    let Rows { name, corpus } = rows.train()?;
    let found = if problem_type == ProblemType::MultiLabelClassification {
        Labels::build(corpus.label_sets().into_iter().flatten())
    } else {
        let given = corpus.labels().with_context(|| format!("{name}: some rows have no label"))?;
        Labels::build(given)
    };
    Ok(Names::Labels(found.with_context(|| name.clone())?))
}

fn divide(
    rows: &Rows,
    ratio: f64,
    problem_type: ProblemType,
    names: &Names,
    seed: u64,
) -> Result<Option<(Rows, Rows)>> {
    let corpus = &rows.corpus;
    let split = match (problem_type, names, corpus.labels()) {
        (ProblemType::SingleLabelClassification, Names::Labels(labels), Some(given)) => {
            let split = Split::stratified(&labels.ids(given)?, ratio, seed)?;
            (!split.test.is_empty()).then_some(split)
        }
        _ => random_split(corpus.examples().len(), ratio, seed, &rows.name)?,
    };
    Ok(parts(split, ratio, &rows.name, corpus.examples(), |name, examples| Rows {
        name,
        corpus: Corpus::from(examples),
    }))
}

impl Sequence<'_> {
    fn targets(&self, rows: &Rows) -> Result<Targets> {
        let targets = match (&self.labels, self.problem_type) {
            (Names::Number(_), _) => rows.corpus.numbers(),
            (Names::Labels(labels), ProblemType::MultiLabelClassification) => {
                rows.corpus.multi_hot(labels)
            }
            (Names::Labels(labels), _) => rows.corpus.classes(labels),
        };
        // The error names file and line.
        Ok(targets?)
    }

    fn encode_rows(
        &self,
        tokenizer: &dyn Tokenizer,
        rows: &Rows,
        max_length: MaxLength,
    ) -> Result<EncodedDataset> {
        let targets = self.targets(rows)?;
        let encoded = match rows.corpus.pairs().filter(|_| self.is_paired) {
            Some(pairs) => EncodedDataset::encode_pairs(
                tokenizer,
                &pairs,
                targets,
                max_length,
                Truncate::LongestFirst,
            ),
            None => EncodedDataset::encode(tokenizer, &rows.corpus.texts(), targets, max_length),
        };
        encoded.with_context(|| rows.name.clone())
    }

    /// Whether weights are asked for that are counted from one label for each text.
    fn is_unweighable(&self) -> bool {
        let weights = self.plan.optimization.class_weights.as_ref();
        weights == Some(&ClassWeights::Balanced)
            && self.problem_type == ProblemType::MultiLabelClassification
    }

    fn encoded(&self) -> Result<&Sets<EncodedDataset>> {
        self.encoded.as_ref().context("the texts are not encoded yet")
    }
}

impl Job for Sequence<'_> {
    fn default_length(&self) -> Option<usize> {
        Some(MAX_LENGTH)
    }

    fn adopt(&mut self, labels: &[String]) -> Result<()> {
        if let Names::Labels(own) = &mut self.labels
            && are_same(labels, own.names())
        {
            *own = Labels::from_names(labels.to_vec())?;
        }
        Ok(())
    }

    fn configure(&self, config: PretrainedConfig) -> Result<PretrainedConfig, String> {
        let config = config.with_head(Head::SequenceClassification)?;
        Ok(config.with_labels(self.labels.all()).with_problem_type(self.problem_type))
    }

    fn encode(&mut self, tokenizer: &dyn Tokenizer, limit: Limit) -> Result<()> {
        let max_length = limit.max_length();
        let encoded = self.rows.map(|rows| self.encode_rows(tokenizer, rows, max_length))?;
        self.encoded = Some(encoded);
        Ok(())
    }

    fn note(&self, console: Console) {
        let what = if self.is_paired { "pair" } else { "text" };
        for (name, set) in self.encoded.iter().flat_map(Sets::iter) {
            note_set(console, name, what, (set.len(), set.n_tokens(), set.n_truncated()));
        }
        if let Names::Labels(labels) = &self.labels {
            console.note(format_args!("  labels: {}", list(labels.names())));
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
        let train = encoded.train()?;
        let task = ClassifyTask {
            model: model.sequence_classifier()?,
            store,
            train,
            valid: encoded.valid.as_ref(),
            loss: match &self.labels {
                Names::Labels(_) if self.is_unweighable() => bail!(
                    "--class-weights balanced needs one label for each text; give a weight for each \
                     label, or leave it out"
                ),
                Names::Labels(labels) => loss(self.plan.optimization, train.labels(), labels)?,
                Names::Number(_) => CrossEntropy::default(),
            },
            batching: self.plan.batching(),
        };
        Ok(trainer.fit(&task, observer))
    }

    fn evaluate(&self, model: &AnyModel, set: Set) -> Result<Option<Evaluated>> {
        let Some(set) = self.encoded()?.get(set) else { return Ok(None) };
        let report = evaluate_classifier(model.sequence_classifier()?, set)?;
        let labels = self.labels.all();
        Ok(Some(Evaluated { report, n_examples: set.len(), labels }))
    }

    fn describe(&self) -> Value {
        describe(&self.rows, |rows| (rows.name.clone(), rows.corpus.examples().len()))
    }
}
