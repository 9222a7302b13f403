//! Words with tags: CoNLL's two columns, and CoNLL-U.

use std::io::Write as _;
use std::path::Path;

use super::{Write, not_held, strings};
use crate::error::{DataError, Result};
use crate::out_file::{OutFile, not_written};
use crate::record::Record;

/// Which of the two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Conll,
    Conllu,
}

/// Sentences, with a blank line after each.
pub(super) struct Tagged {
    out: OutFile,
    form: Form,
    tags: bool,
    n_columns: Option<usize>,
}

impl Tagged {
    pub(super) fn new(path: &Path, columns: &[String], form: Form) -> Result<Self> {
        let has = |name: &str| columns.iter().any(|column| column == name);
        if !has("tokens") {
            return Err(DataError::ColumnsNotHeld {
                path: path.display().to_string(),
                format: if form == Form::Conll { ".conll" } else { ".conllu" },
                expected: "`tokens` and `tags`",
                columns: columns.to_vec(),
            }
            .into());
        }
        Ok(Self { out: OutFile::create(path)?, form, tags: has("tags"), n_columns: None })
    }
}

impl Write for Tagged {
    fn write(&mut self, record: &Record, row: usize) -> Result<()> {
        let wrong = |column: &str, reason| Err(not_held(&self.out, row, column, reason));
        let Some(tokens) = strings(record.get("tokens")) else {
            return wrong("tokens", "is no list of strings");
        };
        let tags = match self.tags {
            true => strings(record.get("tags")).unwrap_or_default(),
            false => Vec::new(),
        };
        if tokens.is_empty() || (!tags.is_empty() && tags.len() != tokens.len()) {
            return wrong("tags", "has not one tag for each word, or there are no words");
        }
        if *self.n_columns.get_or_insert(tags.len().min(1)) != tags.len().min(1) {
            return wrong("tags", "is there in some rows and missing in others");
        }
        let is_bad = |text: &&str| {
            text.trim() != *text || text.is_empty() || text.contains(['\t', '\n', '\r'])
        };
        if tokens.iter().chain(&tags).any(is_bad) {
            return wrong("tokens", "has a word or tag that is blank or holds a tab or line end");
        }
        let has_space = |token: &&str| token.contains(char::is_whitespace);
        if self.form == Form::Conll && tags.is_empty() && tokens.iter().any(has_space) {
            return wrong("tokens", "has a word with a space, which alone in its line is two");
        }
        if self.form == Form::Conll && tokens.iter().any(|token| token.starts_with("-DOCSTART-")) {
            return wrong("tokens", "has the word -DOCSTART-, which begins documents");
        }
        let mut lines = String::new();
        for (at, token) in tokens.iter().enumerate() {
            let tag = tags.get(at);
            match (self.form, tag) {
                (Form::Conll, Some(tag)) => lines.push_str(&format!("{token}\t{tag}\n")),
                (Form::Conll, None) => lines.push_str(&format!("{token}\n")),
                (Form::Conllu, tag) => {
                    let tag = tag.unwrap_or(&"_");
                    lines.push_str(&format!("{}\t{token}\t_\t{tag}\t_\t_\t_\t_\t_\t_\n", at + 1));
                }
            }
        }
        lines.push('\n');
        let written = self.out.write_all(lines.as_bytes());
        written.map_err(|source| not_written(self.out.path(), source))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.out.finish()
    }
}
