//! Examples out of Parquet tables.

use std::path::Path;

use super::columns::Columns;
use super::jsonl::example;
use super::{ColumnNames, Example, Opened, ReadOptions};
use crate::error::Result;
use crate::json_lines::Object;
use crate::record_reader::parquet::Table;
use crate::rows::{Found, Rows};

/// A table of examples.
struct Typed {
    table: Table,
    keys: ColumnNames,
    options: ReadOptions,
}

/// Chooses the columns by their names.
pub(super) fn open(path: &Path, options: &ReadOptions) -> Result<Opened> {
    let table = Table::open(path)?;
    let names: Vec<&str> = table.columns().iter().map(String::as_str).collect();
    let options = ReadOptions { header: true, ..options.clone() };
    let keys = Columns::from_names(table.name(), &names, &options)?.named(&names);
    let columns = Some(keys.clone());
    Ok(Opened::new(Typed { table, keys, options }, columns))
}

impl Rows<Example> for Typed {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        for _ in 0..256 {
            let Some((number, record)) = self.table.next_record()? else { return Ok(false) };
            let object = Object::new(record, self.table.name(), number);
            found.add(number, example(object, &self.keys, &self.options, self.table.name())?);
        }
        Ok(true)
    }
}
