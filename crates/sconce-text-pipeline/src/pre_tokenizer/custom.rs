//! Cutting by a function of the caller.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::Token;

type Cut = dyn for<'a> Fn(&'a str) -> Vec<Token<'a>> + Send + Sync;

/// A function of the caller that cuts text into words.
#[derive(Clone)]
pub struct Custom {
    cut: Arc<Cut>,
}

impl Custom {
    pub(super) fn of_slices(
        cut: impl for<'a> Fn(&'a str) -> Vec<&'a str> + Send + Sync + 'static,
    ) -> Self {
        Self::of_tokens(move |text| {
            let mut end = 0;
            let place = |word| {
                let token = placed(text, word, end);
                end = token.end;
                token
            };
            cut(text).into_iter().map(place).collect()
        })
    }

    pub(super) fn of_tokens(
        cut: impl for<'a> Fn(&'a str) -> Vec<Token<'a>> + Send + Sync + 'static,
    ) -> Self {
        Self { cut: Arc::new(cut) }
    }

    pub(super) fn for_each_token<'a>(&self, text: &'a str, f: impl FnMut(Token<'a>)) {
        let tokens = (self.cut)(text).into_iter();
        tokens.filter(|token| !token.text.is_empty()).map(|token| checked(text, token)).for_each(f);
    }
}

/// The token of a word that was cut out of `text`; any other word stands, without width, at `end`.
fn placed<'a>(text: &'a str, word: &'a str, end: usize) -> Token<'a> {
    let start = (word.as_ptr() as usize).checked_sub(text.as_ptr() as usize);
    match start.filter(|start| start + word.len() <= text.len()) {
        Some(start) => Token { text: Cow::Borrowed(word), start, end: start + word.len() },
        None => Token { text: Cow::Owned(word.to_owned()), start: end, end },
    }
}

/// What everything else relies on: a span lies in the text, and a borrowed word is what it spans.
fn checked<'a>(text: &'a str, token: Token<'a>) -> Token<'a> {
    let (start, end) = match text.get(token.start..token.end) {
        Some(slice) if slice == token.text => {
            return Token { text: Cow::Borrowed(slice), ..token };
        }
        Some(_) => (token.start, token.end),
        None => (text.len(), text.len()),
    };
    Token { text: Cow::Owned(token.text.into_owned()), start, end }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cut, &other.cut)
    }
}

impl Eq for Custom {}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}
