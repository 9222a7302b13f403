//! `sconce predict`: what a model of any kind says of texts.

use std::io::{self, BufWriter, Write};

use anyhow::{Result, anyhow, bail};
use clap::Args;
use sconce_export::{Aggregation, Error, GenerateOptions, Predictor};
use sconce_models::{AnyModel, GenerationConfig};
use sconce_text_pipeline::Input;
use serde::Serialize;

use crate::failure::usage;
use crate::options::values::named;
use crate::options::{
    GenerationOptions, Item, LengthOptions, Pairs, Place, RunOptions, SourceOptions, TextsOptions,
    note_truncated,
};

mod classify;
mod given;
mod questions;
mod rows;
mod tagged;

pub use self::classify::{Row, line};
pub use self::questions::{AnswerRow, answer_line};
pub use self::rows::MaskRow;

const EXAMPLES: &str = "\
Examples:
  sconce predict --model my-model \"a gem of a film\" \"two hours I want back\"
  sconce predict --model my-model --input new.csv --json > labels.jsonl
  sconce predict --model pairs \"A cat sleeps.\" --pair \"An animal rests.\"
  sconce predict --model tagger --input new.conll
  sconce predict --model squad --input questions.json --no-answer --json
  tail -f posts.txt | sconce predict --model my-model --input -";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce predict --model DIR [OPTIONS] [TEXT]...\n       sconce predict --model DIR --input FILE|- [OPTIONS]"
)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// Second text of a pair, beside one TEXT
    #[arg(long, value_name = "TEXT")]
    pair: Option<String>,
    /// How many labels, answers or words behind a mask to give, the most probable first
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    #[command(flatten)]
    length: LengthOptions,
    #[command(flatten)]
    texts: TextsOptions,
    #[command(flatten)]
    single: SingleOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Settings of single tasks.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Single tasks")]
pub struct SingleOptions {
    /// Several labels: the probability from which on one applies
    #[arg(long, value_name = "P", default_value_t = sconce_export::THRESHOLD)]
    threshold: f32,
    /// Tags: how the tokens of a word decide on its label: simple, first, average or max
    #[arg(long, value_name = "NAME", default_value = "first", value_parser = named::<Aggregation>(&Aggregation::NAMES))]
    aggregation: Aggregation,
    /// Tags: column of the words in a file of words
    #[arg(long, value_name = "COLUMN")]
    token_column: Option<String>,
    /// Answers: allow that there is none
    #[arg(long)]
    no_answer: bool,
    /// Answers: tokens that one may have [default: as in training, or 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_answer_length: Option<u32>,
    /// Answers: tokens that neighbouring windows of a long text share [default: as in training, or
    /// what fits]
    #[arg(long, value_name = "N")]
    stride: Option<u32>,
    /// Continued texts: new tokens at most [default: the model's setting, or 128]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_tokens: Option<u64>,
}

/// Predicts, and writes results as they come.
pub fn run(options: &Options) -> Result<()> {
    options.texts.check("predict")?;
    if options.pair.is_some() && options.texts.texts.len() != 1 {
        return Err(usage("--pair goes with one TEXT"));
    }
    let runtime = options.run.start()?;
    let predictor = options.length.predictor(options.source.open(&runtime)?);
    let mut writer = Writer::new(predictor, options)?;
    match (&writer.predictor.bundle().model, &options.texts.input) {
        (AnyModel::QuestionAnswerer(_), Some(path)) => {
            let path = path.clone();
            writer.answer_all(&path, options)?;
        }
        (AnyModel::QuestionAnswerer(_), None) => {
            return Err(usage(
                "the model answers questions: give them with --input FILE, or use `sconce answer`",
            ));
        }
        (AnyModel::TokenClassifier(_), Some(path)) if given::is_of_words(path, &options.single) => {
            let path = path.clone();
            writer.tag_words(&path, options)?;
        }
        _ => writer.predict_all(options)?,
    }
    let Writer { predictor, n_truncated, n, .. } = writer;
    note_truncated(n_truncated, n, &predictor, runtime.console);
    Ok(())
}

/// Predicts and writes.
struct Writer<W: Write> {
    predictor: Predictor,
    top_k: usize,
    single: SingleOptions,
    generation: GenerateOptions,
    json: bool,
    out: W,
    n: usize,
    n_truncated: usize,
}

