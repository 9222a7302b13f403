//! Comma-separated values, and tab-separated ones without quoting.

use std::io::Write as _;

use super::{Write, WriteOptions, field, not_held};
use crate::error::Result;
use crate::out_file::{OutFile, not_written};
use crate::record::Record;

const JOINED: &str = "has an item that holds what stands between items";
const BROKEN: &str = "holds a tab or a line end, which .tsv cannot";

/// A table of text.
pub(super) struct Separated {
    out: OutFile,
    delimiter: u8,
    columns: Vec<String>,
    options: WriteOptions,
    line: String,
}

impl Separated {
    pub(super) fn new(
        out: OutFile,
        delimiter: u8,
        columns: &[String],
        options: &WriteOptions,
    ) -> Result<Self> {
        let (columns, options) = (columns.to_vec(), options.clone());
        let mut table = Self { out, delimiter, columns, options, line: String::new() };
        if table.options.header {
            let names: Vec<String> = table.columns.clone();
            table.write_fields(&names, 0)?;
        }
        Ok(table)
    }

    fn write_fields(&mut self, fields: &[String], row: usize) -> Result<()> {
        self.line.clear();
        for (at, field) in fields.iter().enumerate() {
            if at > 0 {
                self.line.push(char::from(self.delimiter));
            }
            match self.delimiter {
                b',' => quote(field, fields.len() == 1, &mut self.line),
                _ if !field.contains(['\t', '\n', '\r']) => self.line.push_str(field),
                _ if self.options.flatten => {
                    self.line
                        .push_str(&field.replace("\r\n", " ").replace(['\t', '\n', '\r'], " "));
                }
                _ => return Err(not_held(&self.out, row, &self.columns[at], BROKEN)),
            }
        }
        // A blank line is no row.
        if self.line.is_empty() {
            let reason = "is blank, and so is the line, which is no row then";
            return Err(not_held(&self.out, row, &self.columns.join(","), reason));
        }
        self.line.push('\n');
        let written = self.out.write_all(self.line.as_bytes());
        written.map_err(|source| not_written(self.out.path(), source))
    }
}

impl Write for Separated {
    fn write(&mut self, record: &Record, row: usize) -> Result<()> {
        let mut fields = Vec::with_capacity(self.columns.len());
        for name in &self.columns {
            let value = field(record.get(name), self.options.separator);
            fields.push(value.ok_or_else(|| not_held(&self.out, row, name, JOINED))?);
        }
        self.write_fields(&fields, row)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.out.finish()
    }
}

/// Adds a field, in quotes where it would be read as something else without.
fn quote(field: &str, is_alone: bool, line: &mut String) {
    if field.contains(['"', ',', '\n', '\r']) || (is_alone && field.is_empty()) {
        line.push('"');
        line.push_str(&field.replace('"', "\"\""));
        line.push('"');
    } else {
        line.push_str(field);
    }
}
