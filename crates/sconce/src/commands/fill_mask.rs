//! `sconce fill-mask`: the words behind masks.

use std::io::{self, BufWriter, Write};

use anyhow::Result;
use clap::Args;

use super::predict::{MaskRow, placed};
use crate::options::{
    LengthOptions, Pairs, RunOptions, SourceOptions, TextsOptions, note_truncated,
};
use crate::table::printable;

const EXAMPLES: &str = "\
Examples:
  sconce fill-mask --model bert \"The capital of France is [MASK].\"
  sconce fill-mask --model roberta \"A <mask> day.\" --top-k 3 --json";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce fill-mask --model DIR [OPTIONS] [TEXT]...\n       sconce fill-mask --model DIR --input FILE|- [OPTIONS]"
)]
pub struct Options {
    #[command(flatten)]
    source: SourceOptions,
    /// How many words to give for each mask, the most probable first
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    top_k: u32,
    #[command(flatten)]
    length: LengthOptions,
    #[command(flatten)]
    texts: TextsOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Fills masks.
pub fn run(options: &Options) -> Result<()> {
    options.texts.check("fill")?;
    let runtime = options.run.start()?;
    let predictor = options.length.predictor(options.source.open(&runtime)?);
    let mut out = BufWriter::new(io::stdout());
    let (mut n, mut n_truncated) = (0, 0);
    options.texts.for_each(Pairs::Never, &mut |items, place| {
        let texts: Vec<&str> = items.iter().map(|item| item.text.as_str()).collect();
        let found = predictor.fill_mask(&texts, options.top_k as usize);
        let found = found.map_err(|error| placed(error, place))?;
        for (text, row) in texts.into_iter().zip(&found.rows) {
            if options.run.common.json {
                let row = MaskRow { text, masks: &row.masks };
                writeln!(out, "{}", serde_json::to_string(&row)?)?;
                continue;
            }
            for filling in row.masks.iter().flatten() {
                let (token, text) = (printable(filling.token.trim()), printable(&filling.text));
                writeln!(out, "{:.4}  {token:<16}  {text}", filling.score)?;
            }
        }
        (n, n_truncated) = (n + items.len(), n_truncated + found.n_truncated);
        Ok(out.flush()?)
    })?;
    note_truncated(n_truncated, n, &predictor, runtime.console);
    Ok(())
}
