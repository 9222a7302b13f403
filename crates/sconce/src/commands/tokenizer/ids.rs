//! Lists of ids, as `encode` prints them and `decode` reads them.

use anyhow::{Result, anyhow, bail};
use serde::Deserialize;

/// A list in one of its forms in JSON.
#[derive(Deserialize)]
#[serde(untagged)]
enum Json {
    Object { ids: Vec<u32> },
    List(Vec<u32>),
}

/// Numbers with a space between them.
pub fn spaced(ids: &[u32]) -> String {
    let mut text = String::with_capacity(6 * ids.len());
    for (place, id) in ids.iter().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(&id.to_string());
    }
    text
}

/// Numbers with white space or commas between them, a JSON list of numbers, or an object that has
/// such a list as `ids`.
///
/// # Errors
/// If it is none of these.
pub fn parse(line: &str) -> Result<Vec<u32>> {
    let line = line.trim();
    if line.starts_with(['{', '[']) {
        return match serde_json::from_str(line) {
            Ok(Json::Object { ids } | Json::List(ids)) => Ok(ids),
            Err(_) => bail!("neither a JSON list of ids nor an object with a list \"ids\""),
        };
    }
    let words = line.split(|c: char| c.is_whitespace() || c == ',').filter(|w| !w.is_empty());
    words
        .map(|word| {
            word.parse().map_err(|_| {
                anyhow!("{word:?} is no id; ids are whole numbers from 0, with spaces between them")
            })
        })
        .collect()
}

#[cfg(test)]
mod tests;
