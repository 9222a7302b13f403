//! `sconce evaluate`.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Args;
use sconce_export::Bundle;
use sconce_metrics::ClassificationReport;
use sconce_models::AnyModel;
use sconce_text_pipeline::{EncodedDataset, Labels, Need};
use serde_json::json;

use crate::data::Source;
use crate::failure::usage;
use crate::options::{ColumnOptions, HubOptions, RunOptions, Runtime};
use crate::table::count;
use crate::training::{Evaluated, evaluated};

const EXAMPLES: &str = "\
Examples:
  sconce evaluate --model my-model --data test.csv
  sconce evaluate --model my-model --data test.jsonl --label-column topic --json";

/// Options of the command.
#[derive(Debug, Args)]
#[command(
    after_help = EXAMPLES,
    override_usage = "sconce evaluate --model DIR --data FILE [OPTIONS]"
)]
pub struct Options {
    /// Folder of the model, or its hub id
    #[arg(long, value_name = "DIR|ID", required_unless_present = "config")]
    model: Option<PathBuf>,
    /// Labelled texts
    #[arg(long, value_name = "FILE", required_unless_present = "config")]
    data: Option<PathBuf>,
    #[command(flatten)]
    columns: ColumnOptions,
    #[command(flatten)]
    hub: HubOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Measures a model.
pub fn run(options: &Options) -> Result<()> {
    let missing = |flag: &str| usage(format_args!("{flag} is required, as a flag or a key"));
    let folder = options.model.as_ref().ok_or_else(|| missing("--model"))?;
    let path = options.data.as_ref().ok_or_else(|| missing("--data"))?;
    let runtime = options.run.start()?;
    let folder = options.hub.folder(folder, runtime.console)?;
    let bundle = Bundle::open(&folder, &runtime.device)?;
    let source = Source::read(path, &options.columns.read_options(Need::Required))?;
    let AnyModel::SequenceClassifier(model) = &bundle.model;
    let labels = Labels::from_names(model.labels().to_vec())?;
    let ids = source.ids(&labels)?;
    let max_length = bundle.manifest.preprocessing.max_length;
    let texts = source.corpus.texts();
    let examples = EncodedDataset::encode(&*bundle.tokenizer, &texts, ids, max_length)
        .with_context(|| source.name.clone())?;
    runtime.console.heading(format_args!(
        "Evaluating {} on {} of {}",
        folder.display(),
        count(examples.len(), "text"),
        source.name
    ));
    print(&evaluated(model, &examples)?, &labels, &source, &folder, &runtime)
}

fn print(
    evaluated: &Evaluated,
    labels: &Labels,
    source: &Source,
    folder: &std::path::Path,
    runtime: &Runtime,
) -> Result<()> {
    let Evaluated { confusion, metrics } = evaluated;
    let report = ClassificationReport::new(confusion, labels.names())?;
    let table = confusion.render(labels.names())?;
    runtime.output.text(format_args!("{report}\nConfusions\n{table}"))?;
    runtime.output.json(&json!({
        "model": folder,
        "data": source.name,
        "examples": confusion.total(),
        "metrics": metrics,
        "report": report,
        "labels": labels.names(),
        "confusion": confusion,
    }))?;
    Ok(())
}
