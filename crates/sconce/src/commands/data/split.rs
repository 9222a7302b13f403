//! `sconce data split`: parts of a data set, at random but repeatably.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, Result, bail};
use clap::Args;
use sconce_text_pipeline::{RecordReader, RecordWriter, split_by_ratios};
use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::console::Console;
use crate::failure::usage;
use crate::memory::peak_rss_mb;
use crate::names::hint;
use crate::options::{CommonOptions, RecordOptions, WritingOptions, values};
use crate::progress::{Unit, Work};
use crate::table::{count, thousands};
use crate::whole_file;

/// Names of two parts, and of three; more are `part-1` and so on.
const TWO: [&str; 2] = ["train", "test"];
const THREE: [&str; 3] = ["train", "valid", "test"];

const EXAMPLES: &str = "\
Examples:
  sconce data split reviews.csv --ratios 0.8,0.1,0.1 --stratify label --out reviews
  sconce data split reviews.jsonl --ratios 0.9,0.1 --names train,dev --seed 7 --out parts
  sconce data split reviews.csv.gz --ratios 0.8,0.2 --to parquet --out reviews

The file is read twice and never held in memory. The same seed gives the same parts.";

/// Options of the command.
#[derive(Debug, Args, Serialize)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce data split IN --ratios 0.8,0.1,0.1 --out DIR [OPTIONS]"
)]
#[serde(rename_all = "kebab-case")]
pub struct Options {
    /// A data file, or a folder of texts
    #[arg(value_name = "IN")]
    #[serde(skip)]
    input: PathBuf,
    /// Share of each part; they add up to 1
    #[arg(long, value_name = "SHARE,...", value_delimiter = ',', num_args = 1.., default_value = "0.8,0.1,0.1", value_parser = values::positive_share)]
    ratios: Vec<f64>,
    /// Give each value of this column its share in every part
    #[arg(long, value_name = "COLUMN")]
    stratify: Option<String>,
    /// Names of the parts [default: train,test or train,valid,test, by their number]
    #[arg(long, value_name = "NAME,...", value_delimiter = ',', num_args = 1..)]
    names: Vec<String>,
    /// Folder to write the parts to
    #[arg(long, value_name = "DIR", required_unless_present = "config")]
    #[serde(skip)]
    out: Option<PathBuf>,
    /// Ending of the files, which names their format [default: that of IN]
    #[arg(long, value_name = "ENDING")]
    to: Option<String>,
    /// Overwrite parts that are there
    #[arg(long)]
    #[serde(skip)]
    force: bool,
    /// Seed of the division
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    #[command(flatten)]
    #[serde(flatten)]
    reading: RecordOptions,
    #[command(flatten)]
    #[serde(flatten)]
    writing: WritingOptions,
    #[command(flatten)]
    #[serde(skip)]
    common: CommonOptions,
}

/// What was found in the first reading.
struct Rows {
    /// The class of each row, by the column to stratify by.
    classes: Vec<u32>,
    columns: Vec<String>,
}

/// Divides a data set.
pub fn run(options: &Options) -> Result<()> {
    let Some(out) = &options.out else {
        return Err(usage("--out is required, as a flag or a key"));
    };
    let names = options.part_names()?;
    let ending = options.ending()?;
    let paths: Vec<PathBuf> =
        names.iter().map(|name| out.join(format!("{name}.{ending}"))).collect();
    if let Some(path) = paths.iter().find(|path| path.exists() && !options.force) {
        bail!(
            "{}: already exists; choose another folder, or overwrite with --force",
            path.display()
        );
    }
    let (output, console) = options.common.start()?;
    let started = Instant::now();
    let rows = options.first_reading(console)?;
    let parts = split_by_ratios(&rows.classes, &options.ratios, options.seed)?;
    if let Some(at) = parts.iter().position(Vec::is_empty) {
        let n = count(rows.classes.len(), "row");
        bail!("{}: {n} are too few: {} would be empty", options.input.display(), names[at]);
    }
    let is_new = !out.exists();
    let written = std::fs::create_dir_all(out)
        .with_context(|| format!("{}: cannot be made", out.display()))
        .and_then(|()| options.write(&rows, &parts, &paths, console))
        .and_then(|()| options.keep_settings(out));
    if written.is_err() && is_new {
        // An empty folder says nothing; one with files of others is not removed.
        let _ = std::fs::remove_dir(out);
    }
    written?;
    let sizes: Map<String, Value> =
        names.iter().zip(&parts).map(|(name, part)| (name.clone(), part.len().into())).collect();
    let seconds = started.elapsed().as_secs_f64();
    let told: Vec<String> = names
        .iter()
        .zip(&parts)
        .map(|(name, part)| format!("{name} {}", thousands(part.len())))
        .collect();
    console.note(format_args!(
        "{}: {} ({seconds:.1} s)",
        count(rows.classes.len(), "row"),
        told.join(", ")
    ));
    paths.iter().for_each(|path| console.note(format_args!("written: {}", path.display())));
    Ok(output.json(&json!({
        "event": "done",
        "out": out,
        "parts": sizes,
        "files": paths,
        "seconds": seconds,
        "peak_rss_mb": peak_rss_mb(),
    }))?)
}

