//! The words of a text, and which tokens are theirs.

use std::ops::Range;

use sconce_text_pipeline::{Encoding, Input};

/// A word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    /// Its bytes in the text.
    pub(super) span: Range<usize>,
    /// The number of each of its tokens, with their bytes in the text.
    pub(super) tokens: Vec<(usize, Range<usize>)>,
}

impl Word {
    /// From the first byte of its tokens to the last.
    pub(super) fn of_tokens(&self) -> Option<Range<usize>> {
        let (first, last) = (self.tokens.first()?, self.tokens.last()?);
        Some(first.1.start..last.1.end)
    }
}

/// The text of an input, and its words. Given words are all there; of a text those that have tokens.
pub(super) fn words(input: Input<'_>, encoding: &Encoding) -> (String, Vec<Word>) {
    match input {
        Input::Words(words) => given(words, encoding),
        Input::Text(text) | Input::Pair(text, _) => (text.to_owned(), found(text, encoding)),
    }
}

fn given(words: &[&str], encoding: &Encoding) -> (String, Vec<Word>) {
    let mut start = 0;
    let mut found: Vec<Word> = words
        .iter()
        .map(|word| {
            let span = start..start + word.len();
            start = span.end + 1;
            Word { span, tokens: Vec::new() }
        })
        .collect();
    for (token, word) in encoding.word_ids.iter().enumerate() {
        let Some(word) = word.and_then(|word| found.get_mut(word as usize)) else { continue };
        let (begin, end) = encoding.spans[token];
        let clamp = |at: usize| (word.span.start + at).min(word.span.end);
        let span = clamp(begin)..clamp(end);
        word.tokens.push((token, span));
    }
    (words.join(" "), found)
}

fn found(text: &str, encoding: &Encoding) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    let mut last_id = None;
    for (token, &(start, end)) in encoding.spans.iter().enumerate() {
        if encoding.sequence_ids[token] != Some(0) {
            continue;
        }
        // Byte-level tokens may hold the space before a word.
        let piece = &text[start..end];
        let begin = start + (piece.len() - piece.trim_start().len());
        let span = begin..begin + piece.trim().len();
        if span.is_empty() && !piece.is_empty() {
            continue;
        }
        let after_space = text[..span.start].ends_with(char::is_whitespace);
        let id = encoding.word_ids[token];
        let begins = after_space || id != last_id;
        last_id = id;
        match words.last_mut().filter(|_| !begins) {
            Some(word) => {
                word.span.end = word.span.end.max(span.end);
                word.tokens.push((token, span));
            }
            None => words.push(Word { span: span.clone(), tokens: vec![(token, span)] }),
        }
    }
    words
}
