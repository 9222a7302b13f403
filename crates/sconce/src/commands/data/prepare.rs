//! `sconce data prepare`: texts to a token cache.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use sconce_text_pipeline::{
    LabelKind, Labels, MaxLength, Need, Prepare, Prepared, ReadOptions, TokenCache, Truncate,
};
use serde::Serialize;
use serde_json::{Value, json};

use crate::failure::usage;
use crate::memory::peak_rss_mb;
use crate::options::{ColumnOptions, CommonOptions, TokenizerOptions, values};
use crate::progress::{Unit, Work};
use crate::table::{bytes, count, list, thousands};
use crate::whole_file;

const EXAMPLES: &str = "\
Examples:
  sconce data prepare reviews.jsonl --tokenizer tokenizer.json --out reviews.cache
  sconce data prepare pairs.csv --tokenizer my-model --pair-column second --max-length 128 \\
      --out pairs.cache
  sconce data prepare corpus.txt.gz --tokenizer gpt2 --out corpus.cache
  sconce train --task classify --train reviews.cache --out my-model

A cache that was made of the same file, tokenizer and options is opened and not made again.";

/// Options of the command.
#[derive(Debug, Args, Serialize)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce data prepare IN --tokenizer FILE|DIR --out CACHE [OPTIONS]"
)]
#[serde(rename_all = "kebab-case")]
pub struct Options {
    /// A data file, or a folder of texts
    #[arg(value_name = "IN")]
    #[serde(skip)]
    input: PathBuf,
    #[command(flatten)]
    #[serde(flatten)]
    tokenizer: TokenizerOptions,
    /// File to write
    #[arg(long, value_name = "CACHE", required_unless_present = "config")]
    #[serde(skip)]
    out: Option<PathBuf>,
    /// Cut rows to so many tokens, those that the tokenizer adds included [default: not cut]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    max_length: Option<u32>,
    /// Refuse rows that would have to be cut
    #[arg(long, requires = "max_length")]
    no_truncate: bool,
    /// Which text of a pair is cut: longest_first, only_first or only_second
    #[arg(long, value_name = "NAME", default_value = "longest_first", value_parser = values::named::<Truncate>(&["longest_first", "only_first", "only_second"]))]
    truncate: Truncate,
    /// What labels are: class, several (with --label-separator between them) or number
    #[arg(long, value_name = "KIND", default_value = "class", value_parser = ["class", "several", "number"])]
    labels: String,
    /// What separates the labels of a row with several
    #[arg(long, value_name = "CHAR", default_value_t = ',')]
    label_separator: char,
    /// Number labels as in this cache, and refuse others: for validation and test sets
    #[arg(long, value_name = "CACHE")]
    labels_of: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    #[serde(skip)]
    common: CommonOptions,
}

/// Prepares a data set.
pub fn run(options: &Options) -> Result<()> {
    let Some(out) = &options.out else {
        return Err(usage("--out is required, as a flag or a key"));
    };
    whole_file::check(out)?;
    let (output, console) = options.common.start()?;
    let started = Instant::now();
    let tokenizer = options.tokenizer.open()?;
    let read = options.read_options();
    let labels = options.labels_of.as_ref().map(labels_of).transpose()?;
    let mut prepare = Prepare::new(&*tokenizer);
    prepare.labels = labels.as_ref();
    prepare.max_length = options.max_length();
    prepare.truncate = options.truncate;
    if let Value::Object(settings) = serde_json::to_value(options)? {
        prepare.settings.insert("command".into(), settings.into());
    }
    let mut work = Work::new(console, "encoding", Unit::Rows, None);
    let mut is_new = false;
    let cache = prepare.file(&options.input, &read, out, |Prepared { n_rows, .. }| {
        is_new = true;
        work.show(n_rows as u64);
    })?;
    drop(work);
    let seconds = started.elapsed().as_secs_f64();
    let facts = Facts::of(&cache);
    if !is_new {
        console.note(format_args!("{} is up to date", out.display()));
    }
    console.note(format_args!("{} ({seconds:.2} s)", facts.told()));
    if is_new {
        console.note(format_args!("written: {}", out.display()));
    }
    let mut done = serde_json::to_value(&facts)?;
    if let Value::Object(done) = &mut done {
        let more = json!({
            "event": "done", "out": out, "new": is_new, "seconds": seconds,
            "peak_rss_mb": peak_rss_mb(),
        });
        done.extend(more.as_object().cloned().unwrap_or_default());
    }
    Ok(output.json(&done)?)
}

impl Options {
    fn max_length(&self) -> MaxLength {
        match self.max_length.map(|length| length as usize) {
            None => MaxLength::Unlimited,
            Some(n) if self.no_truncate => MaxLength::Refuse(n),
            Some(n) => MaxLength::Truncate(n),
        }
    }

    fn read_options(&self) -> ReadOptions {
        let kind = match self.labels.as_str() {
            "several" => LabelKind::Several { separator: self.label_separator },
            "number" => LabelKind::Number,
            _ => LabelKind::Class,
        };
        let mut read = self.columns.read_options(Need::Optional);
        read.kind = kind;
        if self.columns.pair_column.is_some() {
            read.pairs = Need::Required;
        }
        if self.columns.label_column.is_some() {
            read.labels = Need::Required;
        }
        read
    }
}

fn labels_of(path: &PathBuf) -> Result<Labels> {
    let labels = TokenCache::open(path)?.labels().cloned();
    labels.with_context(|| format!("{}: it has no labels", path.display()))
}

/// What is in a cache.
#[derive(Debug, Serialize)]
pub struct Facts {
    rows: usize,
    tokens: usize,
    truncated: usize,
    bytes: usize,
    labels: Option<Vec<String>>,
    fingerprint: String,
}

impl Facts {
    /// Of an open cache.
    pub fn of(cache: &TokenCache) -> Self {
        let rows = cache.dataset();
        Self {
            rows: rows.len(),
            tokens: rows.n_tokens(),
            truncated: rows.n_truncated(),
            bytes: cache.n_bytes(),
            labels: cache.labels().map(|labels| labels.names().to_vec()),
            fingerprint: cache.fingerprint().to_string(),
        }
    }

    /// For people.
    pub fn told(&self) -> String {
        let (rows, tokens) = (count(self.rows, "row"), count(self.tokens, "token"));
        let cut = match self.truncated {
            0 => String::new(),
            n => format!(" ({} cut)", thousands(n)),
        };
        let labels = match &self.labels {
            None => String::new(),
            Some(names) => format!("; labels: {}", list(names)),
        };
        format!("{rows}{cut}, {tokens}, {}{labels}", bytes(self.bytes as u64))
    }
}