impl Options {
    fn part_names(&self) -> Result<Vec<String>> {
        let n = self.ratios.len();
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect();
        let names: Vec<String> = match (self.names.len(), n) {
            (0, 2) => owned(&TWO),
            (0, 3) => owned(&THREE),
            (0, _) => (1..=n).map(|part| format!("part-{part}")).collect(),
            (given, _) if given == n => self.names.clone(),
            (given, _) => {
                return Err(usage(format_args!("--names has {given} names for {n} ratios")));
            }
        };
        let sum: f64 = self.ratios.iter().sum();
        if n < 2 || (sum - 1.).abs() > 1e-3 {
            let ratios: Vec<String> = self.ratios.iter().map(ToString::to_string).collect();
            return Err(usage(format_args!(
                "--ratios {} are to be two or more that add up to 1, not to {sum}",
                ratios.join(",")
            )));
        }
        let twice = names.iter().enumerate().find(|(at, name)| names[..*at].contains(name));
        let is_name = |name: &str| !name.is_empty() && !name.contains(['/', '\\']);
        match (twice, names.iter().find(|name| !is_name(name))) {
            (Some((_, name)), _) => Err(usage(format_args!("--names has {name} twice"))),
            (_, Some(name)) => Err(usage(format_args!("--names: {name:?} is no name of a file"))),
            _ => Ok(names),
        }
    }

    /// The ending of the parts, `.gz` and the like included.
    fn ending(&self) -> Result<String> {
        if let Some(ending) = &self.to {
            return Ok(ending.trim_start_matches('.').to_owned());
        }
        let name = self.input.file_name().unwrap_or_default().to_string_lossy();
        if self.input.is_dir() {
            return Ok("jsonl".into());
        }
        let mut words = name.rsplit('.');
        let last = words.next().unwrap_or_default();
        match (last, words.next(), words.next()) {
            ("gz" | "zst", Some(format), Some(_)) => Ok(format!("{format}.{last}")),
            (_, Some(_), _) => Ok(last.to_owned()),
            _ => Err(usage(format_args!("{name} has no ending; name a format with --to"))),
        }
    }

    /// Counts the rows, and numbers the values to stratify by.
    fn first_reading(&self, console: Console) -> Result<Rows> {
        let reader = self.reading.open(&self.input)?;
        let columns = self.writing.chosen(&reader)?;
        self.check_stratify(&reader)?;
        let mut numbers: BTreeMap<String, u32> = BTreeMap::new();
        let mut classes = Vec::new();
        let mut work = Work::new(console, "reading", Unit::Rows, None);
        for record in reader {
            let record = record?;
            let class = match &self.stratify {
                None => 0,
                Some(column) => {
                    let value = record.get(column).unwrap_or(&Value::Null).to_string();
                    let next = numbers.len() as u32;
                    *numbers.entry(value).or_insert(next)
                }
            };
            classes.push(class);
            work.show(classes.len() as u64);
        }
        Ok(Rows { classes, columns })
    }

    fn check_stratify(&self, reader: &RecordReader) -> Result<()> {
        let Some(column) = &self.stratify else { return Ok(()) };
        let known: Vec<&str> = reader.columns().iter().map(String::as_str).collect();
        if known.contains(&column.as_str()) {
            return Ok(());
        }
        bail!("{}: no column \"{column}\" to stratify by; {}", reader.name(), hint(column, &known))
    }

    /// Writes every row to its part; the files are there when all are written.
    fn write(
        &self,
        rows: &Rows,
        parts: &[Vec<usize>],
        paths: &[PathBuf],
        console: Console,
    ) -> Result<()> {
        let mut part_of = vec![0; rows.classes.len()];
        for (part, rows) in parts.iter().enumerate() {
            rows.iter().for_each(|&row| part_of[row] = part);
        }
        let options = self.writing.write_options();
        let mut writers = paths
            .iter()
            .map(|path| Ok(RecordWriter::create(path, &rows.columns, &options)?))
            .collect::<Result<Vec<_>>>()?;
        let mut work = Work::new(console, "writing", Unit::Rows, Some(part_of.len() as u64));
        let mut reader = self.reading.open(&self.input)?;
        for (row, &part) in part_of.iter().enumerate() {
            let record = reader.next().with_context(|| {
                format!("{}: has changed while it was read", self.input.display())
            })?;
            let mut record = record?;
            record.retain(|name, _| self.writing.columns.is_empty() || rows.columns.contains(name));
            writers[part].write(&record)?;
            work.show(row as u64 + 1);
        }
        drop(work);
        writers.into_iter().try_for_each(|writer| Ok(writer.finish()?))
    }

    fn keep_settings(&self, out: &Path) -> Result<()> {
        let settings = toml::to_string(self).context("the settings cannot be written")?;
        whole_file::write(&out.join("split.settings.toml"), settings.as_bytes())
    }
}
