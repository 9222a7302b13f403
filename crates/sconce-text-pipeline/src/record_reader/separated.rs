//! All columns of separated values.

use crate::corpus::{ReadOptions, Table, TableKind};
use crate::error::{Error, Result};
use crate::record::Record;
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

/// A table whose columns have names.
pub(super) struct Separated {
    table: Table,
    names: Vec<String>,
    has_row: bool,
}

/// Reads the header; without one columns are numbers from 1.
pub(super) fn open(
    source: TextSource,
    kind: TableKind,
    options: &ReadOptions,
) -> Result<(Separated, Vec<String>)> {
    let mut table = Table::new(source, kind, options.source());
    if !table.advance()? {
        let (path, header) = (table.name().to_owned(), options.header);
        return Err(Error::NoRows { path, header });
    }
    let (names, has_row): (Vec<String>, bool) = match options.header {
        true => (table.fields().into_iter().map(str::to_owned).collect(), table.advance()?),
        false => ((1..=table.n_fields()).map(|number| number.to_string()).collect(), true),
    };
    let names = distinct(names);
    Ok((Separated { table, names: names.clone(), has_row }, names))
}

/// Names by which columns can be told: a blank one is called by its number, and a second `x` `x.2`.
fn distinct(names: Vec<String>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for (number, name) in (1..).zip(names) {
        let name = if name.trim().is_empty() { number.to_string() } else { name };
        let mut candidate = name.clone();
        let mut times = 1;
        while found.contains(&candidate) {
            times += 1;
            candidate = format!("{name}.{times}");
        }
        found.push(candidate);
    }
    found
}

impl Rows<Record> for Separated {
    fn more(&mut self, found: &mut Found<Record>) -> Result<bool> {
        for _ in 0..256 {
            if !self.has_row {
                return Ok(false);
            }
            self.table.check(self.names.len())?;
            let value = |(at, name): (usize, &String)| (name.clone(), self.table.field(at).into());
            found.add(self.table.line(), self.names.iter().enumerate().map(value).collect());
            self.has_row = self.table.advance()?;
        }
        Ok(true)
    }
}
