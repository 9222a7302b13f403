//! Plain text: one text a line, perhaps with fastText's labels; paragraphs; a whole document.

use super::field::{self, Place};
use super::{Example, LabelKind, Need, ReadOptions, Rows};
use crate::error::{Error, Result};
use crate::text_file::TextFile;

const LABEL_PREFIX: &str = "__label__";

/// Reads plain lines, or labelled ones if the first has a label. Blank lines are skipped.
pub(super) fn read(file: &TextFile, options: &ReadOptions) -> Result<Rows> {
    let path = file.name.as_str();
    let mut lines = file.lines().filter(|(_, line)| !line.trim().is_empty()).peekable();
    let is_labelled =
        lines.peek().is_some_and(|(_, line)| line.trim_start().starts_with(LABEL_PREFIX));
    if !is_labelled && options.labels == Need::Required && lines.peek().is_some() {
        return Err(Error::UnlabelledFormat { path: path.to_owned() });
    }
    let mut rows = Rows::default();
    for (line, text) in lines {
        rows.lines.push(line);
        rows.examples.push(match is_labelled {
            true => labelled(text, Place { path, line }, options)?,
            false => plain(text.trim()),
        });
    }
    Ok(rows)
}

/// Reads paragraphs, which blank lines part. Their lines stay lines.
pub(super) fn paragraphs(file: &TextFile) -> Rows {
    let mut rows = Rows::default();
    let mut is_inside = false;
    for (number, line) in file.lines() {
        let is_blank = line.trim().is_empty();
        match rows.examples.last_mut().filter(|_| is_inside && !is_blank) {
            Some(paragraph) => {
                paragraph.text.push('\n');
                paragraph.text.push_str(line);
            }
            None if !is_blank => {
                rows.lines.push(number);
                rows.examples.push(plain(line));
            }
            None => {}
        }
        is_inside = !is_blank;
    }
    rows
}

/// Reads all of it as one text, with line ends as on Unix.
pub(super) fn document(file: &TextFile) -> Rows {
    if file.text.trim().is_empty() {
        return Rows::default();
    }
    let text = match file.text.contains('\r') {
        true => file.text.replace("\r\n", "\n"),
        false => file.text.clone(),
    };
    Rows { examples: vec![Example { text, ..Example::default() }], lines: vec![1], columns: None }
}

fn plain(text: &str) -> Example {
    Example { text: text.to_owned(), ..Example::default() }
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
