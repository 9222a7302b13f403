//! Text while it is being generated, without half characters.

use crate::error::Result;
use crate::tokenizer::Tokenizer;

/// What stands for bytes that are no character, or not yet.
const REPLACEMENT: char = '\u{FFFD}';

/// Decodes ids one by one: each call gives the text that became certain.
///
/// The pieces together are the text of all ids. A character whose bytes come in several tokens is
/// held back until it is whole.
pub struct DecodeStream<'a> {
    tokenizer: &'a dyn Tokenizer,
    skip_special: bool,
    /// The ids of the last piece, which say how the next one joins on, and those held back.
    ids: Vec<u32>,
    /// How many of `ids` belong to the last piece.
    n_told: usize,
    /// The text of the first `n_told` ids.
    told: String,
}

impl<'a> DecodeStream<'a> {
    /// Begins a text. `skip_special` leaves special tokens out, as in [`Tokenizer::decode`].
    pub fn new(tokenizer: &'a dyn Tokenizer, skip_special: bool) -> Self {
        let (ids, n_told, told) = (Vec::new(), 0, String::new());
        Self { tokenizer, skip_special, ids, n_told, told }
    }

    /// The text that became certain with the next id; often one word, sometimes nothing.
    pub fn push(&mut self, id: u32) -> Result<String> {
        self.ids.push(id);
        let text = self.tokenizer.decode(&self.ids, self.skip_special)?;
        if text.len() <= self.told.len() || text.ends_with(REPLACEMENT) {
            return Ok(String::new());
        }
        let new = self.beyond(&text);
        self.ids.drain(..self.n_told);
        self.n_told = self.ids.len();
        self.told = self.tokenizer.decode(&self.ids, self.skip_special)?;
        Ok(new)
    }

    /// What was held back: the bytes of a character that never became whole.
    pub fn finish(self) -> Result<String> {
        let text = self.tokenizer.decode(&self.ids, self.skip_special)?;
        Ok(self.beyond(&text))
    }

    /// The part of `text` that was not told before.
    fn beyond(&self, text: &str) -> String {
        // What was told cannot be taken back, even if a decoder now writes it in another way.
        let same = text.chars().zip(self.told.chars()).take_while(|(a, b)| a == b);
        let n_bytes: usize = same.map(|(c, _)| c.len_utf8()).sum();
        text[n_bytes..].to_owned()
    }
}

#[cfg(test)]
mod tests;
