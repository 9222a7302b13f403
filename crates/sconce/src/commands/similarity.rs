//! `sconce similarity`: how alike two texts are.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Args;
use serde::Serialize;

use super::embed::open_for_similarity;
use super::predict::placed;
use crate::failure::usage;
use crate::options::{
    ColumnOptions, Item, LengthOptions, Pairs, RunOptions, SourceOptions, TextsOptions,
    note_truncated,
};
use crate::table::printable;

const EXAMPLES: &str = "\
Examples:
  sconce similarity --model encoder \"a cat sleeps\" \"an animal rests\"
  sconce similarity --model encoder --input pairs.csv --json
  sconce similarity --model cross-encoder \"a question\" \"a text\"";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce similarity --model DIR [OPTIONS] A B\n       sconce similarity --model DIR --input FILE|- [OPTIONS]"
)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// Two texts
    #[arg(value_name = "TEXT")]
    texts: Vec<String>,
    /// Pairs of a data file, or lines of stdin with `-`: two texts with a tab between them
    #[arg(long, value_name = "FILE|-")]
    input: Option<PathBuf>,
    #[command(flatten)]
    length: LengthOptions,
    #[command(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    run: RunOptions,
}

#[derive(Serialize)]
struct Row<'a> {
    text: &'a str,
    pair: &'a str,
    similarity: f32,
}

/// Compares texts.
pub fn run(options: &Options) -> Result<()> {
    let given = match (&options.input, options.texts.as_slice()) {
        (Some(_), []) => None,
        (None, [text, pair]) => Some(Item { text: text.clone(), pair: Some(pair.clone()) }),
        (Some(_), _) => return Err(usage("give two texts or --input, not both")),
        (None, texts) => {
            return Err(usage(format_args!("two texts are compared, {} given", texts.len())));
        }
    };
    let runtime = options.run.start()?;
    let predictor = options.length.predictor(open_for_similarity(&options.source, &runtime)?);
    let mut out = BufWriter::new(io::stdout());
    let is_single = given.is_some();
    let (mut n, mut n_truncated) = (0, 0);
    let mut compare = |items: &[Item], place: &dyn Fn(usize) -> String| -> Result<()> {
        let mut pairs = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            let Some(pair) = &item.pair else { bail!("{}: no second text", place(index)) };
            pairs.push((item.text.as_str(), pair.as_str()));
        }
        // The encoder's texts are both of each pair.
        let place = |index: usize| place(if is_single { 0 } else { index / 2 });
        let found = predictor.similarity(&pairs).map_err(|error| placed(error, &place))?;
        for ((text, pair), similarity) in pairs.into_iter().zip(found.rows) {
            let line = match (options.run.common.json, is_single) {
                (true, _) => serde_json::to_string(&Row { text, pair, similarity })?,
                (_, true) => format!("{similarity:.4}"),
                _ => format!("{similarity:.4}  {}  |  {}", printable(text), printable(pair)),
            };
            writeln!(out, "{line}")?;
        }
        (n, n_truncated) = (n + items.len(), n_truncated + found.n_truncated);
        Ok(out.flush()?)
    };
    match given {
        Some(item) => compare(&[item], &|_| "the texts".into())?,
        None => {
            let texts = TextsOptions {
                input: options.input.clone(),
                texts: Vec::new(),
                columns: options.columns.clone(),
            };
            texts.for_each(Pairs::Always, &mut compare)?;
        }
    }
    note_truncated(n_truncated, 2 * n, &predictor, runtime.console);
    Ok(())
}
