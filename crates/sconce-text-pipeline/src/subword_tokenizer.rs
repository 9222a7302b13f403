//! Hugging Face `tokenizer.json` files: byte-pair encoding, WordPiece, Unigram.

mod added_tokens;
mod beside;
mod by_library;
mod check;
mod chunk_cache;
mod fast_engine;
mod guard;
mod layout;
mod pieces;
mod post_processing;
mod special_tokens;

use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use tokenizers::pre_tokenizers::PreTokenizerWrapper;
use tokenizers::{ModelWrapper, TruncationDirection};

use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::special_tokens::SpecialTokens;
use crate::tokenizer::{SUBWORD_FILE, Tokenizer, TokenizerFile};
use crate::tokenizer_folder::settings::{CONFIG_FILE, Settings};
use crate::truncation::{Truncation, Windows};
pub(crate) use beside::{Parts, named};
use fast_engine::{Failed, FastEngine};
use guard::guard;
use layout::Layout;
use pieces::Piece;
use post_processing::PostProcessing;

/// A tokenizer over pieces of words, read from a Hugging Face `tokenizer.json`.
///
/// Two engines do the work. Texts are cut into words by scanners of this crate, and what the
/// `tokenizers` crate made of a word is remembered; texts of which this is not known to give the
/// same ids, spans and words go through that crate as a whole. Which of them did it cannot be told
/// from what comes out.
///
/// Special tokens are added as the file says. Its padding and the length of its truncation are
/// ignored: batches are packed, and the caller says how long a row may be.
#[derive(Debug, Clone)]
pub struct SubwordTokenizer {
    /// Without its post-processor, which runs after what is too long was cut.
    inner: tokenizers::Tokenizer,
    post: PostProcessing,
    /// What the post-processor does, if it can be said shortly.
    layout: Option<Layout>,
    /// How words that are given one by one are cut, where that differs from running text.
    word_rules: Option<WordRules>,
    /// The engine for running text, made when first needed, if this tokenizer can have one.
    fast: Arc<OnceLock<Option<FastEngine>>>,
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

#[derive(Debug, Clone)]
struct WordRules {
    pre_tokenizer: PreTokenizerWrapper,
    post: PostProcessing,
    layout: Option<Layout>,
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
                let post = guard(|| post.of_prefixed()).map_err(corrupt)?;
                Some(WordRules { pre_tokenizer, layout: Layout::of(&post), post })
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
            layout: Layout::of(&post),
            fast: Arc::default(),
            inner,
            post,
            bytes,
            config,
        })
    }

    fn fast(&self) -> Option<&FastEngine> {
        let make = || guard(|| Ok(FastEngine::new(&self.inner))).ok().flatten();
        self.fast.get_or_init(make).as_ref()
    }

    /// What the fast engine says; none if the other one is to be asked.
    fn by_fast_engine<T>(
        &self,
        call: impl FnOnce(&FastEngine) -> std::result::Result<T, Failed>,
    ) -> Option<tokenizers::Result<T>> {
        let fast = self.fast()?;
        match guard(|| Ok(call(fast))) {
            Ok(Ok(made)) => Some(Ok(made)),
            Ok(Err(Failed::Tokenizer(error))) => Some(Err(error)),
            Ok(Err(Failed::NotHere)) | Err(_) => None,
        }
    }

    /// The tokens of one text, before it is cut and framed.
    fn pieces(&self, text: &str) -> Result<Vec<Piece>> {
        if let Some(made) = self.by_fast_engine(|fast| fast.pieces(&self.inner, text)) {
            return made.map_err(|error| failed(text, error));
        }
        let mut pieces = Vec::new();
        pieces::append(&self.text(text)?, &mut pieces);
        Ok(pieces)
    }

    fn word_pieces(&self, words: &[&str]) -> Result<Vec<Piece>> {
        let Some(fast) = self.fast() else {
            let mut pieces = Vec::new();
            pieces::append(&self.words(words)?, &mut pieces);
            return Ok(pieces);
        };
        let made = fast.word_pieces(words, |word| {
            let mut pieces = Vec::new();
            pieces::append(&guard(|| self.word(word, 0))?, &mut pieces);
            Ok(pieces)
        });
        made.map_err(|(number, error)| failed(words[number], error))
    }

    fn frame(
        &self,
        layout: &Layout,
        input: Input<'_>,
        first: &[Piece],
        second: Option<&[Piece]>,
    ) -> Encoding {
        layout.frame(first, second, |sequence, word| match (input, sequence) {
            (Input::Words(words), _) => words.get(word as usize).copied(),
            (Input::Text(text) | Input::Pair(text, _), 0) => Some(text),
            (Input::Pair(_, other), _) => Some(other),
            (Input::Text(_), _) => Some(""),
        })
    }

    /// The tokens that stay of `n_tokens`.
    fn kept(&self, n_tokens: usize, n_kept: usize) -> Range<usize> {
        match self.direction {
            TruncationDirection::Right => 0..n_kept,
            TruncationDirection::Left => n_tokens - n_kept..n_tokens,
        }
    }
}

