//! A row a line: JSON objects, plain texts, fastText's labelled texts.

use std::io::Write as _;
use std::path::Path;

use super::{Write, WriteOptions, not_held, strings};
use crate::error::{DataError, Result};
use crate::out_file::{OutFile, not_written};
use crate::record::Record;

/// JSON lines.
pub(super) struct Objects {
    pub(super) out: OutFile,
}

impl Write for Objects {
    fn write(&mut self, record: &Record, _: usize) -> Result<()> {
        let written = serde_json::to_writer(&mut self.out, record).map_err(std::io::Error::from);
        let written = written.and_then(|()| self.out.write_all(b"\n"));
        written.map_err(|source| not_written(self.out.path(), source))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.out.finish()
    }
}

/// Texts, perhaps with labels.
pub(super) struct Lines {
    out: OutFile,
    label: Option<String>,
    text: String,
    flatten: bool,
}

impl Lines {
    pub(super) fn new(path: &Path, columns: &[String], options: &WriteOptions) -> Result<Self> {
        let is_label = |name: &&String| matches!(name.as_str(), "label" | "labels");
        let label = columns.iter().find(is_label).cloned();
        let mut others = columns.iter().filter(|name| !is_label(name));
        match (others.next(), others.next()) {
            (Some(text), None) => Ok(Self {
                out: OutFile::create(path)?,
                label,
                text: text.clone(),
                flatten: options.flatten,
            }),
            _ => Err(DataError::ColumnsNotHeld {
                path: path.display().to_string(),
                format: ".txt",
                expected: "a text and perhaps `label` or `labels`",
                columns: columns.to_vec(),
            }
            .into()),
        }
    }
}

impl Write for Lines {
    fn write(&mut self, record: &Record, row: usize) -> Result<()> {
        let text = super::field(record.get(&self.text), ' ').unwrap_or_default();
        let text = match text.contains(['\n', '\r']) {
            false => text,
            true if self.flatten => text.replace("\r\n", " ").replace(['\n', '\r'], " "),
            true => {
                let reason = "holds a line end, which a line cannot";
                return Err(not_held(&self.out, row, &self.text, reason));
            }
        };
        let mut line = String::new();
        if let Some(name) = &self.label {
            let value = record.get(name);
            let labels = match strings(value) {
                Some(labels) => labels.into_iter().map(str::to_owned).collect(),
                None => vec![super::field(value, ' ').unwrap_or_default()],
            };
            for label in &labels {
                if label.contains(char::is_whitespace) {
                    let reason = "holds white space, which ends a label";
                    return Err(not_held(&self.out, row, name, reason));
                }
                line.push_str("__label__");
                line.push_str(label);
                line.push(' ');
            }
            if labels.is_empty() {
                line.push_str("__label__ ");
            }
        }
        let text = text.trim();
        // After a label that would be one more, and before any the first line decides for all.
        if text.starts_with("__label__") || (line.is_empty() && text.is_empty()) {
            let reason = "is blank or begins with __label__, which is no plain line";
            return Err(not_held(&self.out, row, &self.text, reason));
        }
        line.push_str(text);
        line.push('\n');
        let written = self.out.write_all(line.as_bytes());
        written.map_err(|source| not_written(self.out.path(), source))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.out.finish()
    }
}
