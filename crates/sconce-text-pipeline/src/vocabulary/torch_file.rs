//! What `torch.save` makes of a `torchtext.vocab.Vocab`: a zip archive with one pickle in it.
//!
//! Of the pickle's machine there is what such a file takes. Nothing is looked up by name and
//! nothing is called: an object is what was put into it. The vocabulary is the state of the object
//! named `torchtext._torchtext Vocab`: a version, a list with the default id (or none), the tokens.

use std::rc::Rc;

use super::Vocabulary;
use crate::error::{Error, Result, WordsError};

const NAME: &str = "torchtext._torchtext Vocab";

/// Whether this is a zip archive.
pub(super) fn is_one(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

pub(super) fn read(bytes: &[u8], path: &str) -> Result<Vocabulary> {
    let wrong = |reason: &str| -> Error {
        WordsError::TorchFile { path: path.to_owned(), reason: reason.to_owned() }.into()
    };
    let pickle = pickle(bytes).ok_or_else(|| wrong("it has no data.pkl"))?;
    let state = state(pickle).ok_or_else(|| wrong("its pickle holds no torchtext.vocab.Vocab"))?;
    let Value::List(state) = state else { return Err(wrong("its state is no tuple")) };
    let [_, Value::List(default), Value::List(tokens), ..] = state.as_slice() else {
        return Err(wrong("its state has other parts than those of torchtext 0.9 to 0.18"));
    };
    let mut vocabulary = Vocabulary::default();
    for token in tokens {
        let Value::Text(token) = token else { return Err(wrong("a token is no text")) };
        vocabulary.append_token(token).map_err(|error| wrong(&error.to_string()))?;
    }
    if let Some(Value::Number(id)) = default.first() {
        let id = u32::try_from(*id).map_err(|_| wrong("its default index is negative"))?;
        vocabulary.set_default_id(Some(id)).map_err(|error| wrong(&error.to_string()))?;
    }
    Ok(vocabulary)
}

/// The bytes of the archive's `data.pkl`, which is not compressed.
fn pickle(archive: &[u8]) -> Option<&[u8]> {
    let u16_at = |at: usize| Some(u16::from_le_bytes(*archive.get(at..)?.first_chunk()?) as usize);
    let u32_at = |at: usize| Some(u32::from_le_bytes(*archive.get(at..)?.first_chunk()?) as usize);
    // The end of the directory: at most a comment of 64 KiB comes behind its 22 bytes.
    let last = archive.len().checked_sub(22)?;
    let is_end = |at: &usize| archive[*at..].starts_with(b"PK\x05\x06");
    let end = (last.saturating_sub(0xFFFF)..=last).rev().find(is_end)?;
    let (n_files, mut at) = (u16_at(end + 10)?, u32_at(end + 16)?);
    for _ in 0..n_files {
        let (method, size) = (u16_at(at + 10)?, u32_at(at + 20)?);
        let (name_len, extra_len, comment_len) =
            (u16_at(at + 28)?, u16_at(at + 30)?, u16_at(at + 32)?);
        let local = u32_at(at + 42)?;
        if archive.get(at + 46..at + 46 + name_len)?.ends_with(b"/data.pkl") {
            let start = local + 30 + u16_at(local + 26)? + u16_at(local + 28)?;
            return archive.get(start..start.checked_add(size)?).filter(|_| method == 0);
        }
        at += 46 + name_len + extra_len + comment_len;
    }
    None
}

#[derive(Debug, Clone)]
enum Value {
    Text(Rc<str>),
    Number(i64),
    /// A list or tuple.
    List(Vec<Value>),
    /// What is named by a module and a name there, or was made of it.
    Named(Rc<str>),
    Mark,
    Other,
}

/// Runs the pickle until the vocabulary's object gets its state, and gives that.
fn state(pickle: &[u8]) -> Option<Value> {
    let mut input = Input { bytes: pickle };
    let mut stack: Vec<Value> = Vec::new();
    let mut memo: Vec<Option<Value>> = Vec::new();
    loop {
        match input.byte()? {
            b'\x80' => drop(input.take(1)?),
            b'c' => {
                let (module, name) = (input.line()?, input.line()?);
                stack.push(Value::Named(format!("{module} {name}").into()));
            }
            b'(' => stack.push(Value::Mark),
            b')' | b']' => stack.push(Value::List(Vec::new())),
            b'}' | b'N' | b'\x88' | b'\x89' => stack.push(Value::Other),
            b'X' => {
                let length = input.u32()?;
                let text = std::str::from_utf8(input.take(length)?).ok()?;
                stack.push(Value::Text(text.into()));
            }
            b'K' => stack.push(Value::Number(input.byte()?.into())),
            b'M' => stack.push(Value::Number(u16::from_le_bytes(*input.array()?).into())),
            b'J' => stack.push(Value::Number(i32::from_le_bytes(*input.array()?).into())),
            // Memo: only what may be fetched again and matters, which is text and names.
            b'q' => {
                let place = input.byte()?.into();
                keep(&mut memo, place, stack.last()?)?;
            }
            b'r' => {
                let place = input.u32()?;
                keep(&mut memo, place, stack.last()?)?;
            }
            b'h' => stack.push(memo.get(usize::from(input.byte()?))?.clone()?),
            b'j' => stack.push(memo.get(input.u32()?)?.clone()?),
            b'a' => {
                let value = stack.pop()?;
                push(&mut stack, vec![value])?;
            }
            b'e' => {
                let values = since_mark(&mut stack)?;
                push(&mut stack, values)?;
            }
            b't' => {
                let values = since_mark(&mut stack)?;
                stack.push(list(values)?);
            }
            count @ b'\x85'..=b'\x87' => {
                let at = stack.len().checked_sub(usize::from(count - b'\x84'))?;
                let values = stack.split_off(at);
                stack.push(list(values)?);
            }
            // An object of a class stays what the class is named.
            b'R' | b'\x81' => drop(stack.pop()?),
            b's' => stack.truncate(stack.len().checked_sub(2)?),
            b'u' => drop(since_mark(&mut stack)?),
            b'b' => {
                let state = stack.pop()?;
                if matches!(stack.last()?, Value::Named(name) if **name == *NAME) {
                    return Some(state);
                }
            }
            _ => return None,
        }
    }
}

fn keep(memo: &mut Vec<Option<Value>>, place: usize, value: &Value) -> Option<()> {
    // Pickles number what they keep without gaps.
    (place <= memo.len()).then_some(())?;
    let value = match value {
        Value::Text(_) | Value::Named(_) | Value::Number(_) | Value::Other => Some(value.clone()),
        Value::List(values) if values.is_empty() => Some(value.clone()),
        Value::List(_) | Value::Mark => None,
    };
    match memo.get_mut(place) {
        Some(slot) => *slot = value,
        None => memo.push(value),
    }
    Some(())
}

fn push(stack: &mut [Value], values: Vec<Value>) -> Option<()> {
    match stack.last_mut()? {
        Value::List(all) if values.iter().all(|value| is_flat(value, MAX_DEPTH)) => {
            all.extend(values);
        }
        _ => return None,
    }
    Some(())
}

fn list(values: Vec<Value>) -> Option<Value> {
    values.iter().all(|value| is_flat(value, MAX_DEPTH)).then_some(Value::List(values))
}

/// Lists inside lists that a vocabulary's file has at most, and more. Without a limit, dropping
/// what a hostile file nests would take more stack than there is.
const MAX_DEPTH: usize = 16;

fn is_flat(value: &Value, depth: usize) -> bool {
    match value {
        Value::List(values) => depth > 0 && values.iter().all(|value| is_flat(value, depth - 1)),
        _ => true,
    }
}

fn since_mark(stack: &mut Vec<Value>) -> Option<Vec<Value>> {
    let mark = stack.iter().rposition(|value| matches!(value, Value::Mark))?;
    let values = stack.split_off(mark + 1);
    stack.pop();
    Some(values)
}

struct Input<'a> {
    bytes: &'a [u8],
}

impl<'a> Input<'a> {
    fn take(&mut self, n: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.bytes.split_at_checked(n)?;
        self.bytes = rest;
        Some(taken)
    }

    fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    fn array<const N: usize>(&mut self) -> Option<&'a [u8; N]> {
        self.take(N)?.first_chunk()
    }

    fn u32(&mut self) -> Option<usize> {
        Some(u32::from_le_bytes(*self.array()?) as usize)
    }

    fn line(&mut self) -> Option<&'a str> {
        let length = memchr::memchr(b'\n', self.bytes)?;
        let line = std::str::from_utf8(self.take(length + 1)?).ok()?;
        line.strip_suffix('\n')
    }
}
