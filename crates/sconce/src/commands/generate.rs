//! `sconce generate`: texts continued.

use std::io::{self, Read, Write};
use std::ops::ControlFlow;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use sconce_export::{GenerateOptions, GeneratedToken, Generation, Predictor};
use serde::Serialize;
use serde_json::json;

use super::predict::placed;
use crate::failure::usage;
use crate::options::{
    GenerationOptions, LengthOptions, RunOptions, Runtime, SourceOptions, note_truncated,
};
use crate::table::count;

const EXAMPLES: &str = "\
Examples:
  sconce generate --model gpt2 --prompt \"Once upon a time\" --stream
  sconce generate --model llama --prompt \"Dear\" --temperature 0.8 --top-p 0.9 --seed 1 --n 3
  sconce generate --model gpt2 --beams 4 --max-tokens 40 --json < prompt.txt";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce generate --model DIR --prompt TEXT [OPTIONS]\n       sconce generate --model DIR [OPTIONS] < FILE"
)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// What the text begins with; may be given several times [default: all of stdin]
    #[arg(long, value_name = "TEXT")]
    prompt: Vec<String>,
    /// Write the text as it comes
    #[arg(long)]
    stream: bool,
    /// Leave the prompt out of what is written
    #[arg(long)]
    only_new: bool,
    /// With --json: log-probability of each token, and of so many others in its place
    #[arg(long, value_name = "N", num_args = 0..=1, require_equals = true, default_missing_value = "0")]
    logprobs: Option<u32>,
    #[command(flatten)]
    length: LengthOptions,
    #[command(flatten)]
    generation: GenerationOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// A continuation as a JSON object.
#[derive(Serialize)]
struct Row<'a> {
    prompt: &'a str,
    text: &'a str,
    full_text: String,
    finish: &'a str,
    n_tokens: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
    /// Of all texts of the run together.
    tokens_per_second: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    tokens: Option<&'a [GeneratedToken]>,
}

/// Continues texts.
pub fn run(options: &Options) -> Result<()> {
    if options.stream && options.prompt.len() > 1 {
        return Err(usage("--stream takes one --prompt"));
    }
    let runtime = options.run.start()?;
    let predictor = options.length.predictor(options.source.open(&runtime)?);
    // Before stdin is waited for: the model is one for this, and the settings make sense.
    predictor.bundle().model.causal_lm().map_err(sconce_export::Error::from)?;
    let config = options.generation.over(predictor.generation_config()?)?;
    let log_probs = options.logprobs.filter(|_| options.run.common.json).map(|n| n as usize);
    let generation = GenerateOptions { config, log_probs };
    let prompts = options.prompts()?;
    if options.stream {
        return options.stream(&predictor, &prompts, &generation, &runtime);
    }
    let started = Instant::now();
    let texts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let found = predictor.generate(&texts, &generation);
    let found = found.map_err(|error| placed(error, &|index| format!("prompt {}", index + 1)))?;
    let rate = Rate::new(&found.rows, started);
    for row in &found.rows {
        let prompt = texts[row.prompt];
        options.write(prompt, row, rate, &runtime)?;
        let begin = if options.only_new { "" } else { prompt };
        runtime.output.text(format_args!("{begin}{}\n", row.text))?;
    }
    note_truncated(found.n_truncated, texts.len(), &predictor, runtime.console);
    rate.note(&runtime);
    Ok(())
}

impl Options {
    fn prompts(&self) -> Result<Vec<String>> {
        if !self.prompt.is_empty() {
            return Ok(self.prompt.clone());
        }
        let mut prompt = String::new();
        io::stdin().read_to_string(&mut prompt).context("stdin: cannot be read as UTF-8")?;
        // The line feed at the end of a file is no part of a prompt.
        Ok(vec![prompt.trim_end_matches(['\n', '\r']).to_owned()])
    }

    fn stream(
        &self,
        predictor: &Predictor,
        prompts: &[String],
        generation: &GenerateOptions,
        runtime: &Runtime,
    ) -> Result<()> {
        let prompt = prompts.first().map(String::as_str).unwrap_or_default();
        let started = Instant::now();
        let mut failed = None;
        let show = |text: &str| -> io::Result<()> {
            runtime.output.json(&json!({ "event": "text", "text": text }))?;
            runtime.output.text(text)?;
            io::stdout().flush()
        };
        if !self.only_new {
            runtime.output.text(prompt)?;
        }
        let found = predictor.generate_streamed(prompt, generation, |text| match show(text) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failed = Some(error);
                ControlFlow::Break(())
            }
        });
        let found = found.map_err(|error| placed(error, &|_| "the prompt".into()))?;
        if let Some(error) = failed {
            return Err(error.into());
        }
        runtime.output.text("\n")?;
        let rate = Rate::new(&found.rows, started);
        found.rows.iter().try_for_each(|row| self.write(prompt, row, rate, runtime))?;
        note_truncated(found.n_truncated, 1, predictor, runtime.console);
        rate.note(runtime);
        Ok(())
    }

    /// Writes the object of a continuation.
    fn write(&self, prompt: &str, row: &Generation, rate: Rate, runtime: &Runtime) -> Result<()> {
        Ok(runtime.output.json(&Row {
            prompt,
            text: &row.text,
            full_text: format!("{prompt}{}", row.text),
            finish: row.finish,
            n_tokens: row.tokens.len(),
            score: row.score,
            tokens_per_second: rate.tokens_per_second(),
            tokens: self.logprobs.map(|_| row.tokens.as_slice()),
        })?)
    }
}

/// How fast it was.
#[derive(Debug, Clone, Copy)]
struct Rate {
    n_tokens: usize,
    seconds: f64,
}

impl Rate {
    fn new(rows: &[Generation], started: Instant) -> Self {
        let n_tokens = rows.iter().map(|row| row.tokens.len()).sum();
        Self { n_tokens, seconds: started.elapsed().as_secs_f64() }
    }

    fn tokens_per_second(self) -> f64 {
        self.n_tokens as f64 / self.seconds
    }

    fn note(self, runtime: &Runtime) {
        let (tokens, seconds) = (count(self.n_tokens, "token"), self.seconds);
        let rate = self.tokens_per_second();
        runtime.console.note(format_args!("{tokens} in {seconds:.2} s, {rate:.1} a second"));
    }
}
