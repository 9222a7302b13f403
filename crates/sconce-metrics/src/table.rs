//! Aligned tables of text for a terminal: names on the left, numbers flush right.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// The columns that the longest name gets.
const MAX_NAME: usize = 24;

/// Lines of cells; the first cell of a line is its name and flush left, all others are flush right.
#[derive(Debug, Clone, Default)]
pub struct Table {
    lines: Vec<Vec<String>>,
    left: Vec<usize>,
}

impl Table {
    /// A table whose columns of these numbers are flush left too.
    pub fn with_left(columns: impl Into<Vec<usize>>) -> Self {
        Self { left: columns.into(), ..Self::default() }
    }

    /// Adds a line; lines may have different numbers of cells.
    pub fn push(&mut self, name: &str, cells: impl IntoIterator<Item = String>) {
        self.lines.push([name.to_owned()].into_iter().chain(cells).collect());
    }

    /// The lines, each ended by a line feed, two spaces between columns.
    pub fn render(&self) -> String {
        let n_columns = self.lines.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.lines.iter().filter_map(|line| line.get(column));
            cells.map(|cell| cell.width()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..n_columns).map(width).collect();
        let mut text = String::new();
        for line in &self.lines {
            let start = text.len();
            for (column, cell) in line.iter().enumerate() {
                let padding = " ".repeat(widths[column] - cell.width());
                let gap = if column == 0 { "" } else { "  " };
                match column == 0 || self.left.contains(&column) {
                    true => text.extend([gap, cell, padding.as_str()]),
                    false => text.extend([gap, padding.as_str(), cell]),
                }
            }
            text.truncate(start + text[start..].trim_end().len());
            text.push('\n');
        }
        text
    }
}

/// A name that keeps a table straight: control characters replaced, cut to its columns.
pub(crate) fn name_cell(name: &str) -> String {
    cut(name, MAX_NAME)
}

/// `text` in at most `columns` terminal columns, an ellipsis in place of what was cut.
pub(crate) fn cut(text: &str, columns: usize) -> String {
    let visible = |c: char| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c };
    let text: String = text.chars().map(visible).collect();
    if text.width() <= columns {
        return text;
    }
    let mut kept = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > columns {
            break;
        }
        kept.push(c);
    }
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests;
