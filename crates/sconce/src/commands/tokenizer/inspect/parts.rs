//! The parts of a tokenizer's file, without what is long: vocabularies, merges, tables.

use std::fmt;

use serde_json::{Map, Value, json};

/// What is told of a tokenizer's file, in this order; the first two name the kind.
const NAMES: [&str; 6] =
    ["format", "model", "normalizer", "pre_tokenizer", "post_processor", "decoder"];

/// Longer texts, and lists or objects of more items, are told by their size.
const SHORT: usize = 40;

/// A part of a tokenizer.
#[derive(Debug, PartialEq)]
pub struct Part {
    /// Its key.
    pub name: &'static str,
    /// Its content, without what is long.
    pub value: Value,
}

/// The parts that a file has.
pub fn parts(content: &Value) -> Vec<Part> {
    let part = |name: &'static str| {
        let value = content.get(name).filter(|value| !value.is_null())?;
        Some(Part { name, value: shortened(value, "") })
    };
    NAMES.into_iter().filter_map(part).collect()
}

/// The value with the number of items in place of what is long.
fn shortened(value: &Value, key: &str) -> Value {
    match value {
        Value::Array(items) if items.len() > SHORT || matches!(key, "vocab" | "merges") => {
            items.len().into()
        }
        Value::Object(map) if map.len() > SHORT || key == "vocab" => map.len().into(),
        Value::String(text) if text.len() > SHORT => json!({ "bytes": text.len() }),
        Value::Array(items) => items.iter().map(|item| shortened(item, "")).collect(),
        Value::Object(map) => {
            let short = map.iter().map(|(key, value)| (key.clone(), shortened(value, key)));
            Value::Object(short.collect::<Map<_, _>>())
        }
        value => value.clone(),
    }
}

/// `BPE (vocab 50257, merges 50000)`, `Sequence of NFD, Lowercase`.
impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&told(&self.value))
    }
}

fn told(value: &Value) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    let Some(map) = value.as_object() else { return plain(value) };
    let kind = map.get("type").and_then(Value::as_str).unwrap_or_default();
    let nested = ["normalizers", "pretokenizers", "processors", "decoders"];
    if let Some(items) = nested.iter().find_map(|key| map.get(*key)?.as_array()) {
        return items.iter().map(told).collect::<Vec<_>>().join(", then ");
    }
    if kind == "TemplateProcessing" {
        let template = |key| map.get(key).map(template).unwrap_or_default();
        return format!("{}, of a pair {}", template("single"), template("pair"));
    }
    let settings = map.iter().filter(|(key, value)| *key != "type" && is_told(value));
    let settings: Vec<String> =
        settings.map(|(key, value)| format!("{key} {}", plain(value))).collect();
    match (kind.is_empty(), settings.is_empty()) {
        (true, _) => settings.join(", "),
        (false, true) => kind.to_owned(),
        (false, false) => format!("{kind} ({})", settings.join(", ")),
    }
}

/// `[CLS] A [SEP]`.
fn template(pieces: &Value) -> String {
    let pieces = pieces.as_array().into_iter().flatten();
    let id = |piece: &Value| piece.as_object()?.values().next()?["id"].as_str().map(str::to_owned);
    pieces.filter_map(id).collect::<Vec<_>>().join(" ")
}

/// Settings that are off say little.
fn is_told(value: &Value) -> bool {
    !matches!(value, Value::Null | Value::Bool(false)) && value.as_str() != Some("")
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => format!("{text:?}"),
        // A pattern, `{"Regex": "..."}`, or the size of a long text.
        Value::Object(map) if map.len() == 1 => {
            let unit = if map.contains_key("bytes") { " bytes" } else { "" };
            let inner = map.values().next().map(plain).unwrap_or_default();
            format!("{inner}{unit}")
        }
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests;
