//! Rows out of a file, some at a time: what the readers of examples, tagged sentences and questions
//! share.

use crate::error::{Error, Result};

/// Reads one format.
pub(crate) trait Rows<T>: Send {
    /// Adds the next rows; false when there are no more. Rows before an error are added as well.
    fn more(&mut self, found: &mut Found<T>) -> Result<bool>;
}

/// Rows and where they stand.
#[derive(Debug)]
pub(crate) struct Found<T> {
    pub(crate) rows: Vec<T>,
    /// The line of each.
    pub(crate) lines: Vec<usize>,
    /// The file of each, if each has its own.
    pub(crate) files: Vec<String>,
}

impl<T> Default for Found<T> {
    fn default() -> Self {
        Self { rows: Vec::new(), lines: Vec::new(), files: Vec::new() }
    }
}

impl<T> Found<T> {
    pub(crate) fn add(&mut self, line: usize, row: T) {
        self.lines.push(line);
        self.rows.push(row);
    }
}

/// The rows of a file, given one after the other.
pub(crate) struct RowStream<T> {
    rows: Box<dyn Rows<T>>,
    name: String,
    /// Whether a header comes before the rows.
    header: bool,
    found: Found<T>,
    /// How many of what was found have been given.
    n_given: usize,
    /// The number of rows given before.
    n_before: usize,
    state: State,
}

/// What is yet to come.
enum State {
    Rows,
    /// The rows that were found, and then this.
    Error(Error),
    End,
}

impl<T: Default> RowStream<T> {
    pub(crate) fn new(rows: Box<dyn Rows<T>>, name: String, header: bool) -> Self {
        let (found, state) = (Found::default(), State::Rows);
        Self { rows, name, header, found, n_given: 0, n_before: 0, state }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn n_read(&self) -> usize {
        self.n_before + self.n_given
    }

    /// The line, from one, of the row given last.
    pub(crate) fn line(&self) -> usize {
        let last = self.n_given.checked_sub(1).and_then(|last| self.found.lines.get(last));
        last.copied().unwrap_or_else(|| self.n_read())
    }

    /// The file of the row given last, if each row has its own.
    pub(crate) fn file(&self) -> Option<&str> {
        let last = self.n_given.checked_sub(1)?;
        self.found.files.get(last).map(String::as_str)
    }

    /// File and line of the row given last.
    pub(crate) fn place(&self) -> String {
        self.file().map_or_else(|| format!("{}:{}", self.name, self.line()), str::to_owned)
    }

    pub(crate) fn next_batch(&mut self) -> Result<Option<Vec<T>>> {
        if !self.fill()? {
            return Ok(None);
        }
        let batch = self.found.rows.iter_mut().skip(self.n_given).map(std::mem::take).collect();
        self.n_given = self.found.lines.len();
        Ok(Some(batch))
    }

    /// Makes sure that there is a row to give; false at the end.
    fn fill(&mut self) -> Result<bool> {
        while self.n_given == self.found.lines.len() {
            match std::mem::replace(&mut self.state, State::End) {
                State::End => return Ok(false),
                State::Error(error) => return Err(error),
                State::Rows => {}
            }
            // The rows given last stay known until others come, for whoever asks for their place.
            let mut found = Found::default();
            let more = self.rows.more(&mut found);
            let is_first = self.n_read() == 0;
            self.state = match more {
                Ok(true) => State::Rows,
                Ok(false) if is_first && found.lines.is_empty() => {
                    let (path, header) = (self.name.clone(), self.header);
                    State::Error(Error::NoRows { path, header })
                }
                Ok(false) => State::End,
                Err(error) => State::Error(error),
            };
            if !found.lines.is_empty() {
                self.n_before += self.n_given;
                self.n_given = 0;
                self.found = found;
            }
        }
        Ok(true)
    }

    /// All that is left, with what is needed to say where each stood.
    pub(crate) fn read_to_end(mut self) -> Result<Found<T>> {
        let mut all = Found::default();
        while self.fill()? {
            let found = &mut self.found;
            all.rows.append(&mut found.rows);
            all.lines.extend_from_slice(&found.lines);
            all.files.append(&mut found.files);
            self.n_given = self.found.lines.len();
        }
        Ok(all)
    }
}

impl<T: Default> Iterator for RowStream<T> {
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        match self.fill() {
            Err(error) => Some(Err(error)),
            Ok(false) => None,
            Ok(true) => {
                let row = std::mem::take(&mut self.found.rows[self.n_given]);
                self.n_given += 1;
                Some(Ok(row))
            }
        }
    }
}
