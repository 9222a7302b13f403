//! Hugging Face `tokenizer.json` files: byte-pair encoding, WordPiece, Unigram.

mod beside;
mod check;
mod guard;
mod post_processing;
mod special_tokens;

use std::path::Path;

use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::tokenizer::OffsetType;
use tokenizers::{Model, ModelWrapper, PreTokenizer, TruncationDirection};

use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::special_tokens::SpecialTokens;
use crate::tokenizer::{SUBWORD_FILE, Tokenizer, TokenizerFile};
use crate::tokenizer_folder::settings::{CONFIG_FILE, Settings};
use crate::truncation::{Truncation, Windows};
pub(crate) use beside::{Parts, named};
use guard::guard;
use post_processing::PostProcessing;

/// A tokenizer over pieces of words, read from a Hugging Face `tokenizer.json`.
///
/// Special tokens are added as the file says. Its padding and the length of its truncation are
/// ignored: batches are packed, and the caller says how long a row may be.
#[derive(Debug, Clone)]
pub struct SubwordTokenizer {
    /// Without its post-processor, which runs after what is too long was cut.
    inner: tokenizers::Tokenizer,
    post: PostProcessing,
    /// How words that are given one by one are cut, where that differs from running text.
    word_rules: Option<(PreTokenizerWrapper, PostProcessing)>,
    /// Which end of a text is cut.
    direction: TruncationDirection,
    vocab_size: usize,
    max_length: Option<usize>,
    special_tokens: SpecialTokens,
    /// The file as it was read, to be saved again byte for byte.
    bytes: Vec<u8>,
    /// `tokenizer_config.json`, as it was read if nothing had to be changed.
    config: Vec<u8>,
}

