//! Tables: comma-separated values, and tab-separated ones without quoting.

use csv::{ByteRecord, Reader, ReaderBuilder};

use super::columns::Columns;
use super::field::{self, Place};
use super::{Example, ReadOptions, Rows};
use crate::error::{Error, Result};
use crate::text_file::{TextFile, line_at};

/// How many rows may decide what the columns of a file without header are.
const N_JUDGED: usize = 1000;

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Csv,
    Tsv,
}

/// Reads a table.
pub(super) fn read(file: &TextFile, kind: Kind, options: &ReadOptions) -> Result<Rows> {
    let (text, path) = (file.text.as_str(), file.name.as_str());
    let mut table = Table::new(text, kind, path);
    let mut rows = Rows::default();
    if !table.advance()? {
        return Ok(rows);
    }
    let n_columns = table.record.len();
    let columns = if options.header {
        let names = table.fields()?;
        let columns = Columns::from_names(path, &names, options)?;
        rows.columns = Some(columns.named(&names));
        if !table.advance()? {
            return Ok(rows);
        }
        columns
    } else {
        let first = first_rows(text, kind, path)?;
        let (columns, names) = Columns::from_numbers(path, &first, n_columns, options)?;
        rows.columns = Some(names);
        columns
    };
    let mut counter = LineCounter::default();
    loop {
        table.check(n_columns)?;
        let line = counter.line_at(text.as_bytes(), table.start());
        rows.examples.push(table.example(&columns, options, line)?);
        rows.lines.push(line);
        if !table.advance()? {
            return Ok(rows);
        }
    }
}

/// Counts lines from where it was asked last.
#[derive(Default)]
struct LineCounter {
    at: usize,
    n_ends: usize,
}

impl LineCounter {
    /// The number, from one, of the line that holds the byte at `at`, which is not before the last.
    fn line_at(&mut self, bytes: &[u8], at: usize) -> usize {
        let passed = bytes.get(self.at..at).unwrap_or_default();
        self.n_ends += memchr::memchr_iter(b'\n', passed).count();
        self.at = at;
        1 + self.n_ends
    }
}

/// The beginning of a file, to judge its columns by.
fn first_rows(text: &str, kind: Kind, path: &str) -> Result<Vec<Vec<String>>> {
    let mut table = Table::new(text, kind, path);
    let mut rows = Vec::new();
    while rows.len() < N_JUDGED && table.advance()? {
        rows.push(table.fields()?.into_iter().map(str::to_owned).collect());
    }
    Ok(rows)
}

/// A table and its current row.
struct Table<'a> {
    text: &'a str,
    kind: Kind,
    path: &'a str,
    reader: Reader<&'a [u8]>,
    record: ByteRecord,
}

impl<'a> Table<'a> {
    fn new(text: &'a str, kind: Kind, path: &'a str) -> Self {
        let reader = ReaderBuilder::new()
            .has_headers(false)
            // A short row is ours to report, with its line.
            .flexible(true)
            .delimiter(if kind == Kind::Tsv { b'\t' } else { b',' })
            .quoting(kind == Kind::Csv)
            .from_reader(text.as_bytes());
        Self { text, kind, path, reader, record: ByteRecord::new() }
    }

    /// Moves to the next row that is not blank; false at the end.
    fn advance(&mut self) -> Result<bool> {
        self.reader
            .read_byte_record(&mut self.record)
            .map_err(|error| Error::io(self.path, std::io::Error::other(error)))
    }

    /// Where the current row begins. The reader's own position may be before blank lines.
    fn start(&self) -> usize {
        let at = self.record.position().map_or(0, |position| position.byte() as usize);
        let rest = self.text.as_bytes().get(at..).unwrap_or_default();
        at + rest.iter().take_while(|byte| matches!(byte, b'\n' | b'\r')).count()
    }

    /// The line of the current row. Counted from the beginning, so only for errors.
    fn line(&self) -> usize {
        line_at(self.text.as_bytes(), self.start())
    }

    fn field(&self, column: usize) -> Result<&str> {
        let bytes = self.record.get(column).unwrap_or_default();
        std::str::from_utf8(bytes)
            .map_err(|_| Error::InvalidUtf8 { path: self.path.to_owned(), line: self.line() })
    }

    fn fields(&self) -> Result<Vec<&str>> {
        (0..self.record.len()).map(|column| self.field(column)).collect()
    }

    /// Refuses a row of the wrong length, and one that an open quote has run away with.
    ///
    /// Empty fields at the end are the work of spreadsheets and do no harm.
    fn check(&self, expected: usize) -> Result<()> {
        let path = || self.path.to_owned();
        let is_last = self.reader.position().byte() as usize >= self.text.len();
        if self.kind == Kind::Csv && is_last {
            let row = &self.text.as_bytes()[self.start().min(self.text.len())..];
            let n_quotes = memchr::memchr_iter(b'"', row).count();
            if n_quotes % 2 == 1 && self.record.iter().any(|field| field.contains(&b'\n')) {
                return Err(Error::UnclosedQuote { path: path(), line: self.line() });
            }
        }
        let got = self.record.len();
        if got == expected
            || (got > expected && self.record.iter().skip(expected).all(<[u8]>::is_empty))
        {
            return Ok(());
        }
        Err(Error::FieldCount { path: path(), line: self.line(), got, expected })
    }

    fn example(&self, columns: &Columns, options: &ReadOptions, line: usize) -> Result<Example> {
        let owned = |column: usize| self.field(column).map(str::to_owned);
        let mut example = Example {
            text: owned(columns.text)?,
            pair: columns.pair.map(owned).transpose()?,
            negatives: columns
                .negatives
                .iter()
                .map(|column| owned(*column))
                .collect::<Result<_>>()?,
            ..Example::default()
        };
        let label = columns.label.map(|column| self.field(column)).transpose()?;
        field::set_label(&mut example, label, options, Place { path: self.path, line })?;
        Ok(example)
    }
}

#[cfg(test)]
mod tests;
