//! Trees of sentiment, `(3 (2 It) (4 works))`: the sentence, or all its phrases, with their classes.

use std::path::Path;

use crate::corpus::{Example, Format};
use crate::error::{DataError, Result};
use crate::example_reader::ExampleReader;
use crate::rows::{Found, Rows};
use crate::text_source::{SourceSettings, TextSource};

/// How many classes there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Classes {
    /// Without the neutral ones.
    Two,
    Five,
}

impl Classes {
    fn name(self, class: u8) -> Option<&'static str> {
        const FIVE: [&str; 5] =
            ["very negative", "negative", "neutral", "positive", "very positive"];
        match (self, class) {
            (Self::Five, class) => FIVE.get(usize::from(class)).copied(),
            (Self::Two, 0 | 1) => Some("negative"),
            (Self::Two, 3 | 4) => Some("positive"),
            (Self::Two, _) => None,
        }
    }
}

/// A file with a tree a line.
struct Trees {
    source: TextSource,
    classes: Classes,
    phrases: bool,
}

pub(super) fn open(path: &Path, classes: Classes, phrases: bool) -> Result<ExampleReader> {
    let source = TextSource::open(path, SourceSettings::new(false))?;
    let name = source.name().to_owned();
    Ok(ExampleReader::of_rows(Trees { source, classes, phrases }, name, Format::Lines))
}

impl Rows<Example> for Trees {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let Some(block) = self.source.block()? else { return Ok(false) };
        for (line, tree) in block.lines().filter(|(_, tree)| !tree.trim().is_empty()) {
            let parsed = phrases(tree).map_err(|(column, reason)| DataError::Layout {
                place: format!("{name}:{line}"),
                reason: format!("not a tree: {reason} at column {column}"),
            })?;
            let n_wanted = if self.phrases { parsed.len() } else { 1 };
            for (class, text) in parsed.into_iter().take(n_wanted) {
                let Some(class) = self.classes.name(class) else { continue };
                let label = Some(class.to_owned());
                found.add(line, Example { text, label, ..Example::default() });
            }
        }
        Ok(true)
    }
}

/// Every phrase of a tree with its class, the sentence first; else the column of an error, from one,
/// and what is wrong.
fn phrases(tree: &str) -> Result<Vec<(u8, String)>, (usize, &'static str)> {
    let mut found: Vec<(u8, String)> = Vec::new();
    // The phrases that are being read, as places in `found`.
    let mut open: Vec<usize> = Vec::new();
    let mut is_done = false;
    let mut rest = tree;
    loop {
        rest = rest.trim_start();
        let column = 1 + tree[..tree.len() - rest.len()].chars().count();
        let Some(first) = rest.chars().next() else { break };
        if is_done {
            return Err((column, "more after its end"));
        }
        match first {
            '(' => {
                let class = rest[1..].chars().next().filter(char::is_ascii_digit);
                let class = class.ok_or((column + 1, "no class"))?;
                open.push(found.len());
                found.push((class as u8 - b'0', String::new()));
                rest = &rest[2..];
            }
            ')' => {
                let closed = open.pop().ok_or((column, "a bracket too many"))?;
                if found[closed].1.is_empty() {
                    return Err((column, "a phrase without words"));
                }
                is_done = open.is_empty();
                rest = &rest[1..];
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
                let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                if open.is_empty() {
                    return Err((column, "a word outside of brackets"));
                }
                let word = word.replace("-LRB-", "(").replace("-RRB-", ")").replace("\\/", "/");
                for place in &open {
                    let text = &mut found[*place].1;
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    text.push_str(&word);
                }
                rest = after;
            }
        }
    }
    if !is_done {
        return Err((1 + tree.chars().count(), "a bracket is not closed"));
    }
    Ok(found)
}
