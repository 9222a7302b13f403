//! Word-level tokenization: cut, normalize, look up.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::normalizer::Normalizer;
use crate::pre_tokenizer::PreTokenizer;
use crate::special_tokens::SpecialTokens;
use crate::token_counts::count_tokens;
use crate::tokenizer::{Tokenizer, TokenizerFile};
use crate::truncation::{Truncation, Windows};
use crate::vocabulary::{Vocabulary, VocabularyOptions};

/// The version of `vocabulary.json` that this release writes, and the last that it reads.
const VERSION: u64 = 1;
const FORMAT: &str = "sconce-word-tokenizer";

/// A tokenizer over whole words.
///
/// ```
/// use sconce_text_pipeline::{
///     Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer,
/// };
///
/// let tokenizer = WordTokenizer::train(
///     &["a fine film", "a dull film"],
///     Normalizer::default(),
///     PreTokenizer::BasicEnglish,
///     &VocabularyOptions::default(),
/// )?;
/// let encoding = tokenizer.encode("A FINE thing")?;
/// assert_eq!(encoding.ids, [2, 5, 1]); // `<unk>` is 1
/// assert_eq!(encoding.spans, [(0, 1), (2, 6), (7, 12)]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct WordTokenizer {
    normalizer: Normalizer,
    pre_tokenizer: PreTokenizer,
    vocabulary: Vocabulary,
    special_tokens: SpecialTokens,
}

/// What is read before the rest is trusted.
#[derive(Deserialize)]
struct Header {
    format: String,
    version: u64,
}

/// The content of `vocabulary.json`.
#[derive(Serialize, Deserialize)]
struct Content<V> {
    format: String,
    version: u64,
    normalizer: Normalizer,
    pre_tokenizer: PreTokenizer,
    vocabulary: V,
}

impl WordTokenizer {
    /// The name of the file that [`to_file`](Tokenizer::to_file) makes.
    pub const FILE_NAME: &'static str = "vocabulary.json";

    /// Joins the three parts. What is not in the vocabulary gets its default id, if it has one.
    pub fn new(
        normalizer: Normalizer,
        pre_tokenizer: PreTokenizer,
        vocabulary: Vocabulary,
    ) -> Self {
        let special_tokens = SpecialTokens {
            pad: vocabulary.id(Vocabulary::PAD),
            unk: vocabulary.id(Vocabulary::UNK).or(vocabulary.default_id()),
            ..SpecialTokens::default()
        };
        let special_tokens = special_tokens.complete();
        Self { normalizer, pre_tokenizer, vocabulary, special_tokens }
    }

    /// Collects the vocabulary of `texts` in parallel; any number of threads gives the same one.
    ///
    /// If `<unk>` is among the special tokens it becomes the default.
    pub fn train<S: AsRef<str> + Sync>(
        texts: &[S],
        normalizer: Normalizer,
        pre_tokenizer: PreTokenizer,
        options: &VocabularyOptions,
    ) -> Result<Self> {
        let counts = count_tokens(texts, &normalizer, pre_tokenizer);
        let mut vocabulary = Vocabulary::build(&counts, options)?;
        if options.specials.iter().any(|special| special == Vocabulary::UNK) {
            vocabulary.set_default_id(vocabulary.id(Vocabulary::UNK))?;
        }
        Ok(Self::new(normalizer, pre_tokenizer, vocabulary))
    }

    /// Reads the content of `vocabulary.json`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        let header: Header = serde_json::from_slice(bytes).map_err(corrupt)?;
        if header.format != FORMAT {
            return Err(corrupt(format!("its format is {:?}, not {FORMAT:?}", header.format)));
        }
        if header.version > VERSION {
            let file = Self::FILE_NAME.to_owned();
            return Err(Error::NewerVersion { file, found: header.version, supported: VERSION });
        }
        let content: Content<Vocabulary> = serde_json::from_slice(bytes).map_err(corrupt)?;
        Ok(Self::new(content.normalizer, content.pre_tokenizer, content.vocabulary))
    }

    /// How tokens are normalized.
    pub fn normalizer(&self) -> &Normalizer {
        &self.normalizer
    }

    /// How text is cut.
    pub fn pre_tokenizer(&self) -> PreTokenizer {
        self.pre_tokenizer
    }

    /// The known words.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// Calls `f` with the id and span of each token.
    #[inline]
    fn for_each_id(&self, text: &str, mut f: impl FnMut(u32, (usize, usize))) -> Result<()> {
        let mut buffer = String::new();
        let mut unknown = None;
        self.pre_tokenizer.for_each_token(text, |token| {
            let id = match self.normalizer.key_of(text, &token) {
                Some(key) => self.vocabulary.id_of_key_or_default(key),
                None => {
                    let word = self.normalizer.normalize_with(&token.text, &mut buffer);
                    self.vocabulary.id_or_default(word)
                }
            };
            match id {
                Some(id) => f(id, (token.start, token.end)),
                None if unknown.is_none() => {
                    unknown = Some(self.normalizer.normalize(&token.text).into_owned());
                }
                None => {}
            }
        });
        unknown.map_or(Ok(()), |token| Err(Error::OutOfVocabulary { token }))
    }
}

