//! One JSON object a line.

mod wanted;

use serde_json::Value;

use super::columns::{ColumnNames, Columns};
use super::field::{self, Place};
use super::{Example, LabelKind, Need, Opened, ReadOptions};
use crate::error::{Error, Result};
use crate::json_lines::{Object, read_block};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;
use wanted::Wanted;

/// Objects, of which a block is parsed at once, in parallel.
struct Objects {
    source: TextSource,
    options: ReadOptions,
    keys: ColumnNames,
}

/// Chooses the keys by the first object.
pub(super) fn open(mut source: TextSource, options: ReadOptions) -> Result<Opened> {
    let Some((line, text)) = source.first_line()? else {
        return Err(Error::NoRows { path: source.name().to_owned(), header: false });
    };
    let keys = choose_keys(&Object::parse(&text, source.name(), line)?, source.name(), &options)?;
    let columns = Some(keys.clone());
    Ok(Opened::new(Objects { source, options, keys }, columns))
}

impl Rows<Example> for Objects {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let keys = &self.keys;
        let Some(block) = self.source.block()? else { return Ok(false) };
        let read = |line: usize, text: &str| {
            if let Some(example) = Wanted::new(keys, &self.options).read(text) {
                return Ok(example);
            }
            example(Object::parse(text, &name, line)?, keys, &self.options, &name)
        };
        for (line, example) in read_block(block, read) {
            found.add(line, example?);
        }
        Ok(true)
    }
}

fn choose_keys(first: &Object<'_>, path: &str, options: &ReadOptions) -> Result<ColumnNames> {
    let names = first.keys();
    let named = ReadOptions { header: true, ..options.clone() };
    Ok(Columns::from_names(path, &names, &named)?.named(&names))
}

/// Any object, whatever is wrong with it.
pub(super) fn example(
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
