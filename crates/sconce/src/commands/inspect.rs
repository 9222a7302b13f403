//! `sconce inspect`.

use std::fmt::Write;
use std::path::PathBuf;

use anyhow::Result;
use clap::Args;
use sconce_export::Bundle;
use sconce_models::AnyModel;
use sconce_text_pipeline::SpecialTokens;
use serde::Serialize;
use serde_json::{Value, json};

use crate::options::{HubOptions, RunOptions, SourceOptions};
use crate::table::{bytes, list, render, thousands};

mod architecture;

use self::architecture::{Part, adapters, architecture, kind, parts};

const EXAMPLES: &str = "\
Examples:
  sconce inspect my-model
  sconce inspect my-model --json
  sconce inspect bert --adapter my-adapter";

/// Options of the command.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Options {
    /// Folder of the model, or its hub id
    #[arg(value_name = "MODEL")]
    model: PathBuf,
    /// Folder of a low-rank adapter (PEFT) for the model, or its hub id
    #[arg(long, value_name = "DIR|ID")]
    adapter: Option<PathBuf>,
    #[command(flatten)]
    hub: HubOptions,
    #[command(flatten)]
    run: RunOptions,
}

/// Shows a model.
pub fn run(options: &Options) -> Result<()> {
    let runtime = options.run.start()?;
    let source = SourceOptions {
        model: Some(options.model.clone()),
        adapter: options.adapter.clone(),
        hub: options.hub.clone(),
    };
    let bundle = source.open(&runtime)?;
    runtime.output.json(&describe(&bundle)?)?;
    Ok(runtime.output.text(page(&bundle)?)?)
}

/// A row of the table of parameters.
#[derive(Serialize)]
struct Parameter {
    name: String,
    shape: Vec<usize>,
    dtype: &'static str,
    elements: usize,
}

fn parameters(bundle: &Bundle) -> Vec<Parameter> {
    let describe = |param: &sconce_ops::Param| Parameter {
        name: param.name().to_owned(),
        shape: param.var().dims().to_vec(),
        dtype: param.var().dtype().as_str(),
        elements: param.var().elem_count(),
    };
    bundle.store.params().iter().map(describe).collect()
}

fn tokenizer_kind(file: &str) -> &'static str {
    if file == "tokenizer.json" { "subword" } else { "word" }
}

fn describe(bundle: &Bundle) -> Result<Value> {
    let (config, manifest) = (bundle.model.config(), &bundle.manifest);
    let file = &manifest.preprocessing.tokenizer;
    Ok(json!({
        "model": bundle.folder,
        "task": manifest.task,
        "model_type": config.model_type(),
        "kind": kind(bundle),
        "config": config,
        "architecture": architecture(bundle).into_iter().collect::<serde_json::Map<_, _>>(),
        "labels": labels(bundle),
        "adapters": adapters(bundle),
        "layers": parts(bundle),
        "parameters": parameters(bundle),
        "n_parameters": bundle.store.n_elements(),
        "tokenizer": {
            "file": file,
            "kind": tokenizer_kind(file),
            "size": bundle.tokenizer.vocab_size(),
            "max_length": manifest.preprocessing.max_length,
            "special_tokens": special_tokens(bundle).into_iter().collect::<std::collections::BTreeMap<_, _>>(),
        },
        "metrics": manifest.metrics,
        "settings": manifest.settings,
        "history": manifest.history,
        "data": manifest.data,
        "files": manifest.files,
        "format_version": manifest.format_version,
        "sconce_version": manifest.sconce_version,
    }))
}

/// Names of the labels, of a model that has some.
fn labels(bundle: &Bundle) -> Vec<String> {
    match &bundle.model {
        AnyModel::SequenceClassifier(_) | AnyModel::TokenClassifier(_) => {
            bundle.model.config().labels().unwrap_or_default()
        }
        _ => Vec::new(),
    }
}

/// The special tokens by their role.
fn special_tokens(bundle: &Bundle) -> Vec<(&'static str, String)> {
    let SpecialTokens { cls, sep, pad, mask, bos, eos, unk, .. } =
        bundle.tokenizer.special_tokens();
    let roles = ["cls", "sep", "pad", "mask", "bos", "eos", "unk"];
    let tokens = [cls, sep, pad, mask, bos, eos, unk];
    let named = roles.into_iter().zip(tokens);
    named.filter_map(|(role, id)| Some((role, bundle.tokenizer.token((*id)?)?))).collect()
}

fn page(bundle: &Bundle) -> Result<String> {
    let manifest = &bundle.manifest;
    let mut rows =
        vec![vec!["model".into(), kind(bundle)], vec!["task".into(), manifest.task.clone()]];
    let labels = labels(bundle);
    if !labels.is_empty() {
        rows.push(vec!["labels".into(), format!("{}: {}", labels.len(), list(&labels))]);
    }
    rows.push(vec!["tokenizer".into(), tokenizer(bundle)]);
    let made_by = match manifest.is_of_bundle() {
        true => format!("sconce {}", manifest.sconce_version),
        false => "not sconce: a model's folder without sconce.json".into(),
    };
    rows.push(vec!["made by".into(), made_by]);
    for (name, value) in architecture(bundle) {
        rows.push(vec![name.replace('_', " "), plain(&value)]);
    }
    if let Some(adapters) = adapters(bundle) {
        let text = |key: &str| plain(&adapters[key]);
        let shown = format!("rank {}, on {}", text("rank"), text("targets"));
        rows.push(vec!["adapters".into(), shown]);
    }
    let mut page = render(&rows, &[1]);
    let parts = parts(bundle);
    if parts.len() > 1 {
        write!(page, "\n{}", part_table(&parts))?;
    }
    write!(page, "\n{}", parameter_table(bundle))?;
    for (title, table) in [
        ("Data", data_table(&manifest.data)),
        ("Metrics", metric_table(bundle)),
        ("History", history_table(&manifest.history)),
        ("Settings", settings_table(&manifest.settings)),
        ("Files", file_table(bundle)),
    ] {
        if !table.is_empty() {
            write!(page, "\n{title}\n{table}")?;
        }
    }
    Ok(page)
}

