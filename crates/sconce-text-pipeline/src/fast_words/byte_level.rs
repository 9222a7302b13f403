//! The words of byte-level tokenizers, by scanners that do what their patterns say: GPT-2's
//! (Radford et al. 2019), and that of Llama 3 and Qwen2, which differ in their numbers.

use super::classes::{self, Class};

/// GPT-2's pattern.
pub(super) const GPT2: &str =
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";
/// Llama 3's, whose numbers have at most three digits.
pub(super) const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";
/// Qwen2's, whose numbers have one digit.
pub(super) const QWEN2: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pattern {
    Gpt2,
    /// Numbers have at most so many digits.
    Lines {
        n_digits: usize,
    },
}

impl Pattern {
    pub(super) fn of(regex: &str) -> Option<Self> {
        match regex {
            GPT2 => Some(Self::Gpt2),
            LLAMA3 => Some(Self::Lines { n_digits: 3 }),
            QWEN2 => Some(Self::Lines { n_digits: 1 }),
            _ => None,
        }
    }
}

/// Cuts a text; `is_prefixed` where a text that begins without a space is given one first. That is
/// for GPT-2's pattern only.
pub(super) fn chunks<E>(
    text: &str,
    pattern: Pattern,
    is_prefixed: bool,
    mut cut: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let mut start = 0;
    if is_prefixed && !text.is_empty() && !text.starts_with(' ') {
        start = after_added_space(text);
        cut(0, start)?;
    }
    match pattern {
        Pattern::Gpt2 => each(text, start, gpt2, cut),
        Pattern::Lines { n_digits } => {
            each(text, start, |text, start| lines(text, start, n_digits), cut)
        }
    }
}

fn each<E>(
    text: &str,
    mut start: usize,
    end_of: impl Fn(&str, usize) -> usize,
    mut cut: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    while start < text.len() {
        let end = end_of(text, start);
        cut(start, end)?;
        start = end;
    }
    Ok(())
}

/// Where the first chunk of a text ends that is read as if a space stood before it: its first word,
/// or its white space and the word after that.
fn after_added_space(text: &str) -> usize {
    let Some((class, _)) = classes::at(text, 0) else { return 0 };
    let end = classes::end_of_run(text, class, 0);
    match class {
        Class::Space if end == text.len() => end,
        Class::Space if text[..end].ends_with(' ') => gpt2(text, end - 1),
        Class::Space => gpt2(text, end),
        _ => end,
    }
}

/// Where the word that begins at `start` ends.
#[inline]
fn gpt2(text: &str, start: usize) -> usize {
    let bytes = text.as_bytes();
    let first = bytes[start];
    if first == b'\'' {
        match &bytes[start + 1..] {
            [b's' | b't' | b'm' | b'd', ..] => return start + 2,
            [b'r' | b'v', b'e', ..] | [b'l', b'l', ..] => return start + 3,
            _ => {}
        }
    }
    let from = start + usize::from(first == b' ');
    match classes::at(text, from) {
        None => text.len(),
        Some((Class::Space, _)) => white_space(text, start),
        Some((class, length)) => classes::end_of_run(text, class, from + length),
    }
}

#[inline]
fn lines(text: &str, start: usize, n_digits: usize) -> usize {
    let bytes = text.as_bytes();
    let first = bytes[start];
    if first == b'\''
        && let Some(length) = contraction(&bytes[start + 1..])
    {
        return start + 1 + length;
    }
    let Some((class, length)) = classes::at(text, start) else { return text.len() };
    let next = start + length;
    if class == Class::Letter {
        return classes::end_of_run(text, Class::Letter, next);
    }
    if class == Class::Number {
        let mut end = next;
        for _ in 1..n_digits {
            match classes::at(text, end) {
                Some((Class::Number, length)) => end += length,
                _ => break,
            }
        }
        return end;
    }
    let after = classes::at(text, next);
    if let Some((Class::Letter, length)) = after
        && !matches!(first, b'\r' | b'\n')
    {
        return classes::end_of_run(text, Class::Letter, next + length);
    }
    let is_other = class == Class::Other;
    if is_other || (first == b' ' && matches!(after, Some((Class::Other, _)))) {
        let mut end = classes::end_of_run(text, Class::Other, next);
        while matches!(bytes.get(end), Some(b'\r' | b'\n')) {
            end += 1;
        }
        return end;
    }
    let run = &bytes[start..classes::end_of_run(text, Class::Space, next)];
    match run.iter().rposition(|byte| matches!(byte, b'\r' | b'\n')) {
        Some(place) => start + place + 1,
        None => white_space(text, start),
    }
}

/// White space up to the character before the last, which belongs to the word that follows; all of
/// it at the end of a text, and where there is only one.
fn white_space(text: &str, start: usize) -> usize {
    let end = classes::end_of_run(text, Class::Space, start);
    let last = text[start..end].char_indices().next_back().map_or(0, |(place, _)| place);
    if end == text.len() || last == 0 { end } else { start + last }
}

/// How many bytes after an apostrophe belong to it, in any case; `ſ` is another case of `s`.
fn contraction(bytes: &[u8]) -> Option<usize> {
    let lower = |place: usize| bytes.get(place).map(u8::to_ascii_lowercase);
    match (lower(0)?, lower(1)) {
        (b's' | b't' | b'm' | b'd', _) => Some(1),
        (b'r' | b'v', Some(b'e')) | (b'l', Some(b'l')) => Some(2),
        (0xC5, Some(0xBF)) => Some(2),
        _ => None,
    }
}