impl Writer<BufWriter<io::Stdout>> {
    fn new(predictor: Predictor, options: &Options) -> Result<Self> {
        let config = match &predictor.bundle().model {
            AnyModel::CausalLm(_) => generation(&predictor, options.single.max_tokens)?,
            _ => GenerationConfig::default(),
        };
        Ok(Self {
            predictor,
            top_k: options.top_k as usize,
            single: options.single.clone(),
            generation: GenerateOptions { config, log_probs: None },
            json: options.run.common.json,
            out: BufWriter::new(io::stdout()),
            n: 0,
            n_truncated: 0,
        })
    }
}

/// The model's settings of generation.
fn generation(predictor: &Predictor, max_tokens: Option<u64>) -> Result<GenerationConfig> {
    let options = GenerationOptions { max_tokens, seed: 42, ..GenerationOptions::default() };
    options.over(predictor.generation_config()?)
}

impl<W: Write> Writer<W> {
    fn predict_all(&mut self, options: &Options) -> Result<()> {
        let bundle = self.predictor.bundle();
        let pairs = match &bundle.model {
            AnyModel::SequenceClassifier(_) if bundle.manifest.task == "pair" => Pairs::Always,
            AnyModel::SequenceClassifier(_) => Pairs::Perhaps,
            _ => Pairs::Never,
        };
        // A pair of lines has a tab, if pairs are asked for.
        let asks = options.texts.columns.pair_column.is_some();
        let pairs = if pairs == Pairs::Perhaps && asks { Pairs::Always } else { pairs };
        options.texts.for_each(pairs, &mut |items, place| match &options.pair {
            None => self.predict(items, place),
            Some(pair) => {
                let with = |item: &Item| Item { pair: Some(pair.clone()), ..item.clone() };
                self.predict(&items.iter().map(with).collect::<Vec<_>>(), place)
            }
        })
    }

    fn predict(&mut self, items: &[Item], place: Place<'_>) -> Result<()> {
        let needs_pairs = self.predictor.bundle().manifest.task == "pair";
        if needs_pairs && let Some(at) = items.iter().position(|item| item.pair.is_none()) {
            bail!("{}: the model takes pairs of texts; give the second with --pair", place(at));
        }
        let inputs: Vec<Input<'_>> = items.iter().map(input).collect();
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let placed = |error| placed(error, place);
        let n_truncated = match &self.predictor.bundle().model {
            AnyModel::SequenceClassifier(_) => {
                let found =
                    self.predictor.classify(&inputs, self.single.threshold).map_err(placed)?;
                self.classified(items, &found.rows)?;
                found.n_truncated
            }
            AnyModel::TokenClassifier(_) => {
                let found = self.predictor.tag(&inputs, self.single.aggregation).map_err(placed)?;
                self.tagged(&found.rows, false)?;
                found.n_truncated
            }
            AnyModel::MaskedLm(_) => {
                let found = self.predictor.fill_mask(&texts, self.top_k).map_err(placed)?;
                self.filled(&texts, &found.rows)?;
                found.n_truncated
            }
            AnyModel::SentenceEncoder(_) => {
                let found = self.predictor.embed(&texts).map_err(placed)?;
                self.embedded(&texts, &found.rows)?;
                found.n_truncated
            }
            AnyModel::CausalLm(_) => {
                let found = self.predictor.generate(&texts, &self.generation).map_err(placed)?;
                self.generated(&texts, &found.rows)?;
                found.n_truncated
            }
            AnyModel::QuestionAnswerer(_) => {
                return Err(usage("the model answers questions: use `sconce answer`"));
            }
        };
        self.count(items.len(), n_truncated)
    }

    fn count(&mut self, n: usize, n_truncated: usize) -> Result<()> {
        self.n += n;
        self.n_truncated += n_truncated;
        Ok(self.out.flush()?)
    }

    /// Writes an object or a line.
    fn write(&mut self, object: &impl Serialize, line: impl FnOnce() -> String) -> Result<()> {
        let line = if self.json { serde_json::to_string(object)? } else { line() };
        Ok(writeln!(self.out, "{line}")?)
    }
}

fn input(item: &Item) -> Input<'_> {
    match &item.pair {
        None => Input::Text(&item.text),
        Some(pair) => Input::Pair(&item.text, pair),
    }
}

/// The error with the place of its text.
pub fn placed(error: Error, place: Place<'_>) -> anyhow::Error {
    match error {
        Error::TooLong { index, n_tokens, max_length } => anyhow!(
            "{}: {n_tokens} tokens are more than the {max_length} allowed; shorten the text, or \
             leave out --no-truncate",
            place(index)
        ),
        Error::NoMask { index, reason, mask } => {
            anyhow!("{}: {reason}; write {mask} where a word is to be found", place(index))
        }
        other => other.into(),
    }
}

#[cfg(test)]
mod tests;
