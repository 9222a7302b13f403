//! Columns: a word a line, a blank line after each sentence.

use super::{Sentences, TagReadOptions, column};
use crate::corpus::Need;
use crate::error::{Error, Result};
use crate::text_file::TextFile;

/// Stands where a document begins, in place of a word.
const DOCUMENT: &str = "-DOCSTART-";

/// How lines are cut, and which of their columns are read.
struct Layout {
    has_tabs: bool,
    n_columns: usize,
    token: usize,
    tag: Option<usize>,
}

pub(super) fn read(file: &TextFile, options: &TagReadOptions) -> Result<Sentences> {
    let path = file.name.as_str();
    let mut layout: Option<Layout> = None;
    let mut found = Sentences::default();
    for (line, text) in file.lines() {
        if text.trim().is_empty() {
            found.end();
            continue;
        }
        if text.split_whitespace().next() == Some(DOCUMENT) {
            found.end();
            continue;
        }
        let layout = match &layout {
            Some(layout) => layout,
            None => layout.insert(Layout::new(text, path, options)?),
        };
        let fields = fields(text, layout.has_tabs);
        if fields.len() != layout.n_columns {
            let (path, got, expected) = (path.to_owned(), fields.len(), layout.n_columns);
            return Err(Error::TokenColumns { path, line, got, expected });
        }
        let field = |column: usize| match fields[column] {
            "" => {
                let column = (column + 1).to_string();
                Err(Error::BlankColumn { path: path.to_owned(), line, column })
            }
            field => Ok(field),
        };
        found.add(line, field(layout.token)?, layout.tag.map(field).transpose()?);
    }
    Ok(found)
}

impl Layout {
    /// The layout that the first line shows.
    fn new(line: &str, path: &str, options: &TagReadOptions) -> Result<Self> {
        let has_tabs = line.contains('\t');
        let n_columns = fields(line, has_tabs).len();
        let find = |wanted: &Option<String>| {
            wanted.as_deref().map(|wanted| column(path, wanted, n_columns, &[])).transpose()
        };
        let token = find(&options.token_column)?.unwrap_or(0);
        let is_needed = options.tags == Need::Required || options.tag_column.is_some();
        let last = Some(n_columns - 1).filter(|last| is_needed || *last != token);
        let tag = find(&options.tag_column)?.or(last);
        if tag == Some(token) {
            return Err(match n_columns {
                1 => Error::NoTagColumn { path: path.to_owned() },
                _ => Error::SameColumn {
                    path: path.to_owned(),
                    column: (token + 1).to_string(),
                    first: "text",
                    second: "label",
                },
            });
        }
        Ok(Self { has_tabs, n_columns, token, tag })
    }
}

fn fields(line: &str, has_tabs: bool) -> Vec<&str> {
    match has_tabs {
        true => line.split('\t').map(str::trim).collect(),
        false => line.split_whitespace().collect(),
    }
}