/// Kind, entries and special tokens of the tokenizer.
fn tokenizer(bundle: &Bundle) -> String {
    let kind = tokenizer_kind(&bundle.manifest.preprocessing.tokenizer);
    let n_tokens = thousands(bundle.tokenizer.vocab_size());
    let cut = match bundle.manifest.preprocessing.max_length {
        Some(length) => format!(", texts cut to {length} tokens"),
        None => String::new(),
    };
    let special: Vec<String> =
        special_tokens(bundle).into_iter().map(|(role, token)| format!("{role} {token}")).collect();
    let special =
        if special.is_empty() { String::new() } else { format!("; {}", special.join(", ")) };
    format!("{kind}, {n_tokens} entries{cut}{special}")
}

fn part_table(parts: &[Part]) -> String {
    let mut rows = vec![["part", "parameters", "elements"].map(str::to_owned).to_vec()];
    for Part { name, parameters, elements } in parts {
        rows.push(vec![name.clone(), thousands(*parameters), thousands(*elements)]);
    }
    render(&rows, &[])
}

fn parameter_table(bundle: &Bundle) -> String {
    let mut rows = vec![["parameter", "shape", "type", "elements"].map(str::to_owned).to_vec()];
    for Parameter { name, shape, dtype, elements } in parameters(bundle) {
        let shape: Vec<String> = shape.iter().map(ToString::to_string).collect();
        rows.push(vec![name, shape.join(" x "), dtype.to_owned(), thousands(elements)]);
    }
    let total = thousands(bundle.store.n_elements());
    rows.push(vec!["total".into(), String::new(), String::new(), total]);
    render(&rows, &[2])
}

fn data_table(data: &Value) -> String {
    let rows: Vec<Vec<String>> = ["train", "valid", "test"]
        .into_iter()
        .filter_map(|name| {
            let set = data.get(name).filter(|set| !set.is_null())?;
            let examples = set["examples"].as_u64().unwrap_or_default() as usize;
            Some(vec![name.to_owned(), thousands(examples), plain(&set["source"])])
        })
        .collect();
    render(&rows, &[2])
}

fn metric_table(bundle: &Bundle) -> String {
    let metrics = &bundle.manifest.metrics;
    let Some(names) = metrics.values().next().map(|set| set.keys()) else { return String::new() };
    let names: Vec<&String> = names.collect();
    let head = [String::new()].into_iter().chain(names.iter().map(|name| (*name).clone()));
    let mut rows: Vec<Vec<String>> = vec![head.collect()];
    for (set, values) in metrics {
        let value = |name: &&String| values.get(*name).map(|v| format!("{v:.4}"));
        let values = names.iter().map(|name| value(name).unwrap_or_default());
        rows.push([set.clone()].into_iter().chain(values).collect());
    }
    render(&rows, &[])
}

fn history_table(history: &Value) -> String {
    let Some(epochs) = history["epochs"].as_array() else { return String::new() };
    let metric = shown_metric(epochs);
    let head = ["epoch", "loss", &format!("validation {metric}"), "seconds"];
    let mut rows = vec![head.map(str::to_owned).to_vec()];
    for epoch in epochs {
        let number = |value: &Value, digits: usize| {
            value.as_f64().map(|value| format!("{value:.digits$}")).unwrap_or_default()
        };
        let is_best = epoch["epoch"] == history["best_epoch"];
        rows.push(vec![
            format!("{}{}", plain(&epoch["epoch"]), if is_best { " (kept)" } else { "" }),
            number(&epoch["train_loss"], 4),
            number(&epoch["valid"][metric], 4),
            number(&epoch["seconds"], 1),
        ]);
    }
    render(&rows, &[])
}

/// What epochs are shown by: the first of these that they have.
fn shown_metric(epochs: &[Value]) -> &'static str {
    const METRICS: [&str; 6] =
        ["accuracy", "f1", "spearman", "micro_f1", "perplexity", "exact_match"];
    let has = |metric: &&str| epochs.iter().any(|epoch| epoch["valid"][*metric].is_number());
    METRICS.into_iter().find(has).unwrap_or("accuracy")
}

fn settings_table(settings: &Value) -> String {
    let Some(settings) = settings.as_object() else { return String::new() };
    let rows: Vec<Vec<String>> = settings
        .iter()
        .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|v| !v.is_empty()))
        .map(|(key, value)| vec![key.clone(), plain(value)])
        .collect();
    render(&rows, &[1])
}

fn file_table(bundle: &Bundle) -> String {
    let files = &bundle.manifest.files;
    let rows: Vec<Vec<String>> =
        files.iter().map(|(name, file)| vec![name.clone(), bytes(file.bytes)]).collect();
    render(&rows, &[])
}

/// A value without quotes.
fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(plain).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}
