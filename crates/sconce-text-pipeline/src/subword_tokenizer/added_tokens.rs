//! Added tokens inside texts, found as the library finds them: the leftmost and longest first, with
//! the white space that belongs to them.

use aho_corasick::{AhoCorasick, MatchKind};
use tokenizers::{NormalizedString, Normalizer, Tokenizer};

/// A part of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section<'t> {
    /// Running text, and its first byte.
    Text { text: &'t str, start: usize },
    /// An added token, and its bytes.
    Token { id: u32, start: usize, end: usize },
}

#[derive(Debug)]
pub(super) struct AddedTokens {
    /// Finds the tokens that are looked for in the text as it is.
    verbatim: Option<AhoCorasick>,
    tokens: Vec<Token>,
    /// Finds those that are looked for in normalized text.
    normalized: Option<AhoCorasick>,
}

#[derive(Debug)]
struct Token {
    id: u32,
    takes_left: bool,
    takes_right: bool,
}

impl AddedTokens {
    /// None if a token has conditions that are not looked at here.
    pub(super) fn of(tokenizer: &Tokenizer) -> Option<Self> {
        let (mut verbatim, mut tokens, mut normalized) = (Vec::new(), Vec::new(), Vec::new());
        let added = tokenizer.get_added_tokens_decoder();
        let normalizer = tokenizer.get_normalizer();
        let has_both = added.values().any(|token| token.normalized)
            && added.values().any(|token| !token.normalized);
        for (id, token) in &added {
            if token.single_word || token.content.is_empty() {
                return None;
            }
            // Without a normalizer there is no difference, but for what is looked for first.
            if !token.normalized || (normalizer.is_none() && !has_both) {
                verbatim.push(token.content.clone());
                let (takes_left, takes_right) = (token.lstrip, token.rstrip);
                tokens.push(Token { id: *id, takes_left, takes_right });
                continue;
            }
            let mut content = NormalizedString::from(token.content.as_str());
            if let Some(normalizer) = normalizer {
                normalizer.normalize(&mut content).ok()?;
            }
            // Must lie in one chunk: no space but at its beginning.
            let mut after_first = content.get().chars().skip(1);
            if content.get().is_empty() || after_first.any(|c| c == '▁' || c.is_whitespace()) {
                return None;
            }
            normalized.push(content.get().to_owned());
        }
        Some(Self { verbatim: finder(&verbatim)?, tokens, normalized: finder(&normalized)? })
    }

    /// Whether some tokens are looked for in normalized text.
    pub(super) fn are_normalized(&self) -> bool {
        self.normalized.is_some()
    }

    /// Whether one of those is in a normalized text.
    pub(super) fn are_in(&self, normalized: &str) -> bool {
        self.normalized.as_ref().is_some_and(|finder| finder.is_match(normalized))
    }

    /// Hands on the parts of a text from left to right.
    pub(super) fn sections<'t, E>(
        &self,
        text: &'t str,
        mut each: impl FnMut(Section<'t>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut done = 0;
        for found in self.verbatim.iter().flat_map(|finder| finder.find_iter(text)) {
            let token = &self.tokens[found.pattern()];
            let (mut start, mut end) = (found.start(), found.end());
            if token.takes_left {
                start = text[..start].trim_end().len().max(done);
            }
            if token.takes_right {
                end = text.len() - text[end..].trim_start().len();
            }
            if done < start {
                each(Section::Text { text: &text[done..start], start: done })?;
            }
            each(Section::Token { id: token.id, start, end })?;
            done = end;
        }
        if done < text.len() {
            each(Section::Text { text: &text[done..], start: done })?;
        }
        Ok(())
    }
}

/// None where the patterns cannot be compiled; nothing in it if there are none.
fn finder(patterns: &[String]) -> Option<Option<AhoCorasick>> {
    if patterns.is_empty() {
        return Some(None);
    }
    AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(patterns).ok().map(Some)
}
