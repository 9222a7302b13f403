//! `sconce predict`.

use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use sconce_export::{Bundle, Prediction, Predictor};
use sconce_text_pipeline::{Corpus, Need};
use serde::Serialize;

use crate::failure::usage;
use crate::options::{ColumnOptions, HubOptions, RunOptions};
use crate::table::printable;

/// Texts that are predicted before results are written.
const CHUNK: usize = 1024;
/// Bytes of stdin that are read ahead.
const READ_AHEAD: usize = 1 << 20;

const EXAMPLES: &str = "\
Examples:
  sconce predict --model my-model \"a gem of a film\" \"two hours I want back\"
  sconce predict --model my-model --input new.csv --json > labels.jsonl
  tail -f posts.txt | sconce predict --model my-model --input -";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce predict --model DIR [OPTIONS] [TEXT]...\n       sconce predict --model DIR --input FILE|- [OPTIONS]"
)]
pub struct Options {
    /// Folder of the model, or its hub id
    #[arg(long, value_name = "DIR|ID", required_unless_present = "config")]
    model: Option<PathBuf>,
    /// Texts of a data file, or lines of stdin with `-`
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    /// Texts
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// How many labels to give for each text, the most probable first
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    #[command(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    hub: HubOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Predicts, and writes results as they come.
pub fn run(options: &Options) -> Result<()> {
    let Some(folder) = &options.model else {
        return Err(usage("--model is required, as a flag or a key"));
    };
    let source = match (&options.input, options.texts.is_empty()) {
        (Some(input), true) => Some(input),
        (None, false) => None,
        (Some(_), false) => return Err(usage("give texts or --input, not both")),
        (None, true) => {
            return Err(usage(
                "nothing to predict: give texts, --input FILE, or --input - (stdin)",
            ));
        }
    };
    let runtime = options.run.start()?;
    let folder = options.hub.folder(folder, runtime.console)?;
    let predictor = Predictor::new(Bundle::open(&folder, &runtime.device)?);
    let mut writer = Writer {
        predictor,
        top_k: options.top_k as usize,
        json: options.run.json,
        out: BufWriter::new(io::stdout()),
    };
    match source {
        None => writer.predict_all(&options.texts),
        Some(path) if path == Path::new("-") => {
            let stdin = BufReader::with_capacity(READ_AHEAD, io::stdin());
            predict_lines(stdin, options.columns.lossy, &mut writer)
        }
        Some(path) => {
            let corpus = Corpus::read(path, &options.columns.read_options(Need::Optional))?;
            writer.predict_all(&corpus.texts())
        }
    }
}

/// Predicts lines as they come: results are written when the input pauses or a chunk is full.
fn predict_lines(
    mut lines: BufReader<impl Read>,
    lossy: bool,
    writer: &mut Writer<impl Write>,
) -> Result<()> {
    let mut chunk = Vec::new();
    for number in 1.. {
        let mut line = Vec::new();
        let is_end = lines.read_until(b'\n', &mut line).context("stdin: cannot be read")? == 0;
        if !is_end {
            let text = text(line, number, lossy)?;
            // A byte order mark is no part of the first line.
            let mark = if number == 1 { "\u{feff}" } else { "" };
            chunk.push(text.strip_prefix(mark).unwrap_or(&text).to_owned());
        }
        if is_end || chunk.len() == CHUNK || !lines.buffer().contains(&b'\n') {
            writer.predict(&chunk)?;
            chunk.clear();
        }
        if is_end {
            break;
        }
    }
    Ok(())
}

fn text(line: Vec<u8>, number: usize, lossy: bool) -> Result<String> {
    let text = match String::from_utf8(line) {
        Ok(text) => text,
        Err(error) if lossy => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        Err(_) => bail!(
            "stdin:{number}: not valid UTF-8; convert the input, or replace bad bytes by U+FFFD \
             with --lossy"
        ),
    };
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// Predicts and writes.
struct Writer<W: Write> {
    predictor: Predictor,
    top_k: usize,
    json: bool,
    out: W,
}

impl<W: Write> Writer<W> {
    fn predict_all(&mut self, texts: &[impl AsRef<str>]) -> Result<()> {
        texts.chunks(CHUNK).try_for_each(|chunk| self.predict(chunk))
    }

    fn predict(&mut self, texts: &[impl AsRef<str>]) -> Result<()> {
        let texts: Vec<&str> = texts.iter().map(AsRef::as_ref).collect();
        for (text, prediction) in texts.iter().zip(self.predictor.predict(&texts)?) {
            let line = match self.json {
                true => serde_json::to_string(&Row::new(text, &prediction, self.top_k))?,
                false => line(text, &prediction, self.top_k),
            };
            writeln!(self.out, "{line}")?;
        }
        Ok(self.out.flush()?)
    }
}

/// A prediction as a JSON object. (Not by `json!`, which would widen the scores to `f64` and print
/// digits that they do not have.)
#[derive(Debug, Serialize)]
pub struct Row<'a> {
    text: &'a str,
    label: &'a str,
    score: f32,
    scores: Vec<Score<'a>>,
}

#[derive(Debug, Serialize)]
struct Score<'a> {
    label: &'a str,
    score: f32,
}

impl<'a> Row<'a> {
    /// With the `top_k` most probable labels.
    pub fn new(text: &'a str, prediction: &'a Prediction, top_k: usize) -> Self {
        let score = |(label, score): &'a (String, f32)| Score { label, score: *score };
        let scores = prediction.scores.iter().take(top_k).map(score).collect();
        Self { text, label: &prediction.label, score: prediction.score, scores }
    }
}

/// A prediction as a line: labels and scores, then the text.
pub fn line(text: &str, prediction: &Prediction, top_k: usize) -> String {
    let score = |(label, score): &(String, f32)| format!("{} {score:.4}", printable(label));
    let scores: Vec<String> = prediction.scores.iter().take(top_k).map(score).collect();
    format!("{}  {}", scores.join("  "), printable(text))
}

#[cfg(test)]
mod tests;
