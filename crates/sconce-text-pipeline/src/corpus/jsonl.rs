//! One JSON object a line.

use serde_json::Value;

use super::columns::{ColumnNames, Columns};
use super::field::{self, Place};
use super::{Example, LabelKind, Need, ReadOptions, Rows};
use crate::error::Result;
use crate::json_lines::{Object, lines, read_all};
use crate::text_file::TextFile;

/// Reads all objects; lines are parsed in parallel, and the first bad one is reported.
pub(super) fn read(file: &TextFile, options: &ReadOptions) -> Result<Rows> {
    let path = file.name.as_str();
    let lines = lines(file);
    let Some((number, line)) = lines.first() else { return Ok(Rows::default()) };
    let keys = choose_keys(&Object::parse(line, path, *number)?, path, options)?;
    let examples = read_all(&lines, path, |object| example(object, &keys, options, path))?;
    let lines = lines.into_iter().map(|(number, _)| number).collect();
    Ok(Rows { examples, lines, columns: Some(keys) })
}

fn choose_keys(first: &Object<'_>, path: &str, options: &ReadOptions) -> Result<ColumnNames> {
    let names = first.keys();
    let named = ReadOptions { header: true, ..options.clone() };
    Ok(Columns::from_names(path, &names, &named)?.named(&names))
}

fn example(
    mut object: Object<'_>,
    keys: &ColumnNames,
    options: &ReadOptions,
    path: &str,
) -> Result<Example> {
    let mut example = Example::default();
    let place = Place { path, line: object.line };
    match &keys.label {
        Some(key) if is_list(&object, key) && matches!(options.kind, LabelKind::Several { .. }) => {
            field::set_labels(&mut example, object.take_list(key)?);
        }
        Some(key) => {
            let label = object.scalar(key)?;
            field::set_label(&mut example, label.as_deref(), options, place)?;
        }
        None if options.labels == Need::Required => return Err(place.missing()),
        None => {}
    }
    example.pair = keys.pair.as_ref().map(|key| object.take_text(key)).transpose()?;
    example.negatives =
        keys.negatives.iter().map(|key| object.take_text(key)).collect::<Result<_>>()?;
    example.text = object.take_text(&keys.text)?;
    Ok(example)
}

fn is_list(object: &Object<'_>, key: &str) -> bool {
    matches!(object.map.get(key), Some(Value::Array(_)))
}

#[cfg(test)]
mod tests;