impl SubwordTokenizer {
    /// Reads the content of a `tokenizer.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::read(bytes.to_vec(), SUBWORD_FILE, &Settings::default(), &Parts::default())
    }

    /// Reads a `tokenizer.json` at any path.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let name = path.as_ref().display().to_string();
        let bytes = std::fs::read(path).map_err(|source| Error::io(&name, source))?;
        Self::read(bytes, &name, &Settings::default(), &Parts::default())
    }

    /// Reads the `tokenizer.json` of a folder with settings.
    pub(crate) fn from_folder(bytes: Vec<u8>, file: &Path, settings: &Settings) -> Result<Self> {
        Self::read(bytes, &file.display().to_string(), settings, &Parts::default())
    }

    /// Makes a tokenizer of what other files than `tokenizer.json` hold.
    pub(crate) fn from_parts(parts: &Parts, file: &Path, settings: &Settings) -> Result<Self> {
        let file = file.display().to_string();
        let json = serde_json::to_vec(&parts.json).map_err(|error| Error::CorruptTokenizer {
            file: file.clone(),
            reason: error.to_string(),
        })?;
        Self::read(json, &file, settings, parts)
    }

    fn read(mut bytes: Vec<u8>, file: &str, settings: &Settings, parts: &Parts) -> Result<Self> {
        let corrupt = |reason: tokenizers::Error| Error::CorruptTokenizer {
            file: file.to_owned(),
            reason: reason.to_string(),
        };
        check::json(&bytes).map_err(|error| corrupt(error.into()))?;
        let mut inner = guard(|| tokenizers::Tokenizer::from_bytes(&bytes)).map_err(corrupt)?;
        let has_more = beside::add(&mut inner, settings, parts, file)?;
        let is_turned = beside::set_side(&mut inner, settings)?;
        let is_changed = has_more || is_turned || !parts.json.is_null();
        if is_changed {
            bytes = inner.to_string(false).map_err(corrupt)?.into_bytes();
        }
        let direction = inner.get_truncation().map(|truncation| truncation.direction);
        inner.with_truncation(None).map_err(corrupt)?;
        inner.with_padding(None);
        if let ModelWrapper::BPE(model) = inner.get_model()
            && model.dropout.is_some()
        {
            // Random segmentation would give each text other ids each time, also in prediction.
            let mut model = model.clone();
            model.dropout = None;
            inner.with_model(model);
        }
        let post = guard(|| PostProcessing::new(inner.get_post_processor().cloned()));
        let post = post.map_err(corrupt)?;
        inner.with_post_processor(None::<tokenizers::PostProcessorWrapper>);
        let word_rules = match inner.get_pre_tokenizer().and_then(before_each_word) {
            Some(pre_tokenizer) => {
                Some((pre_tokenizer, guard(|| post.of_prefixed()).map_err(corrupt)?))
            }
            None => None,
        };
        let special_tokens = special_tokens::find(&inner, post.inner(), settings, parts)?;
        let largest = inner.get_vocab(true).into_values().max();
        let config = match &settings.config {
            Some(config) if !is_changed => config.clone(),
            _ => beside::config(&inner, settings, &special_tokens),
        };
        Ok(Self {
            word_rules,
            direction: direction.unwrap_or_default(),
            vocab_size: largest.map_or(0, |id| id as usize + 1),
            max_length: settings.count("model_max_length")?,
            special_tokens,
            inner,
            post,
            bytes,
            config,
        })
    }

    /// The tokens of one text, before it is cut and framed.
    fn text(&self, text: &str) -> Result<tokenizers::Encoding> {
        guard(|| self.inner.encode(text, false)).map_err(|error| failed(text, error))
    }

    fn words(&self, words: &[&str]) -> Result<tokenizers::Encoding> {
        let encodings = words.iter().enumerate().map(|(number, word)| {
            guard(|| self.word(word, number as u32)).map_err(|error| failed(word, error))
        });
        Ok(tokenizers::Encoding::merge(encodings.collect::<Result<Vec<_>>>()?, false))
    }

    fn word(&self, word: &str, number: u32) -> tokenizers::Result<tokenizers::Encoding> {
        let added = self.inner.get_added_vocabulary();
        let mut pieces = added.extract_and_normalize(self.inner.get_normalizer(), word);
        let pre_tokenizer = self.word_rules.as_ref().map(|(pre_tokenizer, _)| pre_tokenizer);
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
            (Input::Words(_), Some((_, post))) => post,
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

impl Tokenizer for SubwordTokenizer {
    fn encode_input(&self, input: Input<'_>, truncation: Option<&Truncation>) -> Result<Encoding> {
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

    fn encode_windows(
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

    fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String> {
        let added = self.inner.get_added_vocabulary();
        let is_left = |id: &u32| {
            let token = self.inner.id_to_token(*id);
            token.is_some_and(|token| !skip_special || !added.is_special_token(&token))
        };
        // Not every decoder of the library can be given no token.
        if !ids.iter().any(is_left) {
            return Ok(String::new());
        }
        guard(|| self.inner.decode(ids, skip_special))
            .map_err(|error| Error::Decode { n_ids: ids.len(), reason: error.to_string() })
    }

    fn special_tokens(&self) -> &SpecialTokens {
        &self.special_tokens
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        self.encode_ids_within(text, usize::MAX, ids)?;
        Ok(())
    }

    fn vocab_size(&self) -> usize {
        self.vocab_size
    }

    fn max_length(&self) -> Option<usize> {
        self.max_length
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.inner.token_to_id(token)
    }

    fn token(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    fn to_file(&self) -> Result<TokenizerFile> {
        Ok(TokenizerFile { name: SUBWORD_FILE.to_owned(), bytes: self.bytes.clone() })
    }

    fn config_file(&self) -> Result<Option<TokenizerFile>> {
        let bytes = self.config.clone();
        Ok(Some(TokenizerFile { name: CONFIG_FILE.to_owned(), bytes }))
    }

    fn encode_ids_within(&self, text: &str, max_length: usize, ids: &mut Vec<u32>) -> Result<bool> {
        let encoding = guard(|| self.inner.encode_fast(text, false));
        let encoding = encoding.map_err(|error| failed(text, error))?;
        let n_special = self.post.n_added(false);
        let mut tokens = encoding.get_ids();
        let is_longer = tokens.len().saturating_add(n_special) > max_length;
        if is_longer {
            let room = max_length.checked_sub(n_special);
            let room = room.ok_or(Error::MaxLengthTooSmall { max_length, n_special })?;
            tokens = match self.direction {
                TruncationDirection::Right => &tokens[..room],
                TruncationDirection::Left => &tokens[tokens.len() - room..],
            };
        }
        let (before, after) = self.post.frame_ids();
        ids.reserve(before.len() + tokens.len() + after.len());
        ids.extend_from_slice(before);
        ids.extend_from_slice(tokens);
        ids.extend_from_slice(after);
        Ok(is_longer)
    }
}

/// Keeps `length` tokens; unlike the library's own cut it leaves no overflow behind.
fn cut(encoding: &mut tokenizers::Encoding, length: usize, direction: TruncationDirection) {
    encoding.truncate(length, 0, direction);
    encoding.take_overflowing();
}

/// GPT-2 and RoBERTa know a word by the space before it, so one that is given alone gets one.
///
/// It is what transformers asks for before it takes words at all (`add_prefix_space`).
fn before_each_word(pre_tokenizer: &PreTokenizerWrapper) -> Option<PreTokenizerWrapper> {
    match pre_tokenizer {
        PreTokenizerWrapper::ByteLevel(bytes) if !bytes.add_prefix_space => {
            Some(bytes.add_prefix_space(true).into())
        }
        _ => None,
    }
}

/// The span in whole characters: spaces are trimmed off as one byte each, also where the space was
/// put before a longer character.
fn within(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let end = text.floor_char_boundary(end);
    (text.floor_char_boundary(start).min(end), end)
}

/// Quotes the beginning of the text: whole documents do not belong into a message.
fn failed(text: &str, error: tokenizers::Error) -> Error {
    Error::Subword { text: text.chars().take(60).collect(), reason: error.to_string() }
}

#[cfg(test)]
mod tests;
