//! One JSON object a line, with a list of words and a list of tags.

use super::{Sentences, TagReadOptions, TaggedSentence};
use crate::corpus::{Need, find_name};
use crate::error::{Error, Result};
use crate::json_lines::{Object, lines, read_all};
use crate::text_file::TextFile;

const TOKEN_KEYS: &[&str] = &["tokens", "words"];
const TAG_KEYS: &[&str] = &["tags", "ner_tags", "pos_tags", "labels", "upos", "chunk_tags"];

pub(super) fn read(file: &TextFile, options: &TagReadOptions) -> Result<Sentences> {
    let path = file.name.as_str();
    let lines = lines(file);
    let Some((number, line)) = lines.first() else { return Ok(Sentences::default()) };
    let first = Object::parse(line, path, *number)?;
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
    let sentences = read_all(&lines, path, |mut object| {
        let tokens = object.take_list(&tokens)?;
        let tags = match &tags {
            Some(tags) => object.take_list(tags)?,
            None => return Ok(TaggedSentence { tokens, tags: Vec::new() }),
        };
        if tags.len() != tokens.len() {
            let (path, line) = (path.to_owned(), object.line);
            let (n_tokens, n_tags) = (tokens.len(), tags.len());
            return Err(Error::TagCount { path, line, n_tokens, n_tags });
        }
        Ok(TaggedSentence { tokens, tags })
    })?;
    let lines = lines.into_iter().map(|(number, _)| number).collect();
    Ok(Sentences { sentences, lines, current: None })
}
