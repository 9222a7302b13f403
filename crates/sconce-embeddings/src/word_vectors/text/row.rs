//! One line of a text file: the word, which may hold spaces, and exactly `dim` numbers.

use std::borrow::Cow;
use std::path::Path;

use super::is_separator;
use crate::word_vectors::number::parse_number;
use crate::{Error, Place, Result};

/// What is wrong with a row; where it stands is added by who knows it.
#[derive(Debug, PartialEq)]
pub(super) enum RowError {
    FieldCount { got: usize },
    BadNumber { word: String, field: String },
    NotFinite { word: String, value: f32 },
    NotUtf8 { word: String },
}

impl RowError {
    pub(super) fn at(self, path: &Path, line: usize, dim: usize) -> Error {
        let path = path.to_owned();
        match self {
            Self::FieldCount { got } => {
                Error::WrongFieldCount { path, line, got, expected: dim + 1 }
            }
            Self::BadNumber { word, field } => Error::BadNumber { path, line, word, field },
            Self::NotFinite { word, value } => {
                Error::NotFinite { path, place: Place::Line(line), word, value }
            }
            Self::NotUtf8 { word } => Error::NotUtf8 { path, place: Place::Line(line), word },
        }
    }
}

/// Appends the numbers of a row to `values` and answers with its word.
pub(super) fn parse_row<'a>(
    line: &'a [u8],
    dim: usize,
    values: &mut Vec<f32>,
) -> Result<&'a [u8], RowError> {
    let start = values.len();
    let line = line.trim_ascii_end();
    let word = match plain_row(line, dim, values) {
        Some(word) => word,
        None => {
            values.truncate(start);
            spaced_row(line, dim, values)?
        }
    };
    match values[start..].iter().find(|value| !value.is_finite()) {
        None => Ok(word),
        Some(&value) => Err(RowError::NotFinite { word: quote(word), value }),
    }
}

/// The word as text; bytes that are no UTF-8 are replaced or refused.
pub(super) fn word_text(bytes: &[u8], lossy: bool) -> Result<Cow<'_, str>, RowError> {
    match std::str::from_utf8(bytes) {
        Ok(word) => Ok(Cow::Borrowed(word)),
        Err(_) if lossy => Ok(String::from_utf8_lossy(bytes)),
        Err(_) => Err(RowError::NotUtf8 { word: quote(bytes) }),
    }
}

/// How many fields at the end of a line are numbers; the first field is the word in any case.
pub(crate) fn trailing_numbers(line: &[u8]) -> usize {
    let fields: Vec<&[u8]> = fields(line).skip(1).collect();
    fields.iter().rev().take_while(|field| is_number(field)).count()
}

/// The common case in one pass: a word without spaces, and nothing but the numbers after it.
fn plain_row<'a>(line: &'a [u8], dim: usize, values: &mut Vec<f32>) -> Option<&'a [u8]> {
    let word_end = line.iter().position(|&byte| is_separator(byte)).filter(|&end| end > 0)?;
    let mut rest = &line[word_end..];
    for _ in 0..dim {
        rest = skip_separators(rest);
        let (value, length) = parse_number(rest)?;
        values.push(value);
        rest = &rest[length..];
    }
    rest.is_empty().then_some(&line[..word_end])
}

/// Every other row: the last `dim` fields are the numbers, all before them is the word.
fn spaced_row<'a>(line: &'a [u8], dim: usize, values: &mut Vec<f32>) -> Result<&'a [u8], RowError> {
    let fields: Vec<&[u8]> = fields(line).collect();
    let wrong_count = RowError::FieldCount { got: fields.len() };
    if fields.len() <= dim {
        return Err(wrong_count);
    }
    let (word_fields, numbers) = fields.split_at(fields.len() - dim);
    // `area 51` may be a word; `frog 0.25` is a word before one number too many.
    let last = word_fields[word_fields.len() - 1];
    if word_fields.len() > 1 && last.contains(&b'.') && is_number(last) {
        return Err(wrong_count);
    }
    let word = word_before(line, numbers.len());
    for field in numbers {
        match parse_number(field) {
            Some((value, _)) => values.push(value),
            None => return Err(RowError::BadNumber { word: quote(word), field: quote(field) }),
        }
    }
    Ok(word)
}

/// What is left of a line without its last `n_fields` fields and the separators around the rest.
fn word_before(line: &[u8], n_fields: usize) -> &[u8] {
    let mut rest = line;
    for _ in 0..n_fields {
        let start = rest.iter().rposition(|&byte| is_separator(byte)).unwrap_or(0);
        rest = trim_separators_end(&rest[..start]);
    }
    skip_separators(rest)
}

fn fields(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let line = line.trim_ascii_end();
    line.split(|&byte| is_separator(byte)).filter(|field| !field.is_empty())
}

fn is_number(field: &[u8]) -> bool {
    parse_number(field).is_some()
}

fn skip_separators(bytes: &[u8]) -> &[u8] {
    let start = bytes.iter().position(|&byte| !is_separator(byte)).unwrap_or(bytes.len());
    &bytes[start..]
}

fn trim_separators_end(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|&byte| !is_separator(byte)).map_or(0, |last| last + 1);
    &bytes[..end]
}

fn quote(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests;
