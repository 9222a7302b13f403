//! All through the `tokenizers` crate: for what this crate does not do itself, and to compare with.

use tokenizers::tokenizer::OffsetType;
use tokenizers::{Model, PreTokenizer, TruncationDirection};

use super::guard::guard;
use super::layout::within;
use super::{SubwordTokenizer, failed};
use crate::encoding::{Encoding, Input};
use crate::error::Result;
use crate::truncation::{Truncation, Windows};

impl SubwordTokenizer {
    pub(super) fn encode_by_library(
        &self,
        input: Input<'_>,
        truncation: Option<&Truncation>,
    ) -> Result<Encoding> {
        let (mut first, mut second) = match input {
            Input::Text(text) => (self.text(text)?, None),
            Input::Words(words) => (self.words(words)?, None),
            Input::Pair(first, second) => (self.text(first)?, Some(self.text(second)?)),
        };
        let (n_first, n_second) = (first.len(), second.as_ref().map(tokenizers::Encoding::len));
        let mut n_left_out = 0;
        if let Some(truncation) = truncation {
            let n_special = self.post.n_added(second.is_some());
            let (keep_first, keep_second) = truncation.keep(n_first, n_second, n_special)?;
            n_left_out = n_first + n_second.unwrap_or(0) - keep_first - keep_second;
            cut(&mut first, keep_first, self.direction);
            if let Some(second) = &mut second {
                cut(second, keep_second, self.direction);
            }
        }
        self.finish(input, first, second, n_left_out)
    }

    pub(super) fn windows_by_library(
        &self,
        question: &str,
        context: &str,
        windows: &Windows,
    ) -> Result<Vec<Encoding>> {
        let (first, mut rest) = (self.text(question)?, self.text(context)?);
        let n_tokens = rest.len();
        let room = windows.room(first.len(), self.post.n_added(true))?;
        rest.truncate(room, windows.stride, self.direction);
        let others = rest.take_overflowing();
        let input = Input::Pair(question, context);
        let window = |part: tokenizers::Encoding| {
            let n_left_out = n_tokens - part.len();
            self.finish(input, first.clone(), Some(part), n_left_out)
        };
        std::iter::once(rest).chain(others).map(window).collect()
    }

    /// The tokens of one text, before it is cut and framed.
    pub(super) fn text(&self, text: &str) -> Result<tokenizers::Encoding> {
        guard(|| self.inner.encode(text, false)).map_err(|error| failed(text, error))
    }

    pub(super) fn words(&self, words: &[&str]) -> Result<tokenizers::Encoding> {
        let encodings = words.iter().enumerate().map(|(number, word)| {
            guard(|| self.word(word, number as u32)).map_err(|error| failed(word, error))
        });
        Ok(tokenizers::Encoding::merge(encodings.collect::<Result<Vec<_>>>()?, false))
    }

    pub(super) fn word(&self, word: &str, number: u32) -> tokenizers::Result<tokenizers::Encoding> {
        let added = self.inner.get_added_vocabulary();
        let mut pieces = added.extract_and_normalize(self.inner.get_normalizer(), word);
        let pre_tokenizer = self.word_rules.as_ref().map(|rules| &rules.pre_tokenizer);
        if let Some(pre_tokenizer) = pre_tokenizer.or(self.inner.get_pre_tokenizer()) {
            pre_tokenizer.pre_tokenize(&mut pieces)?;
        }
        self.inner.get_model().tokenize_in_pretokenized(&mut pieces, None)?;
        pieces.into_encoding(Some(number), 0, OffsetType::Byte)
    }

    /// Frames what was cut, and brings it to the form of this crate.
    fn finish(
        &self,
        input: Input<'_>,
        first: tokenizers::Encoding,
        second: Option<tokenizers::Encoding>,
        n_left_out: usize,
    ) -> Result<Encoding> {
        let (text, other) = match input {
            Input::Text(text) => (text, ""),
            Input::Pair(text, other) => (text, other),
            Input::Words(words) => (words.first().copied().unwrap_or_default(), ""),
        };
        let post = match (input, &self.word_rules) {
            (Input::Words(_), Some(rules)) => &rules.post,
            _ => &self.post,
        };
        let framed = guard(|| post.frame(first, second)).map_err(|error| failed(text, error))?;
        let sequence_ids = framed.get_sequence_ids().into_iter();
        let mut encoding = Encoding {
            ids: framed.get_ids().to_vec(),
            spans: framed.get_offsets().to_vec(),
            type_ids: framed.get_type_ids().to_vec(),
            word_ids: framed.get_word_ids().to_vec(),
            sequence_ids: sequence_ids.map(|id| id.and_then(|id| u8::try_from(id).ok())).collect(),
            n_left_out,
        };
        for (token, span) in encoding.spans.iter_mut().enumerate() {
            let word = encoding.word_ids[token].map(|word| word as usize);
            let text = match (input, encoding.sequence_ids[token]) {
                (Input::Words(words), _) => word.and_then(|word| words.get(word)).copied(),
                (_, Some(0)) => Some(text),
                (_, Some(_)) => Some(other),
                (_, None) => None,
            };
            *span = text.map_or((0, 0), |text| within(text, *span));
        }
        Ok(encoding)
    }
}

/// Keeps `length` tokens; unlike the library's own cut it leaves no overflow behind.
fn cut(encoding: &mut tokenizers::Encoding, length: usize, direction: TruncationDirection) {
    encoding.truncate(length, 0, direction);
    encoding.take_overflowing();
}