/// The tokens of one text, before it is cut and joined.
#[derive(Default)]
struct Piece {
    ids: Vec<u32>,
    spans: Vec<(usize, usize)>,
    word_ids: Vec<Option<u32>>,
}

impl WordTokenizer {
    fn text(&self, text: &str) -> Result<Piece> {
        let mut piece = Piece::default();
        self.for_each_id(text, |id, span| {
            piece.word_ids.push(Some(piece.ids.len() as u32));
            piece.ids.push(id);
            piece.spans.push(span);
        })?;
        Ok(piece)
    }

    fn words(&self, words: &[&str]) -> Result<Piece> {
        let mut piece = Piece::default();
        for (word, text) in words.iter().enumerate() {
            self.for_each_id(text, |id, span| {
                piece.word_ids.push(Some(word as u32));
                piece.ids.push(id);
                piece.spans.push(span);
            })?;
        }
        Ok(piece)
    }
}

impl Encoding {
    /// Appends the tokens in `kept` of one text.
    fn push(&mut self, piece: &Piece, kept: Range<usize>, sequence: u8) {
        self.type_ids.extend(kept.clone().map(|_| u32::from(sequence)));
        self.sequence_ids.extend(kept.clone().map(|_| Some(sequence)));
        self.n_left_out += piece.ids.len() - kept.len();
        self.ids.extend_from_slice(&piece.ids[kept.clone()]);
        self.spans.extend_from_slice(&piece.spans[kept.clone()]);
        self.word_ids.extend_from_slice(&piece.word_ids[kept]);
    }
}

impl Tokenizer for WordTokenizer {
    fn encode_input(&self, input: Input<'_>, truncation: Option<&Truncation>) -> Result<Encoding> {
        let (first, second) = match input {
            Input::Text(text) => (self.text(text)?, None),
            Input::Words(words) => (self.words(words)?, None),
            Input::Pair(first, second) => (self.text(first)?, Some(self.text(second)?)),
        };
        let n_first = first.ids.len();
        let n_second = second.as_ref().map(|second| second.ids.len());
        let (keep_first, keep_second) = match truncation {
            Some(truncation) => truncation.keep(n_first, n_second, 0)?,
            None => (n_first, n_second.unwrap_or(0)),
        };
        let mut encoding = Encoding::default();
        encoding.push(&first, 0..keep_first, 0);
        if let Some(second) = second {
            encoding.push(&second, 0..keep_second, 1);
        }
        Ok(encoding)
    }

    fn encode_windows(
        &self,
        question: &str,
        context: &str,
        windows: &Windows,
    ) -> Result<Vec<Encoding>> {
        let (question, context) = (self.text(question)?, self.text(context)?);
        let room = windows.room(question.ids.len(), 0)?;
        let window = |kept| {
            let mut encoding = Encoding::default();
            encoding.push(&question, 0..question.ids.len(), 0);
            encoding.push(&context, kept, 1);
            encoding
        };
        Ok(windows.ranges(context.ids.len(), room).into_iter().map(window).collect())
    }

    /// The words with a space between them: what stood between them in the text is not known.
    fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String> {
        let is_wanted = |id: &&u32| !(skip_special && self.special_tokens.contains(**id));
        let words = ids.iter().filter(is_wanted).filter_map(|id| self.vocabulary.token(*id));
        Ok(words.collect::<Vec<_>>().join(self.pre_tokenizer.separator()))
    }

    fn special_tokens(&self) -> &SpecialTokens {
        &self.special_tokens
    }

    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        self.for_each_id(text, |id, _| ids.push(id))
    }

    fn vocab_size(&self) -> usize {
        self.vocabulary.len()
    }

    fn id(&self, token: &str) -> Option<u32> {
        self.vocabulary.id(token)
    }

    fn token(&self, id: u32) -> Option<String> {
        self.vocabulary.token(id).map(str::to_owned)
    }

    fn to_file(&self) -> Result<TokenizerFile> {
        let content = Content {
            format: FORMAT.to_owned(),
            version: VERSION,
            normalizer: self.normalizer,
            pre_tokenizer: self.pre_tokenizer,
            vocabulary: &self.vocabulary,
        };
        let bytes = serde_json::to_vec(&content).map_err(corrupt)?;
        Ok(TokenizerFile { name: Self::FILE_NAME.to_owned(), bytes })
    }
}

fn corrupt(reason: impl ToString) -> Error {
    Error::CorruptTokenizer {
        file: WordTokenizer::FILE_NAME.to_owned(),
        reason: reason.to_string(),
    }
}

#[cfg(test)]
mod tests;
