//! CoNLL-U, the format of Universal Dependencies (universaldependencies.org/format.html).

use super::{Sentences, TagReadOptions, column};
use crate::corpus::Need;
use crate::error::{Error, Result};
use crate::text_file::TextFile;

const COLUMNS: [&str; 10] =
    ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"];
const FORM: usize = 1;
const UPOS: usize = 3;

/// Stands for a value that is not given.
const NOTHING: &str = "_";

pub(super) fn read(file: &TextFile, options: &TagReadOptions) -> Result<Sentences> {
    let path = file.name.as_str();
    let find = |wanted: &Option<String>| {
        wanted.as_deref().map(|wanted| column(path, wanted, COLUMNS.len(), &COLUMNS)).transpose()
    };
    let token = find(&options.token_column)?.unwrap_or(FORM);
    let tag = find(&options.tag_column)?.unwrap_or(UPOS);
    let mut found = Sentences::default();
    let mut n_words = 0;
    let mut has_tag = false;
    for (line, text) in file.lines() {
        if text.trim().is_empty() {
            found.end();
            n_words = 0;
            continue;
        }
        if text.starts_with('#') {
            continue;
        }
        let fields: Vec<&str> = text.split('\t').collect();
        if fields.len() != COLUMNS.len() {
            let (path, got, expected) = (path.to_owned(), fields.len(), COLUMNS.len());
            return Err(Error::TokenColumns { path, line, got, expected });
        }
        let id = fields[0];
        if id.contains(['-', '.']) {
            continue;
        }
        n_words += 1;
        if id.parse() != Ok(n_words) {
            let (path, id) = (path.to_owned(), id.to_owned());
            return Err(Error::WordNumber { path, line, id, expected: n_words });
        }
        for column in [token, tag] {
            if fields[column].trim().is_empty() {
                let (path, column) = (path.to_owned(), COLUMNS[column].to_owned());
                return Err(Error::BlankColumn { path, line, column });
            }
        }
        has_tag |= fields[tag] != NOTHING;
        found.add(line, fields[token], Some(fields[tag]));
    }
    found.end();
    if !has_tag && !found.sentences.is_empty() {
        if options.tags == Need::Required {
            let (path, column) = (path.to_owned(), COLUMNS[tag].to_owned());
            return Err(Error::NoTags { path, column });
        }
        found.sentences.iter_mut().for_each(|sentence| sentence.tags.clear());
    }
    Ok(found)
}
