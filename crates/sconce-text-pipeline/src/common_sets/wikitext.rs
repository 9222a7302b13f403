//! WikiText: articles one after the other, each after a line ` = Title = `.

use std::path::Path;

use crate::corpus::{Example, Format};
use crate::error::Result;
use crate::example_reader::ExampleReader;
use crate::rows::{Found, Rows};
use crate::text_source::{SourceSettings, TextSource};

/// A file of articles.
struct Articles {
    source: TextSource,
    current: Article,
    /// Whether the last line was blank, as it is before a title.
    is_after_blank: bool,
}

/// An article that is being read.
#[derive(Default)]
struct Article {
    line: usize,
    title: Option<String>,
    text: String,
}

pub(super) fn open(path: &Path) -> Result<ExampleReader> {
    let source = TextSource::open(path, SourceSettings::new(false))?;
    let name = source.name().to_owned();
    let articles = Articles { source, current: Article::default(), is_after_blank: true };
    Ok(ExampleReader::of_rows(articles, name, Format::Document))
}

impl Article {
    fn end(&mut self, found: &mut Found<Example>) {
        let Self { line, title, text } = std::mem::take(self);
        if !text.trim().is_empty() {
            found.add(line, Example { text, label: title, ..Example::default() });
        }
    }
}

impl Rows<Example> for Articles {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let Some(block) = self.source.block()? else {
            self.current.end(found);
            return Ok(false);
        };
        for (number, line) in block.lines() {
            let line = line.trim();
            if let Some(title) = title(line).filter(|_| self.is_after_blank) {
                // A blank line before the first title is part of the first article.
                if self.current.title.is_some() || !self.current.text.trim().is_empty() {
                    self.current.end(found);
                }
                self.current.title = Some(title.to_owned());
            }
            if self.current.text.is_empty() {
                self.current.line = number;
            }
            self.current.text.push_str(line);
            self.current.text.push('\n');
            self.is_after_blank = line.is_empty();
        }
        Ok(true)
    }
}

/// The title in a heading of the first level, which has one sign on each side.
fn title(line: &str) -> Option<&str> {
    let title = line.strip_prefix("= ")?.strip_suffix(" =")?.trim();
    (!title.starts_with('=') && !title.ends_with('=') && !title.is_empty()).then_some(title)
}
