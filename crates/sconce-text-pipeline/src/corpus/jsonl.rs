//! One JSON object a line.

use rayon::prelude::*;
use serde_json::{Map, Value};

use super::columns::{ColumnNames, Columns};
use super::{Example, ReadOptions, label_of};
use crate::error::{Error, Result};

/// Reads all objects; lines are parsed in parallel, and the first bad one is reported.
pub(super) fn read(
    text: &str,
    path: &str,
    options: &ReadOptions,
) -> Result<(Vec<Example>, Option<ColumnNames>)> {
    let lines: Vec<(usize, &str)> =
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).collect();
    let Some((number, line)) = lines.first() else { return Ok((Vec::new(), None)) };
    let keys = choose_keys(&parse(line, path, *number)?, path, options)?;
    let read = |(number, line): &(usize, &str)| {
        let object = parse(line, path, *number)?;
        Row { object, path, line: *number }.example(&keys, options)
    };
    let results: Vec<Result<Example>> = lines.par_iter().map(read).collect();
    let examples = results.into_iter().collect::<Result<_>>()?;
    Ok((examples, Some(keys)))
}

fn choose_keys(
    first: &Map<String, Value>,
    path: &str,
    options: &ReadOptions,
) -> Result<ColumnNames> {
    let names: Vec<&str> = first.keys().map(String::as_str).collect();
    let named = ReadOptions { header: true, ..options.clone() };
    Ok(Columns::from_names(path, &names, &named)?.named(&names))
}

fn parse(line: &str, path: &str, number: usize) -> Result<Map<String, Value>> {
    serde_json::from_str(line).map_err(|error| {
        // The position that the parser adds is one of this line alone.
        let reason = error.to_string();
        let reason = reason.split(" at line ").next().unwrap_or_default().to_owned();
        let reason = format!("{reason} (column {})", error.column());
        Error::MalformedJson { path: path.to_owned(), line: number, reason }
    })
}

/// One object and where it stands.
struct Row<'a> {
    object: Map<String, Value>,
    path: &'a str,
    line: usize,
}

impl Row<'_> {
    fn example(mut self, keys: &ColumnNames, options: &ReadOptions) -> Result<Example> {
        let label = match &keys.label {
            Some(key) => self.label(key)?,
            None => None,
        };
        let missing = || Error::MissingLabel { path: self.path.to_owned(), line: self.line };
        let label = label_of(label.as_deref(), options.labels, missing)?;
        let pair = keys.pair.as_ref().map(|key| self.take_text(key)).transpose()?;
        Ok(Example { text: self.take_text(&keys.text)?, pair, label })
    }

    fn take_text(&mut self, key: &str) -> Result<String> {
        match self.object.get_mut(key).map(Value::take) {
            Some(Value::String(text)) => Ok(text),
            Some(other) => Err(self.wrong(key, kind(&other), "a string")),
            None => Err(Error::MissingKey {
                path: self.path.to_owned(),
                line: self.line,
                key: key.to_owned(),
                keys: self.object.keys().cloned().collect(),
            }),
        }
    }

    /// A label may be a string, a number or a truth value; `null` is none.
    fn label(&self, key: &str) -> Result<Option<String>> {
        match self.object.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(label)) => Ok(Some(label.clone())),
            Some(Value::Number(number)) => Ok(Some(number.to_string())),
            Some(Value::Bool(truth)) => Ok(Some(truth.to_string())),
            Some(other) => Err(self.wrong(key, kind(other), "a string or a number")),
        }
    }

    fn wrong(&self, key: &str, found: &'static str, expected: &'static str) -> Error {
        let (path, key) = (self.path.to_owned(), key.to_owned());
        Error::JsonValue { path, line: self.line, key, found, expected }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests;
