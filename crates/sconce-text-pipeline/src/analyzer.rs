//! From a text to the words that are looked up: cut, normalize, leave out, join neighbours.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::normalizer::Normalizer;
use crate::pre_tokenizer::PreTokenizer;
use crate::token_key::TokenKey;

/// How a text becomes words; the default is torchtext's `get_tokenizer("basic_english")`.
///
/// ```
/// use sconce_text_pipeline::{Analyzer, WordFilter};
///
/// let analyzer = Analyzer::default();
/// assert_eq!(analyzer.words("You can't stop."), ["you", "can", "'", "t", "stop", "."]);
///
/// let filter = WordFilter { min_chars: 2, ngrams: 2, ..WordFilter::default() };
/// let analyzer = Analyzer { filter, ..analyzer };
/// assert_eq!(analyzer.words("a fine film"), ["fine", "film", "fine film"]);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Analyzer {
    /// How words are brought to one written form.
    pub normalizer: Normalizer,
    /// How the text is cut.
    pub pre_tokenizer: PreTokenizer,
    /// Which of the words stay, and whether neighbours count together.
    pub filter: WordFilter,
}

/// Which words stay, and whether neighbours count together too. It sees normalized words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WordFilter {
    /// Words that are left out; none by default.
    pub stop_words: BTreeSet<String>,
    /// Words of fewer characters are left out; 0 by default.
    pub min_chars: usize,
    /// Behind the words come all pairs of neighbours joined by a space, then triples, and so on up
    /// to so many words, as torchtext's `ngrams_iterator` has it; 1, none of these, by default.
    pub ngrams: usize,
}

impl Default for WordFilter {
    fn default() -> Self {
        Self { stop_words: BTreeSet::new(), min_chars: 0, ngrams: 1 }
    }
}

impl WordFilter {
    /// Whether every word stays and none is joined.
    pub(crate) fn is_none(&self) -> bool {
        self.stop_words.is_empty() && self.min_chars <= 1 && self.ngrams <= 1
    }

    fn keeps(&self, word: &str) -> bool {
        let is_long = self.min_chars <= 1 || word.chars().nth(self.min_chars - 1).is_some();
        is_long && !self.stop_words.contains(word)
    }
}

/// A word as it is to be looked up: by its key, where that is known without its text.
#[derive(Clone, Copy)]
pub(crate) enum Word<'a> {
    Key(TokenKey),
    Text(&'a str),
}

impl Word<'_> {
    pub(crate) fn text(self) -> String {
        match self {
            Self::Key(key) => key.with_text(str::to_owned),
            Self::Text(text) => text.to_owned(),
        }
    }
}

impl Analyzer {
    /// The words of a text.
    pub fn words(&self, text: &str) -> Vec<String> {
        let mut words = Vec::new();
        self.for_each_word(text, |word, _| words.push(word.to_owned()));
        words
    }

    /// Calls `f` with every word of a text and the bytes it comes from, as `(start, end)`.
    pub fn for_each_word(&self, text: &str, f: impl FnMut(&str, (usize, usize))) {
        match self.filter.is_none() {
            true => self.for_each_unfiltered(text, f),
            false => self.for_each_filtered(text, f),
        }
    }

    /// Like [`for_each_word`](Self::for_each_word), with keys in place of texts where possible.
    #[inline]
    pub(crate) fn for_each_key(&self, text: &str, mut f: impl FnMut(Word<'_>, (usize, usize))) {
        if !self.filter.is_none() {
            return self.for_each_filtered(text, |word, span| f(Word::Text(word), span));
        }
        let mut buffer = String::new();
        self.pre_tokenizer.for_each_token(text, |token| {
            let span = (token.start, token.end);
            match self.normalizer.key_of(text, &token) {
                Some(key) => f(Word::Key(key), span),
                None => {
                    let word = self.normalizer.normalize_with(&token.text, &mut buffer);
                    f(Word::Text(word), span);
                }
            }
        });
    }

    fn for_each_unfiltered(&self, text: &str, mut f: impl FnMut(&str, (usize, usize))) {
        let mut buffer = String::new();
        self.pre_tokenizer.for_each_token(text, |token| {
            let word = self.normalizer.normalize_with(&token.text, &mut buffer);
            f(word, (token.start, token.end));
        });
    }

    fn for_each_filtered(&self, text: &str, mut f: impl FnMut(&str, (usize, usize))) {
        let filter = &self.filter;
        // The words that stay, one after the other with a space behind each, and where they stand.
        let (mut joined, mut places) = (String::new(), Vec::new());
        self.for_each_unfiltered(text, |word, span| {
            if !filter.keeps(word) {
                return;
            }
            f(word, span);
            if filter.ngrams > 1 {
                places.push((joined.len(), joined.len() + word.len(), span));
                joined.push_str(word);
                joined.push(' ');
            }
        });
        for n in 2..=filter.ngrams.min(places.len()) {
            for window in places.windows(n) {
                if let [(start, _, (from, _)), .., (_, end, (_, to))] = window {
                    f(&joined[*start..*end], (*from, *to));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests;
