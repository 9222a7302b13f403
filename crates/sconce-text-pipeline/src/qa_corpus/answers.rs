//! Answers as files give them, brought to bytes and compared with their context.

use serde::Deserialize;

use super::{QaAnswer, QaExample};
use crate::corpus::Need;
use crate::error::{Error, Result};

/// An answer and the character of the context at which it begins.
#[derive(Debug, Deserialize)]
pub(super) struct Given {
    pub(super) text: String,
    /// Where the text is to be looked for, if it is not said.
    #[serde(default)]
    pub(super) answer_start: Option<usize>,
}

impl Given {
    /// The answer in bytes; `place` and `id` are for errors.
    pub(super) fn locate(self, context: &str, place: &str, id: &str) -> Result<QaAnswer> {
        let wrong =
            |reason: String| Error::Answer { place: place.to_owned(), id: id.to_owned(), reason };
        let text = self.text;
        if text.is_empty() {
            return Err(wrong("an answer is blank; give its words, or no answer".into()));
        }
        let Some(character) = self.answer_start else {
            let start = context.find(&text);
            let missing = || wrong(format!("the context does not hold the answer {text:?}"));
            return Ok(QaAnswer { start: start.ok_or_else(missing)?, text });
        };
        let start = byte_of(context, character);
        if start.and_then(|start| context.get(start..)).is_some_and(|rest| rest.starts_with(&text))
        {
            return Ok(QaAnswer { text, start: start.unwrap_or_default() });
        }
        let found = start.and_then(|start| context.get(start..)).unwrap_or_default();
        let found: String = found.chars().take(text.chars().count().min(60)).collect();
        Err(wrong(format!(
            "the context has {found:?} at character {character}, not the answer {text:?}; correct \
             answer_start"
        )))
    }
}

/// The byte at which a character begins; that after the last one counts.
fn byte_of(text: &str, character: usize) -> Option<usize> {
    if text.is_ascii() {
        return (character <= text.len()).then_some(character);
    }
    let starts = text.char_indices().map(|(byte, _)| byte);
    starts.chain([text.len()]).nth(character)
}

/// Refuses a question that should have an answer and has none.
pub(super) fn check(example: QaExample, need: Need, place: &str) -> Result<QaExample> {
    if need == Need::Required && example.answers.is_empty() && !example.is_impossible {
        let reason = "it has no answer and is not said to be impossible".to_owned();
        return Err(Error::Answer { place: place.to_owned(), id: example.id, reason });
    }
    Ok(example)
}
