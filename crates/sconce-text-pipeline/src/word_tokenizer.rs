//! Word-level tokenization: cut, normalize, look up.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::normalizer::Normalizer;
use crate::pre_tokenizer::PreTokenizer;
use crate::token_counts::count_tokens;
use crate::tokenizer::{Encoding, Tokenizer, TokenizerFile};
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
        Self { normalizer, pre_tokenizer, vocabulary }
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

impl Tokenizer for WordTokenizer {
    fn encode(&self, text: &str) -> Result<Encoding> {
        let mut encoding = Encoding::default();
        self.for_each_id(text, |id, span| {
            encoding.ids.push(id);
            encoding.spans.push(span);
        })?;
        Ok(encoding)
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