impl Tokenizer for SubwordTokenizer {
    fn encode_input(&self, input: Input<'_>, truncation: Option<&Truncation>) -> Result<Encoding> {
        let layout = match (input, &self.word_rules) {
            (Input::Words(_), Some(rules)) => &rules.layout,
            _ => &self.layout,
        };
        let Some(layout) = layout else { return self.encode_by_library(input, truncation) };
        let (first, second) = match input {
            Input::Text(text) => (self.pieces(text)?, None),
            Input::Words(words) => (self.word_pieces(words)?, None),
            Input::Pair(first, second) => (self.pieces(first)?, Some(self.pieces(second)?)),
        };
        let (n_first, n_second) = (first.len(), second.as_ref().map(Vec::len));
        let (keep_first, keep_second) = match truncation {
            Some(truncation) => {
                truncation.keep(n_first, n_second, self.post.n_added(second.is_some()))?
            }
            None => (n_first, n_second.unwrap_or(0)),
        };
        let n_left_out = n_first + n_second.unwrap_or(0) - keep_first - keep_second;
        let first = &first[self.kept(n_first, keep_first)];
        let second = second.as_ref().map(|pieces| &pieces[self.kept(pieces.len(), keep_second)]);
        Ok(Encoding { n_left_out, ..self.frame(layout, input, first, second) })
    }

    fn encode_windows(
        &self,
        question: &str,
        context: &str,
        windows: &Windows,
    ) -> Result<Vec<Encoding>> {
        let Some(layout) = &self.layout else {
            return self.windows_by_library(question, context, windows);
        };
        let (first, rest) = (self.pieces(question)?, self.pieces(context)?);
        let room = windows.room(first.len(), self.post.n_added(true))?;
        let input = Input::Pair(question, context);
        let window = |range: Range<usize>| {
            let range = match self.direction {
                TruncationDirection::Right => range,
                TruncationDirection::Left => rest.len() - range.end..rest.len() - range.start,
            };
            let n_left_out = rest.len() - range.len();
            let framed = self.frame(layout, input, &first, Some(&rest[range]));
            Encoding { n_left_out, ..framed }
        };
        Ok(windows.ranges(rest.len(), room).into_iter().map(window).collect())
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
        let (before, after) = self.post.frame_ids();
        let n_before = ids.len();
        ids.extend_from_slice(before);
        let start = ids.len();
        let made = self.by_fast_engine(|fast| fast.ids(&self.inner, text, ids));
        let appended = made.unwrap_or_else(|| {
            ids.truncate(start);
            let encoding = guard(|| self.inner.encode_fast(text, false))?;
            ids.extend_from_slice(encoding.get_ids());
            Ok(())
        });
        let n_tokens = ids.len() - start;
        let n_special = self.post.n_added(false);
        let is_longer = n_tokens.saturating_add(n_special) > max_length;
        let room = max_length.checked_sub(n_special);
        let kept = appended.map_err(|error| failed(text, error)).and(match room {
            _ if !is_longer => Ok(n_tokens),
            Some(room) => Ok(room),
            None => Err(Error::MaxLengthTooSmall { max_length, n_special }),
        });
        let kept = kept.inspect_err(|_| ids.truncate(n_before))?;
        let kept = self.kept(n_tokens, kept);
        ids.truncate(start + kept.end);
        ids.drain(start..start + kept.start);
        ids.extend_from_slice(after);
        Ok(is_longer)
    }
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

/// Quotes the beginning of the text: whole documents do not belong into a message.
fn failed(text: &str, error: tokenizers::Error) -> Error {
    Error::Subword { text: text.chars().take(60).collect(), reason: error.to_string() }
}

#[cfg(test)]
mod tests;
