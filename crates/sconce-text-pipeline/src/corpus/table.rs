//! Rows of separated values, one after the other, out of a file that is read as it is needed.

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use crate::error::{DataError, Error, Result};
use crate::text_source::{SourceSettings, TextSource, replace};

/// What separates fields.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Csv,
    Tsv,
}

/// A table and its current row.
pub(crate) struct Table {
    source: TextSource,
    settings: SourceSettings,
    kind: Kind,
    reader: Reader,
    /// The fields of the row one after the other, and where each ends.
    text: String,
    output: Vec<u8>,
    ends: Vec<usize>,
    n_fields: usize,
    /// The bytes of the window that the row takes.
    n_bytes: usize,
    line: usize,
}

impl Table {
    pub(crate) fn new(source: TextSource, kind: Kind, settings: SourceSettings) -> Self {
        let reader = reader(kind);
        let (text, output, ends) = (String::new(), vec![0; 1 << 12], vec![0; 32]);
        let line = source.line();
        Self { source, settings, kind, reader, text, output, ends, n_fields: 0, n_bytes: 0, line }
    }

    /// Moves to the next row that is not blank; false at the end.
    pub(crate) fn advance(&mut self) -> Result<bool> {
        self.source.consume(self.n_bytes);
        self.n_bytes = 0;
        self.skip_blank()?;
        self.line = self.source.line();
        self.read_row()
    }

    fn skip_blank(&mut self) -> Result<()> {
        loop {
            let window = self.source.window();
            let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
            let n_blank = window.iter().take_while(|byte| is_end(byte)).count();
            let is_all = n_blank == window.len();
            self.source.consume(n_blank);
            if !is_all || !self.source.more()? {
                return Ok(());
            }
        }
    }

    /// Reads the row at the beginning of the window, which grows until it holds it.
    fn read_row(&mut self) -> Result<bool> {
        let (mut n_out, mut n_ends) = (0, 0);
        loop {
            let input = &self.source.window()[self.n_bytes..];
            if input.is_empty() && !self.source.is_at_end() {
                self.source.more_of_record().map_err(|error| self.runaway(error))?;
                continue;
            }
            let (result, read, written, ended) =
                self.reader.read_record(input, &mut self.output[n_out..], &mut self.ends[n_ends..]);
            self.n_bytes += read;
            n_out += written;
            n_ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => self.output.resize(self.output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => self.ends.resize(self.ends.len() * 2, 0),
                ReadRecordResult::End => return Ok(false),
                ReadRecordResult::Record => break,
            }
        }
        self.n_fields = n_ends;
        self.set_text(n_out)?;
        self.source.check_length(self.n_bytes)?;
        Ok(true)
    }

    fn set_text(&mut self, n_out: usize) -> Result<()> {
        let bytes = &self.output[..n_out];
        // The last bytes of a field and the first of the next may look like one character.
        let ends = &self.ends[..self.n_fields];
        let is_text = |text: &&str| {
            memchr::memchr(0, bytes).is_none() && ends.iter().all(|end| text.is_char_boundary(*end))
        };
        let text = std::str::from_utf8(bytes).ok().filter(is_text);
        self.text.clear();
        match text {
            Some(text) => self.text.push_str(text),
            None if !self.settings.lossy => return Err(self.source.refuse(self.n_bytes)),
            None => {
                let mut start = 0;
                for end in &mut self.ends[..self.n_fields] {
                    self.text.push_str(&replace(&bytes[start..*end]));
                    start = *end;
                    *end = self.text.len();
                }
            }
        }
        Ok(())
    }

    /// The line, from one, of the current row.
    pub(crate) fn line(&self) -> usize {
        self.line
    }

    pub(crate) fn name(&self) -> &str {
        self.source.name()
    }

    pub(crate) fn n_fields(&self) -> usize {
        self.n_fields
    }

    /// A field of the current row; blank past the last.
    pub(crate) fn field(&self, column: usize) -> &str {
        if column >= self.n_fields {
            return "";
        }
        let start = column.checked_sub(1).map_or(0, |before| self.ends[before]);
        self.text.get(start..self.ends[column]).unwrap_or_default()
    }

    pub(crate) fn fields(&self) -> Vec<&str> {
        (0..self.n_fields).map(|column| self.field(column)).collect()
    }

