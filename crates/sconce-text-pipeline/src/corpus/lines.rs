//! One text a line, plain or with fastText's labels.

use super::{Example, Need, ReadOptions};
use crate::error::{Error, Result};

const LABEL_PREFIX: &str = "__label__";

/// Reads plain lines, or labelled ones if the first has a label. Blank lines are skipped.
pub(super) fn read(text: &str, path: &str, options: &ReadOptions) -> Result<Vec<Example>> {
    let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()).peekable();
    let is_labelled =
        lines.peek().is_some_and(|(_, line)| line.trim_start().starts_with(LABEL_PREFIX));
    if is_labelled {
        return lines.map(|(number, line)| labelled(line, path, number, options.labels)).collect();
    }
    if options.labels == Need::Required && lines.peek().is_some() {
        return Err(Error::UnlabelledFormat { path: path.to_owned() });
    }
    let plain = |line: &str| Example { text: line.trim().to_owned(), ..Example::default() };
    Ok(lines.map(|(_, line)| plain(line)).collect())
}

/// Splits the labels off the beginning of a line.
fn labelled(line: &str, path: &str, number: usize, need: Need) -> Result<Example> {
    let mut rest = line.trim();
    let mut labels = Vec::new();
    while let Some(after) = rest.strip_prefix(LABEL_PREFIX) {
        let end = after.find(char::is_whitespace).unwrap_or(after.len());
        labels.push(after[..end].to_owned());
        rest = after[end..].trim_start();
    }
    labels.retain(|label| !label.is_empty());
    let (path, line) = (path.to_owned(), number);
    match labels.len() {
        0 if need == Need::Required => Err(Error::MissingLabel { path, line }),
        0 | 1 => Ok(Example { text: rest.to_owned(), pair: None, label: labels.pop() }),
        _ => Err(Error::SeveralLabels { path, line, labels }),
    }
}

#[cfg(test)]
mod tests;
