//! Options of commands that read texts: arguments, a data file, or lines of stdin as they come.

use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use clap::Args;
use sconce_text_pipeline::{Corpus, Need};

use super::ColumnOptions;
use crate::failure::usage;

/// Texts that are handed on at a time.
const CHUNK: usize = 1024;
/// Bytes of stdin that are read ahead.
const READ_AHEAD: usize = 1 << 20;

/// Which texts.
#[derive(Debug, Clone, Args)]
pub struct TextsOptions {
    /// Texts of a data file, or lines of stdin with `-`
    #[arg(long, value_name = "FILE|-")]
    pub input: Option<PathBuf>,
    /// Texts
    #[arg(value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Columns of a data file.
    #[command(flatten)]
    pub columns: ColumnOptions,
}

/// A text, or a pair.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The text.
    pub text: String,
    /// The second of a pair.
    pub pair: Option<String>,
}

/// Whether texts come in pairs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pairs {
    /// They do not.
    Never,
    /// They do where the data has them.
    Perhaps,
    /// They must.
    Always,
}

/// Where the text with a number stands, for errors.
pub type Place<'a> = &'a dyn Fn(usize) -> String;

impl TextsOptions {
    /// Fails unless there are texts to do something with, from one source.
    ///
    /// # Errors
    /// If there are none, or two sources.
    pub fn check(&self, what: &str) -> Result<()> {
        match (&self.input, self.texts.is_empty()) {
            (Some(_), false) => Err(usage("give texts or --input, not both")),
            (None, true) => {
                let what = format_args!("nothing to {what}");
                Err(usage(format_args!("{what}: give texts, --input FILE, or --input - (stdin)")))
            }
            _ => Ok(()),
        }
    }

    /// Hands on the texts of all sources, some at a time; those of stdin as they come.
    ///
    /// # Errors
    /// If the input cannot be read, or `each` fails.
    pub fn for_each(
        &self,
        pairs: Pairs,
        each: &mut dyn FnMut(&[Item], Place<'_>) -> Result<()>,
    ) -> Result<()> {
        match &self.input {
            None => {
                // Of pairs the texts come two by two.
                let n = if pairs == Pairs::Always { 2 } else { 1 };
                let item = |texts: &[String]| Item {
                    text: texts.first().cloned().unwrap_or_default(),
                    pair: texts.get(1).cloned(),
                };
                let items: Vec<Item> = self.texts.chunks(n).map(item).collect();
                each(&items, &|index| format!("text {}", n * index + 1))
            }
            Some(path) if path == Path::new("-") => {
                let stdin = BufReader::with_capacity(READ_AHEAD, io::stdin());
                for_each_line(stdin, self.columns.lossy, pairs, each)
            }
            Some(path) => {
                let corpus = self.corpus(path, pairs)?;
                let items = items(&corpus, pairs);
                for (chunk, items) in items.chunks(CHUNK).enumerate() {
                    each(items, &|index| corpus.place(chunk * CHUNK + index))?;
                }
                Ok(())
            }
        }
    }

    /// All texts of a source that is read whole.
    ///
    /// # Errors
    /// If the input cannot be read.
    pub fn all(&self, pairs: Pairs) -> Result<Vec<Item>> {
        let mut all = Vec::new();
        self.for_each(pairs, &mut |items, _| {
            all.extend_from_slice(items);
            Ok(())
        })?;
        Ok(all)
    }

    fn corpus(&self, path: &Path, pairs: Pairs) -> Result<Corpus> {
        let mut options = self.columns.read_options(Need::Optional);
        if pairs == Pairs::Always || self.columns.pair_column.is_some() {
            options.pairs = Need::Required;
        }
        Ok(Corpus::read(path, &options)?)
    }
}

fn items(corpus: &Corpus, pairs: Pairs) -> Vec<Item> {
    // Texts of which some have no second are no pairs.
    let is_paired = pairs != Pairs::Never && corpus.pairs().is_some();
    let examples = corpus.examples().iter();
    let item = |example: &sconce_text_pipeline::Example| Item {
        text: example.text.clone(),
        pair: example.pair.clone().filter(|_| is_paired),
    };
    examples.map(item).collect()
}

/// Hands on lines as they come: when the input pauses, or enough are there.
fn for_each_line(
    mut lines: BufReader<impl Read>,
    lossy: bool,
    pairs: Pairs,
    each: &mut dyn FnMut(&[Item], Place<'_>) -> Result<()>,
) -> Result<()> {
    let (mut chunk, mut first) = (Vec::new(), 1);
    for number in 1.. {
        let mut line = Vec::new();
        let is_end = lines.read_until(b'\n', &mut line).context("stdin: cannot be read")? == 0;
        if !is_end {
            let text = text(line, number, lossy)?;
            // A byte order mark is no part of the first line.
            let mark = if number == 1 { "\u{feff}" } else { "" };
            chunk.push(item(text.strip_prefix(mark).unwrap_or(&text), number, pairs)?);
        }
        if is_end || chunk.len() == CHUNK || !lines.buffer().contains(&b'\n') {
            each(&chunk, &|index| format!("stdin:{}", first + index))?;
            first += chunk.len();
            chunk.clear();
        }
        if is_end {
            break;
        }
    }
    Ok(())
}

/// A line; the texts of a pair have a tab between them.
fn item(line: &str, number: usize, pairs: Pairs) -> Result<Item> {
    if pairs != Pairs::Always {
        return Ok(Item { text: line.to_owned(), pair: None });
    }
    match line.split_once('\t') {
        Some((text, pair)) => Ok(Item { text: text.to_owned(), pair: Some(pair.to_owned()) }),
        None => bail!("stdin:{number}: no tab; a pair is two texts with a tab between them"),
    }
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

#[cfg(test)]
mod tests;