    /// The fields of the current row and those after it, to judge columns by. They are read again.
    pub(crate) fn look_ahead(&mut self, n_rows: usize) -> Result<Vec<Vec<String>>> {
        let mut rows: Vec<Vec<String>> =
            vec![self.fields().into_iter().map(str::to_owned).collect()];
        let mut at = self.n_bytes;
        let mut reader = reader(self.kind);
        let (mut output, mut ends) = (vec![0; self.output.len()], vec![0; self.ends.len()]);
        let (mut start, mut n_out, mut n_ends) = (at, 0, 0);
        while rows.len() < n_rows && at < JUDGED_BYTES {
            let input = &self.source.window()[at..];
            if input.is_empty() && !self.source.is_at_end() {
                self.source.more()?;
                continue;
            }
            let (result, read, written, ended) =
                reader.read_record(input, &mut output[n_out..], &mut ends[n_ends..]);
            at += read;
            n_out += written;
            n_ends += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => output.resize(output.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                ReadRecordResult::End => break,
                ReadRecordResult::Record => {
                    let starts = [0].into_iter().chain(ends[..n_ends].iter().copied());
                    let field = |(start, end): (usize, &usize)| replace(&output[start..*end]);
                    rows.push(starts.zip(&ends[..n_ends]).map(field).collect());
                    (start, n_out, n_ends) = (at, 0, 0);
                }
            }
        }
        debug_assert!(start <= at);
        Ok(rows)
    }

    /// Refuses a row of the wrong length, and one that an open quote has run away with.
    ///
    /// Empty fields at the end are the work of spreadsheets and do no harm.
    pub(crate) fn check(&self, expected: usize) -> Result<()> {
        let is_last = self.source.is_at_end() && self.n_bytes == self.source.window().len();
        if is_last
            && let Some(error) = self.open_quote()
            && self.fields().iter().any(|field| field.contains('\n'))
        {
            return Err(error);
        }
        let got = self.n_fields;
        if got == expected
            || (got > expected && self.fields().iter().skip(expected).all(|field| field.is_empty()))
        {
            return Ok(());
        }
        Err(Error::FieldCount { path: self.name().to_owned(), line: self.line, got, expected })
    }

    /// A row that is over the limit, most likely because of a quote.
    fn runaway(&self, error: Error) -> Error {
        match error {
            Error::Data(DataError::RecordTooLong { .. }) => self.open_quote().unwrap_or(error),
            error => error,
        }
    }

    /// The quote of the row that is not closed, if its quotes are uneven.
    fn open_quote(&self) -> Option<Error> {
        let row = &self.source.window()[..self.n_bytes];
        if self.kind != Kind::Csv || memchr::memchr_iter(b'"', row).count().is_multiple_of(2) {
            return None;
        }
        let at = open_quote(row);
        let before = &row[..at];
        let start = memchr::memrchr(b'\n', before).map_or(0, |end| end + 1);
        Some(Error::UnclosedQuote {
            path: self.name().to_owned(),
            line: self.line + memchr::memchr_iter(b'\n', before).count(),
            column: 1 + String::from_utf8_lossy(&before[start..]).chars().count(),
        })
    }
}

/// What may be looked at to judge columns, whatever the length of rows.
const JUDGED_BYTES: usize = 64 << 20;

fn reader(kind: Kind) -> Reader {
    ReaderBuilder::new()
        .delimiter(if kind == Kind::Tsv { b'\t' } else { b',' })
        .quoting(kind == Kind::Csv)
        .build()
}

/// The last quote that opens a field and is not closed.
fn open_quote(row: &[u8]) -> usize {
    let mut opened = None;
    let mut is_at_start = true;
    for (at, byte) in row.iter().enumerate() {
        match (byte, opened) {
            (b'"', None) if is_at_start => opened = Some(at),
            (b'"', Some(_)) => opened = None,
            // A doubled quote inside a field closes and opens it.
            (b'"', None) if at > 0 && row[at - 1] == b'"' => opened = Some(at),
            _ => {}
        }
        is_at_start = opened.is_none() && matches!(byte, b',' | b'\n' | b'\r');
    }
    opened.unwrap_or_default()
}
