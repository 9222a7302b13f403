//! CoNLL-U, the format of Universal Dependencies (universaldependencies.org/format.html).

use super::sentences::Sentence;
use super::{TagReadOptions, TaggedSentence, column};
use crate::corpus::Need;
use crate::error::{Error, Result};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

const COLUMNS: [&str; 10] =
    ["ID", "FORM", "LEMMA", "UPOS", "XPOS", "FEATS", "HEAD", "DEPREL", "DEPS", "MISC"];
const FORM: usize = 1;
const UPOS: usize = 3;

/// Stands for a value that is not given.
const NOTHING: &str = "_";

/// A file of ten columns.
pub(super) struct Conllu {
    source: TextSource,
    options: TagReadOptions,
    token: usize,
    tag: usize,
    sentence: Sentence,
    n_words: usize,
    /// Whether any word has a tag. Until one has, sentences wait.
    has_tag: bool,
    waiting: Found<TaggedSentence>,
}

/// Sentences of which one at least must have a tag, if tags are read at all.
const N_JUDGED: usize = 10_000;

impl Conllu {
    pub(super) fn new(source: TextSource, options: &TagReadOptions) -> Result<Self> {
        let find = |wanted: &Option<String>| {
            let find = |wanted| column(source.name(), wanted, COLUMNS.len(), &COLUMNS);
            wanted.as_deref().map(find).transpose()
        };
        let token = find(&options.token_column)?.unwrap_or(FORM);
        let tag = find(&options.tag_column)?.unwrap_or(UPOS);
        let (options, sentence) = (options.clone(), Sentence::default());
        let waiting = Found::default();
        Ok(Self { source, options, token, tag, sentence, n_words: 0, has_tag: false, waiting })
    }

    /// Adds the sentences of the next block to those that wait.
    fn read(&mut self) -> Result<bool> {
        let name = self.source.name().to_owned();
        let path = name.as_str();
        let Some(block) = self.source.block()? else {
            self.sentence.end(&mut self.waiting);
            return Ok(false);
        };
        for (line, text) in block.lines() {
            if text.trim().is_empty() {
                self.sentence.end(&mut self.waiting);
                self.n_words = 0;
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
            self.n_words += 1;
            if id.parse() != Ok(self.n_words) {
                let (path, id, expected) = (path.to_owned(), id.to_owned(), self.n_words);
                return Err(Error::WordNumber { path, line, id, expected });
            }
            for column in [self.token, self.tag] {
                if fields[column].trim().is_empty() {
                    let (path, column) = (path.to_owned(), COLUMNS[column].to_owned());
                    return Err(Error::BlankColumn { path, line, column });
                }
            }
            self.has_tag |= fields[self.tag] != NOTHING;
            self.sentence.add(line, fields[self.token], Some(fields[self.tag]));
        }
        Ok(true)
    }
}

impl Rows<TaggedSentence> for Conllu {
    fn more(&mut self, found: &mut Found<TaggedSentence>) -> Result<bool> {
        let mut more = self.read();
        while !self.has_tag && matches!(more, Ok(true)) && self.waiting.rows.len() < N_JUDGED {
            more = self.read();
        }
        *found = std::mem::take(&mut self.waiting);
        if !self.has_tag && more.is_ok() && !found.rows.is_empty() {
            if self.options.tags == Need::Required {
                *found = Found::default();
                let (path, column) = (self.source.name().to_owned(), COLUMNS[self.tag].to_owned());
                return Err(Error::NoTags { path, column });
            }
            found.rows.iter_mut().for_each(|sentence| sentence.tags.clear());
        }
        more
    }
}
