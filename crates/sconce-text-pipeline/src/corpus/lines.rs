//! Plain text: one text a line, perhaps with fastText's labels; paragraphs; a whole document.

use super::field::{self, Place};
use super::{Example, LabelKind, Need, ReadOptions};
use crate::error::{Error, Result};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

const LABEL_PREFIX: &str = "__label__";

/// Plain lines, or labelled ones if the first has a label. Blank lines are skipped.
pub(super) struct Lines {
    source: TextSource,
    options: ReadOptions,
    is_labelled: Option<bool>,
}

impl Lines {
    pub(super) fn new(source: TextSource, options: ReadOptions) -> Self {
        Self { source, options, is_labelled: None }
    }
}

impl Rows<Example> for Lines {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let Some(block) = self.source.block()? else { return Ok(false) };
        for (line, text) in block.lines().filter(|(_, line)| !line.trim().is_empty()) {
            let is_labelled =
                *self.is_labelled.get_or_insert(text.trim_start().starts_with(LABEL_PREFIX));
            if !is_labelled && self.options.labels == Need::Required {
                return Err(Error::UnlabelledFormat { path: name });
            }
            let example = match is_labelled {
                true => labelled(text, Place { path: &name, line }, &self.options)?,
                false => plain(text.trim()),
            };
            found.add(line, example);
        }
        Ok(true)
    }
}

/// Paragraphs, which blank lines part. Their lines stay lines.
pub(super) struct Paragraphs {
    source: TextSource,
    /// The paragraph that is being read, and its first line.
    current: Option<(usize, String)>,
}

impl Paragraphs {
    pub(super) fn new(source: TextSource) -> Self {
        Self { source, current: None }
    }
}

impl Rows<Example> for Paragraphs {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let Some(block) = self.source.block()? else {
            let last = self.current.take();
            last.into_iter().for_each(|(line, text)| found.add(line, owned(text)));
            return Ok(false);
        };
        for (number, line) in block.lines() {
            match (&mut self.current, line.trim().is_empty()) {
                (None, true) => {}
                (Some(_), true) => {
                    let ended = self.current.take();
                    ended.into_iter().for_each(|(line, text)| found.add(line, owned(text)));
                }
                (Some((_, text)), false) => {
                    text.push('\n');
                    text.push_str(line);
                }
                (None, false) => self.current = Some((number, line.to_owned())),
            }
        }
        if let Some((line, text)) = &self.current {
            self.source.check_record(*line, text.len())?;
        }
        Ok(true)
    }
}

/// All of it as one text, with line ends as on Unix.
pub(super) struct Document {
    source: Option<TextSource>,
}

impl Document {
    pub(super) fn new(source: TextSource) -> Self {
        Self { source: Some(source) }
    }
}

impl Rows<Example> for Document {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let Some(source) = self.source.take() else { return Ok(false) };
        let mut text = source.read_to_end()?;
        if text.contains('\r') {
            text = text.replace("\r\n", "\n");
        }
        if !text.trim().is_empty() {
            found.add(1, owned(text));
        }
        Ok(true)
    }
}

pub(super) fn plain(text: &str) -> Example {
    owned(text.to_owned())
}

pub(super) fn owned(text: String) -> Example {
    Example { text, ..Example::default() }
}

/// Splits the labels off the beginning of a line.
fn labelled(line: &str, place: Place<'_>, options: &ReadOptions) -> Result<Example> {
    let mut rest = line.trim();
    let mut labels = Vec::new();
    while let Some(after) = rest.strip_prefix(LABEL_PREFIX) {
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        labels.push(after[..end].to_owned());
        rest = after[end..].trim_start();
    }
    labels.retain(|label| !label.is_empty());
    let mut example = plain(rest);
    if matches!(options.kind, LabelKind::Several { .. }) {
        field::set_labels(&mut example, labels);
    } else if labels.len() > 1 {
        return Err(Error::SeveralLabels { path: place.path.to_owned(), line: place.line, labels });
    } else {
        field::set_label(&mut example, labels.first().map(String::as_str), options, place)?;
    }
    Ok(example)
}

#[cfg(test)]
mod tests;
