//! One question a line.

use serde_json::Value;

use super::QaExample;
use super::answers::{self, Given};
use crate::corpus::Need;
use crate::error::Result;
use crate::json_lines::{Object, read_block};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

const EXPECTED: &str = "a list of texts, or texts with answer_start,";

/// Objects, of which a block is parsed at once, in parallel.
pub(super) struct Objects {
    pub(super) source: TextSource,
    pub(super) need: Need,
}

impl Rows<QaExample> for Objects {
    fn more(&mut self, found: &mut Found<QaExample>) -> Result<bool> {
        let (name, need) = (self.source.name().to_owned(), self.need);
        let Some(block) = self.source.block()? else { return Ok(false) };
        let read =
            |line: usize, text: &str| example(Object::parse(text, &name, line)?, &name, need);
        for (line, example) in read_block(block, read) {
            found.add(line, example?);
        }
        Ok(true)
    }
}

fn example(mut object: Object<'_>, path: &str, need: Need) -> Result<QaExample> {
    let place = format!("{path}:{}", object.line);
    let id = object.scalar("id")?.unwrap_or_else(|| object.line.to_string());
    let (question, context) = (object.take_text("question")?, object.take_text("context")?);
    let given = given(&mut object)?;
    let is_impossible = match object.map.get("is_impossible") {
        None | Some(Value::Null) => false,
        Some(Value::Bool(is_impossible)) => *is_impossible,
        Some(other) => return Err(object.wrong("is_impossible", other, "true or false")),
    };
    // Hugging Face's form of SQuAD 2.0 has empty lists and no `is_impossible`.
    let is_impossible = is_impossible || given.as_ref().is_some_and(Vec::is_empty);
    let answers = given.unwrap_or_default();
    let answers = answers.into_iter().map(|given| given.locate(&context, &place, &id));
    let answers = answers.collect::<Result<Vec<_>>>()?;
    let example = QaExample { id, question, context: context.into(), answers, is_impossible };
    answers::check(example, need, &place)
}

/// The answers in whichever form they have; none if there is no such key.
fn given(object: &mut Object<'_>) -> Result<Option<Vec<Given>>> {
    const KEY: &str = "answers";
    let Some(value) = object.map.get_mut(KEY).map(Value::take) else { return Ok(None) };
    let wrong = |value: &Value| object.wrong(KEY, value, EXPECTED);
    match value {
        Value::Null => Ok(None),
        Value::Array(items) => items
            .into_iter()
            .map(|item| match item {
                Value::String(text) => Ok(Given { text, answer_start: None }),
                item => serde_json::from_value(item.clone()).map_err(|_| wrong(&item)),
            })
            .collect::<Result<_>>()
            .map(Some),
        Value::Object(lists) => {
            let texts = lists.get("text").and_then(|texts| list(texts, Value::as_str));
            let starts = lists.get("answer_start").and_then(|starts| list(starts, Value::as_u64));
            match (texts, starts) {
                (Some(texts), Some(starts)) if texts.len() == starts.len() => {
                    let given = texts.into_iter().zip(starts).map(|(text, start)| Given {
                        text: text.to_owned(),
                        answer_start: usize::try_from(start).ok(),
                    });
                    Ok(Some(given.collect()))
                }
                _ => Err(object.wrong(
                    KEY,
                    &Value::Object(lists.clone()),
                    "lists `text` and `answer_start` of one length, in an object,",
                )),
            }
        }
        other => Err(wrong(&other)),
    }
}

fn list<'a, T>(value: &'a Value, read: impl Fn(&'a Value) -> Option<T>) -> Option<Vec<T>> {
    value.as_array()?.iter().map(read).collect()
}
