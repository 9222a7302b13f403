//! `sconce data convert`: from one format to another.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;
use sconce_text_pipeline::RecordWriter;
use serde_json::json;

use crate::memory::peak_rss_mb;
use crate::options::{CommonOptions, RecordOptions, WritingOptions};
use crate::progress::{Unit, Work};
use crate::table::count;
use crate::whole_file;

const EXAMPLES: &str = "\
Examples:
  sconce data convert reviews.csv reviews.parquet
  sconce data convert reviews.jsonl.gz reviews.tsv --columns text label --flatten
  sconce data convert aclImdb/train imdb.jsonl.zst
  sconce data convert train-v2.0.json questions.jsonl

Formats by the ending: .csv .tsv .jsonl .txt (lines) .parquet .conll .conllu .json (SQuAD), each but
.parquet also .gz or .zst; a folder holds a text a file, in folders named by their label.";

/// Options of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// A data file, or a folder of texts
    #[arg(value_name = "IN")]
    input: PathBuf,
    /// File to write; its ending names the format
    #[arg(value_name = "OUT")]
    out: PathBuf,
    #[command(flatten)]
    reading: RecordOptions,
    #[command(flatten)]
    writing: WritingOptions,
    #[command(flatten)]
    common: CommonOptions,
}

/// Converts a data set.
pub fn run(options: &Options) -> Result<()> {
    let (input, out) = (&options.input, &options.out);
    whole_file::check(out)?;
    if is_same(input, out) {
        bail!("{}: is read and cannot be written; choose another name", out.display());
    }
    let (output, console) = options.common.start()?;
    let started = Instant::now();
    let reader = options.reading.open(input)?;
    let columns = options.writing.chosen(&reader)?;
    let mut writer = RecordWriter::create(out, &columns, &options.writing.write_options())?;
    let mut work = Work::new(console, "converting", Unit::Rows, None);
    for record in reader {
        let mut record = record?;
        record.retain(|name, _| options.writing.columns.is_empty() || columns.contains(name));
        writer.write(&record)?;
        work.show(writer.n_written() as u64);
    }
    drop(work);
    let n_rows = writer.n_written();
    writer.finish()?;
    let seconds = started.elapsed().as_secs_f64();
    let (rows, out_name) = (count(n_rows, "row"), out.display());
    console.note(format_args!("{rows}, columns {} ({seconds:.1} s)", columns.join(", ")));
    console.note(format_args!("written: {out_name}"));
    Ok(output.json(&json!({
        "event": "done",
        "out": out,
        "rows": n_rows,
        "columns": columns,
        "seconds": seconds,
        "peak_rss_mb": peak_rss_mb(),
    }))?)
}

fn is_same(input: &PathBuf, out: &PathBuf) -> bool {
    let real = |path: &PathBuf| path.canonicalize().ok();
    real(input).is_some_and(|input| Some(input) == real(out))
}
