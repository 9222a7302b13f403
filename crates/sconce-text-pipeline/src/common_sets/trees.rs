//! Trees of sentiment, `(3 (2 It) (4 works))`: the sentence, or all its phrases, with their classes.

use std::path::Path;

use crate::corpus::{Example, Format};
use crate::error::{DataError, Result};
use crate::example_reader::ExampleReader;
use crate::rows::{Found, Rows};
use crate::text_source::{SourceSettings, TextSource};

/// The longest tree, and the most phrases inside each other: far more than any sentence has, and few
/// enough for all phrases of a tree to fit into memory.
const MAX_BYTES: usize = 1 << 20;
const MAX_DEPTH: usize = 200;

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
    let settings = SourceSettings { max_record_bytes: MAX_BYTES, ..SourceSettings::new(false) };
    let source = TextSource::open(path, settings)?;
    let name = source.name().to_owned();
    Ok(ExampleReader::of_rows(Trees { source, classes, phrases }, name, Format::Lines))
}

impl Rows<Example> for Trees {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let Some(block) = self.source.block()? else { return Ok(false) };
        for (line, tree) in block.lines().filter(|(_, tree)| !tree.trim().is_empty()) {
            let parsed = phrases(tree, self.phrases).map_err(|(at, reason)| DataError::Layout {
                place: format!("{name}:{line}"),
                reason: format!(
                    "not a tree: {reason} at column {}",
                    1 + tree[..at].chars().count()
                ),
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

/// Every phrase of a tree with its class, the sentence first, which alone has its text unless `all`
/// have; else the byte of an error and what is wrong.
fn phrases(tree: &str, all: bool) -> Result<Vec<(u8, String)>, (usize, &'static str)> {
    let mut found: Vec<(u8, String)> = Vec::new();
    // The phrases that are being read, as places in `found`, and whether they have words.
    let mut open: Vec<(usize, bool)> = Vec::new();
    let mut is_done = false;
    let mut rest = tree;
    loop {
        rest = rest.trim_start();
        let at = tree.len() - rest.len();
        let Some(first) = rest.chars().next() else { break };
        if is_done {
            return Err((at, "more after its end"));
        }
        match first {
            '(' => {
                let class = rest[1..].chars().next().filter(char::is_ascii_digit);
                let class = class.ok_or((at + 1, "no class"))?;
                if open.len() == MAX_DEPTH {
                    return Err((at, "too many brackets inside each other"));
                }
                open.push((found.len(), false));
                found.push((class as u8 - b'0', String::new()));
                rest = &rest[2..];
            }
            ')' => {
                let (_, has_words) = open.pop().ok_or((at, "a bracket too many"))?;
                if !has_words {
                    return Err((at, "a phrase without words"));
                }
                if let Some((_, has_words)) = open.last_mut() {
                    *has_words = true;
                }
                is_done = open.is_empty();
                rest = &rest[1..];
            }
            _ => {
                let end = rest.find(|c: char| c.is_whitespace() || matches!(c, '(' | ')'));
                let (word, after) = rest.split_at(end.unwrap_or(rest.len()));
                let innermost = open.last_mut().ok_or((at, "a word outside of brackets"))?;
                innermost.1 = true;
                let word = word.replace("-LRB-", "(").replace("-RRB-", ")").replace("\\/", "/");
                for (place, _) in open.iter().take(if all { MAX_DEPTH } else { 1 }) {
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
        return Err((tree.len(), "a bracket is not closed"));
    }
    Ok(found)
}
