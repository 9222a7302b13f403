//! A classifier that `sconce train --from` made of MiniLM: its probabilities by `sconce predict`, and by
//! transformers from the folder as it is.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::compare::Outcome;
use super::{Case, TEXTS, read_json, texts};
use crate::bench::sentences;
use crate::{process, repo};

/// Sentences that it is trained on: enough for the weights to move.
const N_SENTENCES: usize = 64;

/// Why it cannot be made, if it cannot.
pub fn missing(metadata: &Value, minilm: &Path) -> Option<String> {
    let binary = repo::binary(metadata, "release");
    if !binary.is_file() {
        return Some(format!("{} is not built", binary.display()));
    }
    (!minilm.is_dir()).then(|| String::from("`cargo xtask fetch minilm` fetches MiniLM"))
}

/// Trains, predicts, and keeps the probabilities in the order of the folder's labels.
pub fn save(metadata: &Value, scratch: &Path, minilm: &Path) -> Result<Case> {
    let binary = repo::binary(metadata, "release");
    let (data, saved) = (scratch.join("sentences.tsv"), scratch.join("fine_tuned"));
    let rows = sentences::read("mr")?;
    let spread: Vec<&sentences::Row> =
        rows.iter().step_by((rows.len() / N_SENTENCES).max(1)).collect();
    sentences::write_tsv(&data, &spread)?;
    let mut train = Command::new(&binary);
    train.args(["train", "--task", "classify", "--epochs", "1", "--json", "--quiet"]);
    train.arg("--from").arg(minilm).arg("--train").arg(&data).arg("--test").arg(&data);
    process::output(train.arg("--out").arg(&saved))?;
    let mut predict = Command::new(&binary);
    predict.args(["predict", "--json", "--quiet", "--top-k", "100", "--model"]).arg(&saved);
    let stdout = process::output(predict.args(TEXTS))?;
    let labels = labels(&read_json(&saved.join("config.json"))?)?;
    let probabilities = probabilities(&stdout, &labels)?;
    let given = json!({ "probabilities": tensor(probabilities, labels.len()) });
    let inputs = texts(scratch)?;
    Ok(Case { name: String::from("fine_tuned"), saved, inputs, given })
}

/// transformers gives logits; probabilities are what Sconce tells.
pub fn compare(case: &Case, mut found: Value) -> Outcome {
    let n_labels = case.given["probabilities"]["shape"][1].as_u64().unwrap_or(1) as usize;
    if let Some(logits) = found["logits"]["data"].as_array() {
        let logits: Vec<f64> = logits.iter().filter_map(Value::as_f64).collect();
        let probabilities = logits.chunks(n_labels.max(1)).flat_map(softmax).collect();
        let class = found["class"].take();
        found = json!({ "class": class, "probabilities": tensor(probabilities, n_labels) });
    }
    Outcome::of(&case.name, &case.given, &found)
}

fn tensor(data: Vec<f64>, n_columns: usize) -> Value {
    json!({ "shape": [data.len() / n_columns.max(1), n_columns], "data": data })
}

fn softmax(logits: &[f64]) -> Vec<f64> {
    let largest = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let powers: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let sum: f64 = powers.iter().sum();
    powers.iter().map(|power| power / sum).collect()
}

/// Labels by their numbers.
fn labels(config: &Value) -> Result<Vec<String>> {
    let names = config["id2label"].as_object().context("`id2label` is missing in config.json")?;
    let label = |id: usize| {
        let name = names.get(&id.to_string()).and_then(Value::as_str);
        name.map(str::to_owned).with_context(|| format!("`id2label` has no {id}"))
    };
    (0..names.len()).map(label).collect()
}

/// Each text's probabilities, in the order of the labels.
fn probabilities(stdout: &str, labels: &[String]) -> Result<Vec<f64>> {
    let mut all = Vec::new();
    for line in stdout.lines() {
        let row: Value = serde_json::from_str(line).with_context(|| format!("`{line}`"))?;
        let scores = row["scores"].as_array().with_context(|| format!("no scores in `{line}`"))?;
        for label in labels {
            let score = scores.iter().find(|score| score["label"] == **label);
            let value = score.and_then(|score| score["score"].as_f64());
            all.push(value.with_context(|| format!("no score of {label} in `{line}`"))?);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests;
