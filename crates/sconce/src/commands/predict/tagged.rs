//! Words with labels, and entities, as rows.

use std::io::Write;

use anyhow::Result;
use sconce_export::Tagged;

use super::Writer;
use crate::table::printable;

/// The label of a word that is no part of an entity.
const OUTSIDE: &str = "O";

impl<W: Write> Writer<W> {
    /// Writes rows; those of given words, for people, as the file had them: a word and its label a
    /// line.
    pub(super) fn tagged(&mut self, rows: &[Tagged], of_words: bool) -> Result<()> {
        for row in rows {
            self.write(row, || if of_words { columns(row) } else { marked(row) })?;
        }
        Ok(())
    }
}

/// A word and its label a line, and an empty line.
pub(super) fn columns(row: &Tagged) -> String {
    let mut text = String::new();
    for word in &row.words {
        let label = word.label.as_deref().unwrap_or(OUTSIDE);
        text.push_str(&format!("{}\t{}\n", printable(&word.word), printable(label)));
    }
    text
}

/// The text with its entities in brackets; where labels are not of entities, each behind its word.
pub(super) fn marked(row: &Tagged) -> String {
    let is_outside = |label: &Option<String>| label.as_deref() == Some(OUTSIDE);
    if row.entities.is_empty() && !row.words.iter().any(|word| is_outside(&word.label)) {
        let word = |word: &sconce_export::TaggedWord| {
            let label = word.label.as_deref().unwrap_or(OUTSIDE);
            format!("{}/{}", printable(&word.word), printable(label))
        };
        return row.words.iter().map(word).collect::<Vec<_>>().join(" ");
    }
    let (mut text, mut end) = (String::new(), 0);
    for entity in &row.entities {
        text.push_str(&row.text[end..entity.start]);
        text.push_str(&format!("[{} {}]", entity.text, entity.label));
        end = entity.end;
    }
    text.push_str(&row.text[end..]);
    printable(&text)
}
