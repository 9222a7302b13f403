//! `sconce tokenizer encode`: texts to ids.

use std::io::{self, BufWriter, Write};

use anyhow::{Context, Result, bail};
use clap::Args;
use rayon::prelude::*;
use sconce_text_pipeline::{Encoding, Input, Tokenizer, Truncate, Truncation};
use serde::Serialize;

use super::ids::spaced;
use crate::failure::usage;
use crate::options::{CommonOptions, Item, Pairs, TextsOptions, TokenizerOptions, values};
use crate::table::{count, printable};

const EXAMPLES: &str = "\
Examples:
  sconce tokenizer encode --tokenizer tokenizer.json \"a gem of a film\"
  sconce tokenizer encode --tokenizer tokenizer.json --tokens --input texts.txt
  sconce tokenizer encode --tokenizer bert --pair --max-length 128 --json \"a question\" \"a text\"
  cat texts.txt | sconce tokenizer encode --tokenizer gpt2 --input -";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce tokenizer encode --tokenizer FILE|DIR [OPTIONS] TEXT...\n       sconce tokenizer encode --tokenizer FILE|DIR --input FILE|- [OPTIONS]"
)]
pub struct Options {
    #[command(flatten)]
    tokenizer: TokenizerOptions,
    /// Encode two texts together: TEXTs two by two, two columns of a file, or lines of stdin with a
    /// tab between them
    #[arg(long)]
    pair: bool,
    /// Print the tokens in place of their ids; with --json both are there
    #[arg(long)]
    tokens: bool,
    /// Cut encodings to so many tokens, those that the tokenizer adds included
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_length: Option<u32>,
    /// Which text of a pair is cut: longest_first, only_first or only_second
    #[arg(long, value_name = "NAME", default_value = "longest_first", value_parser = values::named::<Truncate>(&["longest_first", "only_first", "only_second"]))]
    truncate: Truncate,
    #[command(flatten)]
    texts: TextsOptions,
    #[command(flatten)]
    common: CommonOptions,
}

/// An encoding as a JSON object; spans are bytes of the text, or of the second one.
#[derive(Serialize)]
struct Row<'a> {
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<&'a str>,
    ids: &'a [u32],
    tokens: Vec<String>,
    spans: &'a [(usize, usize)],
    type_ids: &'a [u32],
    word_ids: &'a [Option<u32>],
    sequence_ids: &'a [Option<u8>],
    n_left_out: usize,
}

/// Encodes texts.
pub fn run(options: &Options) -> Result<()> {
    options.texts.check("encode")?;
    let is_paired = options.pair || options.texts.columns.pair_column.is_some();
    if is_paired && options.texts.input.is_none() && options.texts.texts.len() % 2 == 1 {
        let n = options.texts.texts.len();
        return Err(usage(format_args!("--pair takes texts two by two, {n} given")));
    }
    let (_, console) = options.common.start()?;
    let tokenizer = options.tokenizer.open()?;
    let mut out = BufWriter::new(io::stdout());
    let (mut n, mut n_cut) = (0, 0);
    let pairs = if is_paired { Pairs::Always } else { Pairs::Never };
    options.texts.for_each(pairs, &mut |items, place| {
        let found: Vec<Result<(String, bool)>> =
            items.par_iter().map(|item| options.line(&*tokenizer, item)).collect();
        for (index, found) in found.into_iter().enumerate() {
            let (line, is_cut) = found.with_context(|| place(index))?;
            writeln!(out, "{line}")?;
            n_cut += usize::from(is_cut);
        }
        n += items.len();
        Ok(out.flush()?)
    })?;
    if let (1.., Some(length)) = (n_cut, options.max_length) {
        let (texts, tokens) = (count(n, "text"), count(length as usize, "token"));
        console.note(format_args!("{n_cut} of {texts} cut to {tokens}"));
    }
    Ok(())
}

impl Options {
    /// The line of one text, and whether tokens were left out of it.
    fn line(&self, tokenizer: &dyn Tokenizer, item: &Item) -> Result<(String, bool)> {
        let Item { text, pair } = item;
        let truncation = self
            .max_length
            .map(|length| Truncation { max_length: length as usize, strategy: self.truncate });
        if pair.is_none() && !self.tokens && !self.common.json {
            let mut ids = Vec::new();
            let length = truncation.map_or(usize::MAX, |truncation| truncation.max_length);
            let is_cut = tokenizer.encode_ids_within(text, length, &mut ids)?;
            return Ok((spaced(&ids), is_cut));
        }
        let input = match pair {
            Some(pair) => Input::Pair(text, pair),
            None => Input::Text(text),
        };
        let encoding = tokenizer.encode_input(input, truncation.as_ref())?;
        let tokens = tokens(tokenizer, &encoding)?;
        let line = match (self.common.json, self.tokens) {
            (true, _) => serde_json::to_string(&Row {
                text,
                pair: pair.as_deref(),
                ids: &encoding.ids,
                tokens,
                spans: &encoding.spans,
                type_ids: &encoding.type_ids,
                word_ids: &encoding.word_ids,
                sequence_ids: &encoding.sequence_ids,
                n_left_out: encoding.n_left_out,
            })?,
            (false, true) => printable(&tokens.join(" ")),
            (false, false) => spaced(&encoding.ids),
        };
        Ok((line, encoding.n_left_out > 0))
    }
}

/// The tokens of an encoding as the vocabulary has them.
pub fn tokens(tokenizer: &dyn Tokenizer, encoding: &Encoding) -> Result<Vec<String>> {
    let token = |id: &u32| match tokenizer.token(*id) {
        Some(token) => Ok(token),
        None => bail!("the tokenizer gave the id {id}, which none of its tokens has"),
    };
    encoding.ids.iter().map(token).collect()
}
