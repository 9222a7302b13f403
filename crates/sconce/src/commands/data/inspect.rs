//! `sconce data inspect`: what a data set holds.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use sconce_text_pipeline::{ColumnSummary, Inspection};
use serde::Serialize;
use serde_json::{Value, json};

use super::prepare::Facts;
use crate::options::{ColumnOptions, CommonOptions};
use crate::table::{count, printable, render, thousands};
use crate::training::cache_at;

/// Characters of a value that are shown.
const SHOWN: usize = 60;
/// Values of a column that are shown.
const N_VALUES: usize = 10;

const EXAMPLES: &str = "\
Examples:
  sconce data inspect reviews.csv
  sconce data inspect train.jsonl.gz --json
  sconce data inspect eng.train.conll
  sconce data inspect reviews.cache";

/// Options of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// A data file, a folder of texts, or a cache of `data prepare`
    #[arg(value_name = "IN")]
    input: PathBuf,
    #[command(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    common: CommonOptions,
}

/// Shows a data set.
pub fn run(options: &Options) -> Result<()> {
    let (output, _) = options.common.start()?;
    if let Some(cache) = cache_at(&options.input)? {
        cache.verify()?;
        let facts = Facts::of(&cache);
        output.json(&json!({
            "path": options.input,
            "format": "cache",
            "cache": facts,
            "settings": cache.settings(),
        }))?;
        return Ok(output.text(format_args!("cache: {}\n", facts.told()))?);
    }
    let read = options.columns.read_options(sconce_text_pipeline::Need::Optional);
    let found = Inspection::of(&options.input, &read)?;
    output.json(&found)?;
    Ok(output.text(page(&found)?)?)
}

fn page(found: &Inspection) -> Result<String> {
    let n_rows = usize::try_from(found.n_rows)?;
    let mut rows = vec![
        vec!["file".into(), format!("{} ({})", found.path, found.format)],
        vec!["rows".into(), thousands(n_rows)],
    ];
    for (name, n) in [("blank rows", found.n_blank), ("duplicates", found.n_duplicates)] {
        if n > 0 {
            rows.push(vec![name.into(), thousands(usize::try_from(n)?)]);
        }
    }
    let mut page = render(&rows, &[1]);
    write!(page, "\n{}", column_table(&found.columns))?;
    for column in found.columns.iter().filter(|column| !column.top.is_empty()) {
        write!(page, "\n{}: {}\n", column.name, values(column))?;
    }
    let title = format!("the first {}", count(found.first.len(), "row"));
    write!(page, "\n{title}\n")?;
    for record in &found.first {
        for (name, value) in record {
            writeln!(page, "  {name}: {}", short(value))?;
        }
        writeln!(page)?;
    }
    Ok(page.trim_end().to_owned() + "\n")
}

fn column_table(columns: &[ColumnSummary]) -> String {
    let head = [
        "column",
        "read as",
        "holds",
        "blank",
        "different",
        "length: least",
        "median",
        "95%",
        "most",
    ];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for column in columns {
        let [least, _, median, _, most_of, most] = column.lengths;
        let mut row = vec![
            column.name.clone(),
            column.role.map(name).unwrap_or_default(),
            name(column.kind),
            column.n_blank.to_string(),
            column.n_distinct.map_or_else(|| "many".to_owned(), thousands),
        ];
        row.extend([least, median, most_of, most].map(|n| n.to_string()));
        rows.push(row);
    }
    render(&rows, &[1, 2])
}

/// `pos 12,500, neg 12,500 and 3 more`.
fn values(column: &ColumnSummary) -> String {
    let shown = column.top.iter().take(N_VALUES).map(|(value, n)| {
        format!("{} {}", cut(value), thousands(usize::try_from(*n).unwrap_or(usize::MAX)))
    });
    let shown: Vec<String> = shown.collect();
    let more = column.n_distinct.unwrap_or(column.top.len()).saturating_sub(shown.len());
    let more = if more > 0 { format!(" and {} more", thousands(more)) } else { String::new() };
    format!("{}{more}", shown.join(", "))
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => cut(text),
        value => cut(&value.to_string()),
    }
}

fn cut(text: &str) -> String {
    let mut shown: String = text.chars().take(SHOWN).collect();
    if shown.len() < text.len() {
        shown.push_str("...");
    }
    printable(&shown)
}

/// As it is written in JSON.
fn name(value: impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
