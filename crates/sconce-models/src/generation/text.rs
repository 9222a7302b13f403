//! Text of tokens as they come, and the strings that end it.

use std::fmt;

use sconce_text_pipeline::DecodeStream;

/// Whatever a decoder of tokens fails with.
pub type TextError = Box<dyn std::error::Error + Send + Sync>;

/// Turns the tokens of one sequence into text as they come: [`DecodeStream`] for a tokenizer,
/// [`DecodeText`] for any function.
pub trait TokenText {
    /// The text that became certain with this token; what may yet change is held back.
    ///
    /// # Errors
    /// If the token cannot be decoded.
    fn push(&mut self, id: u32) -> Result<String, TextError>;

    /// The text that was held back: no more tokens come.
    ///
    /// # Errors
    /// If it cannot be decoded.
    fn finish(self: Box<Self>) -> Result<String, TextError>;
}

impl TokenText for DecodeStream<'_> {
    fn push(&mut self, id: u32) -> Result<String, TextError> {
        Ok(DecodeStream::push(self, id)?)
    }

    fn finish(self: Box<Self>) -> Result<String, TextError> {
        Ok(DecodeStream::finish(*self)?)
    }
}

/// [`TokenText`] of a function that decodes a list of tokens: it is called on the last few tokens,
/// as far back as the text before was certain.
pub struct DecodeText<F> {
    decode: F,
    /// The tokens since the last but one point at which the text was certain.
    ids: Vec<u32>,
    /// How many of them were part of the text at the last one.
    n_old: usize,
}

impl<F: Fn(&[u32]) -> Result<String, TextError>> DecodeText<F> {
    /// Of the function that decodes a list of tokens.
    pub fn new(decode: F) -> Self {
        Self { decode, ids: Vec::new(), n_old: 0 }
    }

    /// What the newest tokens added.
    fn new_text(&self) -> Result<String, TextError> {
        let old = (self.decode)(&self.ids[..self.n_old])?;
        let mut all = (self.decode)(&self.ids)?;
        let common = if all.starts_with(&old) { old.len() } else { 0 };
        Ok(all.split_off(common))
    }
}

impl<F: Fn(&[u32]) -> Result<String, TextError>> TokenText for DecodeText<F> {
    fn push(&mut self, id: u32) -> Result<String, TextError> {
        self.ids.push(id);
        let text = self.new_text()?;
        // A character whose bytes are not all there yet is decoded to this one.
        if text.is_empty() || text.ends_with(char::REPLACEMENT_CHARACTER) {
            return Ok(String::new());
        }
        self.ids.drain(..self.n_old);
        self.n_old = self.ids.len();
        Ok(text)
    }

    fn finish(self: Box<Self>) -> Result<String, TextError> {
        self.new_text()
    }
}

impl<F> fmt::Debug for DecodeText<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecodeText").field("ids", &self.ids).finish_non_exhaustive()
    }
}

/// The text of one sequence, cut at the first stop string.
pub(super) struct Text<'a> {
    /// `None` once there are no more tokens.
    tokens: Option<Box<dyn TokenText + 'a>>,
    stops: Vec<String>,
    text: String,
    /// Where that begins which was not given out yet, and where that ends which may be.
    shown: usize,
    certain: usize,
}

impl<'a> Text<'a> {
    pub(super) fn new(tokens: Box<dyn TokenText + 'a>, stops: &[String]) -> Self {
        Self {
            tokens: Some(tokens),
            stops: stops.to_vec(),
            text: String::new(),
            shown: 0,
            certain: 0,
        }
    }

    /// Adds a token; the index of the stop string that it completed.
    pub(super) fn push(&mut self, id: u32) -> Result<Option<usize>, TextError> {
        let new = match &mut self.tokens {
            Some(tokens) => tokens.push(id)?,
            None => String::new(),
        };
        Ok(self.add(&new))
    }

    /// No more tokens come; the index of the stop string that was completed by what the decoder
    /// held back.
    pub(super) fn finish(&mut self) -> Result<Option<usize>, TextError> {
        let new = match self.tokens.take() {
            Some(tokens) => tokens.finish()?,
            None => String::new(),
        };
        let stop = self.add(&new);
        self.certain = self.text.len();
        Ok(stop)
    }

    /// The text that is certain and was not asked for yet.
    pub(super) fn piece(&mut self) -> &str {
        let start = std::mem::replace(&mut self.shown, self.certain);
        &self.text[start..self.certain]
    }

    pub(super) fn into_string(self) -> String {
        self.text
    }

    fn add(&mut self, new: &str) -> Option<usize> {
        self.text.push_str(new);
        // What may begin a stop string is never certain, so none begins before it.
        let open = &self.text[self.certain..];
        let found = self.stops.iter().enumerate().filter_map(|(i, stop)| {
            let at = open.find(stop.as_str())?;
            Some((at, std::cmp::Reverse(stop.len()), i))
        });
        if let Some((at, _, index)) = found.min() {
            self.text.truncate(self.certain + at);
            self.certain = self.text.len();
            return Some(index);
        }
        self.certain = self.text.len() - self.n_begun(open);
        None
    }

    /// Bytes at the end of the text that begin a stop string.
    fn n_begun(&self, open: &str) -> usize {
        let begun = |stop: &String| {
            let longest = open.len().min(stop.len() - 1);
            (1..=longest).rev().find(|&n| {
                stop.is_char_boundary(n) && open.as_bytes().ends_with(&stop.as_bytes()[..n])
            })
        };
        self.stops.iter().filter_map(begun).max().unwrap_or(0)
    }
}

#[cfg(test)]
mod tests;
