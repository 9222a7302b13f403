//! Tables: comma-separated values, and tab-separated ones without quoting.

use super::columns::Columns;
use super::field::{self, Place};
use super::table::{Kind, Table};
use super::{Example, Opened, ReadOptions};
use crate::error::{Error, Result};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

/// How many rows may decide what the columns of a file without header are.
const N_JUDGED: usize = 1000;

/// Rows that are handed on at once.
const N_AT_ONCE: usize = 256;

/// A table of examples.
struct Separated {
    table: Table,
    columns: Columns,
    n_columns: usize,
    options: ReadOptions,
    /// Whether the current row of the table is yet to be taken.
    has_row: bool,
}

/// Reads the header, or judges the first rows.
pub(super) fn open(source: TextSource, kind: Kind, options: ReadOptions) -> Result<Opened> {
    let mut table = Table::new(source, kind, options.source());
    if !table.advance()? {
        return Err(Error::NoRows { path: table.name().to_owned(), header: options.header });
    }
    let n_columns = table.n_fields();
    let (columns, names, has_row) = match options.header {
        true => {
            let names = table.fields();
            let columns = Columns::from_names(table.name(), &names, &options)?;
            let names = columns.named(&names);
            (columns, names, table.advance()?)
        }
        false => {
            let first = table.look_ahead(N_JUDGED)?;
            let (columns, names) =
                Columns::from_numbers(table.name(), &first, n_columns, &options)?;
            (columns, names, true)
        }
    };
    Ok(Opened::new(Separated { table, columns, n_columns, options, has_row }, Some(names)))
}

impl Rows<Example> for Separated {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        for _ in 0..N_AT_ONCE {
            if !self.has_row {
                return Ok(false);
            }
            self.table.check(self.n_columns)?;
            found.add(self.table.line(), example(&self.table, &self.columns, &self.options)?);
            self.has_row = self.table.advance()?;
        }
        Ok(true)
    }
}

fn example(table: &Table, columns: &Columns, options: &ReadOptions) -> Result<Example> {
    let owned = |column: usize| table.field(column).to_owned();
    let mut example = Example {
        text: owned(columns.text),
        pair: columns.pair.map(owned),
        negatives: columns.negatives.iter().map(|column| owned(*column)).collect(),
        ..Example::default()
    };
    let label = columns.label.map(|column| table.field(column));
    let place = Place { path: table.name(), line: table.line() };
    field::set_label(&mut example, label, options, place)?;
    Ok(example)
}

#[cfg(test)]
mod tests;
