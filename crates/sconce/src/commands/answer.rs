//! `sconce answer`: a question, answered from a text.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use sconce_export::AnswerOptions;

use super::predict::{AnswerRow, answer_line};
use crate::failure::usage;
use crate::options::{LengthOptions, RunOptions, SourceOptions};

const EXAMPLES: &str = "\
Examples:
  sconce answer --model squad --question \"Who sleeps?\" --context \"A cat sleeps on the mat.\"
  sconce answer --model squad --question \"When?\" --context-file report.txt --top-k 3 --json";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce answer --model DIR --question TEXT --context TEXT [OPTIONS]\n       sconce answer --model DIR --question TEXT --context-file FILE [OPTIONS]"
)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// The question
    #[arg(long, value_name = "TEXT", required_unless_present = "config")]
    question: Option<String>,
    /// The text that holds the answer
    #[arg(long, value_name = "TEXT", conflicts_with = "context_file")]
    context: Option<String>,
    /// A file with the text
    #[arg(long, value_name = "FILE")]
    context_file: Option<PathBuf>,
    /// How many answers to give, the most probable first
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    /// Allow that there is no answer
    #[arg(long)]
    no_answer: bool,
    /// Tokens that an answer may have [default: as in training, or 30]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_answer_length: Option<u32>,
    /// Tokens that neighbouring windows of a long text share [default: as in training, or what fits]
    #[arg(long, value_name = "N")]
    stride: Option<u32>,
    #[command(flatten)]
    length: LengthOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Answers a question.
pub fn run(options: &Options) -> Result<()> {
    let missing = |flag: &str| usage(format_args!("{flag} is required, as a flag or a key"));
    let question = options.question.as_deref().ok_or_else(|| missing("--question"))?;
    let context = match (&options.context, &options.context_file) {
        (Some(context), None) => context.clone(),
        (None, Some(path)) => {
            fs::read_to_string(path).with_context(|| path.display().to_string())?
        }
        (None, None) => return Err(missing("--context or --context-file")),
        (Some(_), Some(_)) => return Err(usage("give --context or --context-file, not both")),
    };
    let runtime = options.run.start()?;
    let predictor = options.length.predictor(options.source.open(&runtime)?);
    let default = predictor.answer_options();
    let length = options.max_answer_length.map(|length| length as usize);
    let answering = AnswerOptions {
        n_best: options.top_k as usize,
        max_answer_length: length.unwrap_or(default.max_answer_length),
        stride: options.stride.map(|stride| stride as usize),
        allow_none: options.no_answer,
    };
    for answered in predictor.answer(&[(question, &context)], &answering)? {
        runtime.output.json(&AnswerRow::new(None, question, &answered))?;
        let lines = answer_line(&answered).replace("  ", "\n");
        runtime.output.text(format_args!("{lines}\n"))?;
    }
    Ok(())
}
