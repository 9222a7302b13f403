//! Vocabularies in files: one token a line, JSON, and what `torch.save` made of torchtext's.

use std::io::Cursor;
use std::path::Path;

use serde_json::Value;

use super::{Vocabulary, torch_file};
use crate::error::{Error, Result, WordsError};
use crate::text_source::{SourceSettings, TextSource};

impl Vocabulary {
    /// Reads a vocabulary: from `.json` as it is saved here (with serde), as a list of tokens
    /// (torchtext's `get_itos()`) or as an object of tokens and ids (`get_stoi()`); from what
    /// `torch.save` makes of a `torchtext.vocab.Vocab`, whose pickle is read and never run; from
    /// any other file one token a line.
    ///
    /// Only the first and the third have a default id.
    ///
    /// # Errors
    /// If the file cannot be read, or holds no vocabulary; a wrong line is named.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let name = path.as_ref().display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Error::io(&name, source))?;
        Self::from_bytes(&bytes, &name)
    }

    /// Like [`read`](Self::read); `name` stands for the path in errors, and its ending for the
    /// form.
    ///
    /// # Errors
    /// As [`read`](Self::read).
    pub fn from_bytes(bytes: &[u8], name: &str) -> Result<Self> {
        if torch_file::is_one(bytes) {
            return torch_file::read(bytes, name);
        }
        match Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
        {
            true => from_json(bytes, name),
            false => from_lines(bytes, name),
        }
    }

    /// The tokens, one a line; the default id is not written.
    ///
    /// # Errors
    /// If a token has a line break, or is empty.
    pub fn to_lines(&self) -> Result<String> {
        let mut lines = String::new();
        for token in self.tokens() {
            if token.is_empty() || token.contains(['\n', '\r']) {
                return Err(WordsError::NoLine { token: token.to_owned() }.into());
            }
            lines.push_str(token);
            lines.push('\n');
        }
        Ok(lines)
    }
}

fn from_json(bytes: &[u8], name: &str) -> Result<Vocabulary> {
    let wrong = |reason: String| -> Error {
        WordsError::VocabularyJson { path: name.to_owned(), reason }.into()
    };
    let json: Value = serde_json::from_slice(bytes).map_err(|error| wrong(error.to_string()))?;
    match json {
        Value::Object(ids) if !ids.get("tokens").is_some_and(Value::is_array) => {
            Vocabulary::from_tokens(in_order(&ids).map_err(wrong)?)
        }
        Value::Array(_) => {
            let tokens: Vec<String> =
                serde_json::from_value(json).map_err(|error| wrong(error.to_string()))?;
            Vocabulary::from_tokens(tokens).map_err(|error| wrong(error.to_string()))
        }
        own => serde_json::from_value(own).map_err(|error| wrong(error.to_string())),
    }
}

/// The tokens of an object of tokens and ids, by id.
fn in_order(ids: &serde_json::Map<String, Value>) -> Result<Vec<&str>, String> {
    let mut tokens = vec![None; ids.len()];
    for (token, id) in ids {
        let place = id.as_u64().and_then(|id| tokens.get_mut(usize::try_from(id).ok()?));
        match place {
            Some(place @ None) => *place = Some(token.as_str()),
            _ => {
                let n = ids.len();
                return Err(format!(
                    "{token:?} has the id {id}; the ids of {n} tokens are 0 to {}, each once",
                    n - 1
                ));
            }
        }
    }
    Ok(tokens.into_iter().flatten().collect())
}

fn from_lines(bytes: &[u8], name: &str) -> Result<Vocabulary> {
    let reader = Cursor::new(bytes.to_vec());
    let source = TextSource::from_reader(reader, name, SourceSettings::new(false))?;
    let mut vocabulary = Vocabulary::default();
    for (line, token) in (1..).zip(source.read_to_end()?.lines()) {
        let path = || name.to_owned();
        let wrong = |reason: String| WordsError::VocabularyLine { path: path(), line, reason };
        if token.is_empty() {
            return Err(wrong("the line is empty".to_owned()).into());
        }
        vocabulary.append_token(token).map_err(|error| wrong(error.to_string()))?;
    }
    Ok(vocabulary)
}
