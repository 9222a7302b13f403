//! One JSON object a line, with a list of words and a list of tags.

use super::{TagReadOptions, TaggedSentence};
use crate::corpus::{Need, find_name};
use crate::error::{Error, Result};
use crate::json_lines::{Object, read_block};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

const TOKEN_KEYS: &[&str] = &["tokens", "words"];
const TAG_KEYS: &[&str] = &["tags", "ner_tags", "pos_tags", "labels", "upos", "chunk_tags"];

/// Objects, of which a block is parsed at once, in parallel.
pub(super) struct Objects {
    source: TextSource,
    tokens: String,
    tags: Option<String>,
}

/// Chooses the keys by the first object.
pub(super) fn open(mut source: TextSource, options: &TagReadOptions) -> Result<Objects> {
    let Some((line, text)) = source.first_line()? else {
        return Err(Error::NoRows { path: source.name().to_owned(), header: false });
    };
    let path = source.name();
    let first = Object::parse(&text, path, line)?;
    let names = first.keys();
    let find = |wanted: &Option<String>, plain: &[&str]| match wanted {
        Some(wanted) => find_name(path, &names, wanted).map(|key| Some(names[key].to_owned())),
        None => Ok(plain.iter().find(|key| names.contains(key)).map(|key| (*key).to_owned())),
    };
    let not_guessed = |role| Error::ColumnNotGuessed {
        path: path.to_owned(),
        role,
        header: true,
        columns: names.iter().map(ToString::to_string).collect(),
    };
    let tokens = find(&options.token_column, TOKEN_KEYS)?.ok_or_else(|| not_guessed("text"))?;
    let tags = find(&options.tag_column, TAG_KEYS)?;
    if tags.is_none() && options.tags == Need::Required {
        return Err(not_guessed("label"));
    }
    Ok(Objects { source, tokens, tags })
}

impl Rows<TaggedSentence> for Objects {
    fn more(&mut self, found: &mut Found<TaggedSentence>) -> Result<bool> {
        let name = self.source.name().to_owned();
        let (tokens, tags) = (&self.tokens, &self.tags);
        let Some(block) = self.source.block()? else { return Ok(false) };
        let read = |line: usize, text: &str| {
            sentence(Object::parse(text, &name, line)?, &name, tokens, tags.as_deref())
        };
        for (line, sentence) in read_block(block, read) {
            found.add(line, sentence?);
        }
        Ok(true)
    }
}

fn sentence(
    mut object: Object<'_>,
    path: &str,
    tokens: &str,
    tags: Option<&str>,
) -> Result<TaggedSentence> {
    let tokens = object.take_list(tokens)?;
    let Some(tags) = tags else { return Ok(TaggedSentence { tokens, tags: Vec::new() }) };
    let tags = object.take_list(tags)?;
    if tags.len() != tokens.len() {
        let (path, line) = (path.to_owned(), object.line);
        let (n_tokens, n_tags) = (tokens.len(), tags.len());
        return Err(Error::TagCount { path, line, n_tokens, n_tags });
    }
    Ok(TaggedSentence { tokens, tags })
}
