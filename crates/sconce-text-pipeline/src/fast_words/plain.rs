//! Characters that a normalizer leaves a character, whatever stands beside them.

use std::sync::atomic::{AtomicU8, Ordering};

use unicode_segmentation::UnicodeSegmentation;

use super::steps::Steps;

/// Characters with an entry in the table: the basic plane. Others are not plain.
const N_KNOWN: usize = 0x1_0000;
const PLAIN: u8 = 1;
const NOT_PLAIN: u8 = 2;

/// Which characters are plain, found out by asking the normalizer, each when it first occurs.
///
/// A plain character is no white space before the normalizer and none after it, stands alone in its
/// grapheme cluster beside others of its kind, and becomes one character. So a run of plain
/// characters around a space is normalized character by character, by each step that looks at
/// characters or at clusters, and the space between them is one space of its own.
#[derive(Debug)]
pub(super) struct Plain {
    steps: Steps,
    /// Whether a space becomes one character too.
    keeps_space: bool,
    /// Empty if nothing is normalized: every character but white space is plain.
    table: Vec<AtomicU8>,
}

impl Plain {
    pub(super) fn new(steps: &Steps) -> Self {
        let n_known = if steps.normalizer.is_some() { N_KNOWN } else { 0 };
        let table = std::iter::repeat_with(AtomicU8::default).take(n_known).collect();
        let keeps_space = steps.normalized(" ").is_ok_and(|space| space == " " || space == "▁");
        Self { steps: steps.clone(), keeps_space, table }
    }

    /// Whether a text may be cut before the space at `space`.
    pub(super) fn is_border(&self, text: &str, space: usize) -> bool {
        let mut before = text[..space].chars().rev();
        let mut after = text[space + 1..].chars();
        let is_plain = |c: Option<char>| c.is_some_and(|c| self.is_plain(c));
        // The next but one cannot change a plain character, unless it belongs to its cluster.
        let is_apart = |c: Option<char>| {
            self.table.is_empty() || c.is_none_or(|c| c.is_ascii() || self.is_plain(c))
        };
        self.keeps_space
            && is_plain(before.next())
            && is_plain(after.next())
            && is_apart(before.next())
            && is_apart(after.next())
    }

    /// Whether nothing can be trimmed off a text.
    pub(super) fn has_plain_ends(&self, text: &str) -> bool {
        self.begins_with_plain(text.chars()) && self.begins_with_plain(text.chars().rev())
    }

    /// Whether a text begins with a character, or with a space before one, that is not removed. A
    /// character map that removes the first ones has all spans of its text shifted.
    pub(super) fn has_plain_start(&self, text: &str) -> bool {
        self.begins_with_plain(text.strip_prefix(' ').unwrap_or(text).chars())
    }

    fn begins_with_plain(&self, mut characters: impl Iterator<Item = char>) -> bool {
        characters.next().is_some_and(|c| self.is_plain(c))
            && characters.next().is_none_or(|c| c.is_ascii() || self.is_plain(c))
    }

    fn is_plain(&self, c: char) -> bool {
        if self.table.is_empty() {
            return !c.is_whitespace() && c != '▁';
        }
        let Some(entry) = self.table.get(c as usize) else { return false };
        match entry.load(Ordering::Relaxed) {
            0 => {
                let is_plain = self.find(c);
                entry.store(if is_plain { PLAIN } else { NOT_PLAIN }, Ordering::Relaxed);
                is_plain
            }
            known => known == PLAIN,
        }
    }

    fn find(&self, c: char) -> bool {
        let is_jamo = matches!(c as u32, 0x1100..=0x11FF | 0xA960..=0xA97F | 0xD7B0..=0xD7FF);
        let is_solid = |c: char| c.is_ascii_graphic() || c.is_alphanumeric();
        if is_jamo || !is_solid(c) || c == '▁' {
            return false;
        }
        let among = format!("a{c}a");
        if among.graphemes(true).count() != 3 {
            return false;
        }
        let normalized = self.steps.normalized(c.encode_utf8(&mut [0; 4]));
        let mut characters = normalized.iter().flat_map(|text| text.chars());
        characters.next().is_some_and(is_solid) && characters.next().is_none()
    }
}
