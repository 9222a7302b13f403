//! Columns: a word a line, a blank line after each sentence.

use super::sentences::Sentence;
use super::{TagReadOptions, TaggedSentence, column};
use crate::corpus::Need;
use crate::error::{Error, Result};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

/// Stands where a document begins, in place of a word.
const DOCUMENT: &str = "-DOCSTART-";

/// How lines are cut, and which of their columns are read.
struct Layout {
    has_tabs: bool,
    n_columns: usize,
    token: usize,
    tag: Option<usize>,
}

/// A file of columns.
pub(super) struct Conll {
    source: TextSource,
    options: TagReadOptions,
    layout: Option<Layout>,
    sentence: Sentence,
}

impl Conll {
    pub(super) fn new(source: TextSource, options: &TagReadOptions) -> Self {
        let sentence = Sentence::default();
        Self { source, options: options.clone(), layout: None, sentence }
    }
}

impl Rows<TaggedSentence> for Conll {
    fn more(&mut self, found: &mut Found<TaggedSentence>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let path = name.as_str();
        let Some(block) = self.source.block()? else {
            self.sentence.end(found);
            return Ok(false);
        };
        for (line, text) in block.lines() {
            let first = text.split_whitespace().next();
            if first.is_none() || first == Some(DOCUMENT) {
                self.sentence.end(found);
                continue;
            }
            let layout = match &self.layout {
                Some(layout) => layout,
                None => self.layout.insert(Layout::new(text, path, &self.options)?),
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
            let (token, tag) = (field(layout.token)?, layout.tag.map(field).transpose()?);
            self.sentence.add(line, token, tag);
        }
        Ok(true)
    }
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
