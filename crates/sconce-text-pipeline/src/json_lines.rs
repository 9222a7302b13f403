//! One JSON object a line, and values of the kind that a key should have.

use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::text_source::Block;

/// Lines that one thread should take at least.
const MIN_LINES: usize = 16;

/// One object and where it stands.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    pub(crate) map: Map<String, Value>,
    path: &'a str,
    pub(crate) line: usize,
}

/// Makes something of each line of a block that is not blank, in parallel; in their order.
pub(crate) fn read_block<T: Send>(
    block: Block<'_>,
    read: impl Fn(usize, &str) -> Result<T> + Sync,
) -> Vec<(usize, Result<T>)> {
    let lines: Vec<(usize, &str)> =
        block.lines().filter(|(_, line)| !line.trim_ascii().is_empty()).collect();
    let lines = lines.into_par_iter().with_min_len(MIN_LINES);
    lines.map(|(number, line)| (number, read(number, line))).collect()
}

impl<'a> Object<'a> {
    #[cfg(feature = "parquet")]
    pub(crate) fn new(map: Map<String, Value>, path: &'a str, line: usize) -> Self {
        Self { map, path, line }
    }

    pub(crate) fn parse(text: &str, path: &'a str, line: usize) -> Result<Self> {
        let map = serde_json::from_str(text).map_err(|error| {
            let reason = format!("{} (column {})", reason_of(&error), error.column());
            Error::MalformedJson { path: path.to_owned(), line, reason }
        })?;
        Ok(Self { map, path, line })
    }

    /// Its keys, in their order.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.map.keys().map(String::as_str).collect()
    }

    /// Takes the value of a key that must be there.
    pub(crate) fn take(&mut self, key: &str) -> Result<Value> {
        self.map.get_mut(key).map(Value::take).ok_or_else(|| Error::MissingKey {
            path: self.path.to_owned(),
            line: self.line,
            key: key.to_owned(),
            keys: self.map.keys().cloned().collect(),
        })
    }

    /// Takes a text that must be there.
    pub(crate) fn take_text(&mut self, key: &str) -> Result<String> {
        match self.take(key)? {
            Value::String(text) => Ok(text),
            other => Err(self.wrong(key, &other, "a string")),
        }
    }

    /// A string, a number or a truth value; a key that is absent or `null` has none.
    pub(crate) fn scalar(&self, key: &str) -> Result<Option<String>> {
        match self.map.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match scalar(value) {
                Some(text) => Ok(Some(text)),
                None => Err(self.wrong(key, value, "a string or a number")),
            },
        }
    }

    /// Takes a list of strings, numbers or truth values.
    pub(crate) fn take_list(&mut self, key: &str) -> Result<Vec<String>> {
        let value = self.take(key)?;
        let Value::Array(items) = value else {
            return Err(self.wrong(key, &value, "a list"));
        };
        let read = |item: Value| match item {
            Value::String(text) => Ok(text),
            other => scalar(&other)
                .ok_or_else(|| self.wrong(key, &other, "a list of strings or numbers")),
        };
        items.into_iter().map(read).collect()
    }

    /// A value of a kind that the key cannot have.
    pub(crate) fn wrong(&self, key: &str, found: &Value, expected: &'static str) -> Error {
        let (path, key) = (self.path.to_owned(), key.to_owned());
        Error::JsonValue { path, line: self.line, key, found: kind(found), expected }
    }
}

/// The parser's words without the position, which is one of the line alone.
pub(crate) fn reason_of(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    reason.split(" at line ").next().unwrap_or_default().to_owned()
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        _ => None,
    }
}

/// What a value is, for errors.
pub(crate) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
