//! What a subword tokenizer is made of, before it has learnt anything: the steps that a text goes
//! through, the kind of model with its settings, and the special tokens.

mod presets;
mod steps;
mod to_parts;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Result, TrainerError};

pub use steps::{
    DecoderStep, NormalizerStep, PostProcessorStep, PreTokenizerStep, PrependScheme, SplitBehavior,
    SplitPattern,
};

/// The plan of a subword tokenizer that is to be trained.
///
/// [`bert`](Self::bert), [`gpt2`](Self::gpt2), [`roberta`](Self::roberta),
/// [`sentence_piece`](Self::sentence_piece) and [`word`](Self::word) are the usual ones; every
/// field may be changed. Steps run in their order; an empty list does nothing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TokenizerRecipe {
    /// The kind of model and its settings.
    pub model: SubwordModel,
    /// The largest number of tokens, special ones included. Those that must be there, special
    /// tokens and the alphabet, may make it more.
    pub vocab_size: usize,
    /// Tokens that get the first ids, in this order.
    #[serde(default)]
    pub special_tokens: Vec<RecipeToken>,
    /// Characters that are in the vocabulary whether or not the texts have them.
    #[serde(default)]
    pub initial_alphabet: BTreeSet<char>,
    /// How a text is made uniform.
    #[serde(default)]
    pub normalizer: Vec<NormalizerStep>,
    /// How it is cut into words, over whose edges no token goes.
    #[serde(default)]
    pub pre_tokenizer: Vec<PreTokenizerStep>,
    /// What frames a text.
    #[serde(default)]
    pub post_processor: Vec<PostProcessorStep>,
    /// How tokens become text again.
    #[serde(default)]
    pub decoder: Vec<DecoderStep>,
}

/// A kind of subword model and how it is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
pub enum SubwordModel {
    /// Byte-pair encoding.
    #[serde(rename = "BPE")]
    Bpe(BpeOptions),
    /// WordPiece, as BERT has it.
    WordPiece(WordPieceOptions),
    /// A language model of pieces, as SentencePiece has it.
    Unigram(UnigramOptions),
    /// Whole words.
    WordLevel(WordLevelOptions),
}

/// Settings of byte-pair encoding.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BpeOptions {
    /// How often two tokens must be neighbours to become one.
    pub min_frequency: u64,
    /// The largest number of different characters; the most frequent ones stay.
    pub limit_alphabet: Option<usize>,
    /// The most characters that a token may have; what becomes longer is not joined.
    pub max_token_length: Option<usize>,
    /// What tokens inside a word begin with.
    pub continuing_subword_prefix: Option<String>,
    /// What the last token of a word ends with.
    pub end_of_word_suffix: Option<String>,
    /// Stands for characters that are not in the vocabulary.
    pub unk_token: Option<String>,
    /// One such token for several characters in a row.
    pub fuse_unk: bool,
    /// Tokens for single bytes (`<0x00>` to `<0xFF>`) in place of unknown characters; they are
    /// put into the vocabulary after the special tokens.
    pub byte_fallback: bool,
    /// Take words that are in the vocabulary as they are, without going through the merges.
    pub ignore_merges: bool,
}

/// Settings of WordPiece.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WordPieceOptions {
    /// How often two tokens must be neighbours to become one.
    pub min_frequency: u64,
    /// The largest number of different characters; the most frequent ones stay.
    pub limit_alphabet: Option<usize>,
    /// What tokens inside a word begin with.
    pub continuing_subword_prefix: String,
    /// Words of more characters are unknown.
    pub max_input_chars_per_word: usize,
    /// Stands for words that cannot be made of tokens.
    pub unk_token: String,
}

impl Default for WordPieceOptions {
    fn default() -> Self {
        Self {
            min_frequency: 0,
            limit_alphabet: None,
            continuing_subword_prefix: "##".to_owned(),
            max_input_chars_per_word: 100,
            unk_token: "[UNK]".to_owned(),
        }
    }
}

/// Settings of Unigram (Kudo 2018, arXiv:1804.10959).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct UnigramOptions {
    /// Stands for characters that are not in the vocabulary; it must be a special token. Without
    /// one, texts with such characters cannot be encoded.
    pub unk_token: Option<String>,
    /// Tokens for single bytes (`<0x00>` to `<0xFF>`) in place of unknown characters; they are
    /// put into the vocabulary after the special tokens.
    pub byte_fallback: bool,
    /// The share of pieces that is kept each time some are dropped.
    pub shrinking_factor: f64,
    /// How often scores are learnt anew before pieces are dropped.
    pub n_sub_iterations: usize,
    /// The most pieces to begin with.
    pub seed_size: usize,
    /// The most characters that a piece may have.
    pub max_piece_length: usize,
}

impl Default for UnigramOptions {
    fn default() -> Self {
        Self {
            unk_token: Some("<unk>".to_owned()),
            byte_fallback: false,
            shrinking_factor: 0.75,
            n_sub_iterations: 2,
            seed_size: 1_000_000,
            max_piece_length: 16,
        }
    }
}

impl UnigramOptions {
    /// Refuses what training could not end with.
    pub(crate) fn check(&self) -> Result<()> {
        let wrong = |option, expected| Err(TrainerError::Option { option, expected }.into());
        if !(self.shrinking_factor > 0.0 && self.shrinking_factor < 1.0) {
            return wrong("shrinking_factor", "a number between 0 and 1");
        }
        for (option, value) in [
            ("n_sub_iterations", self.n_sub_iterations),
            ("seed_size", self.seed_size),
            ("max_piece_length", self.max_piece_length),
        ] {
            if value == 0 {
                return wrong(option, "1 or more");
            }
        }
        Ok(())
    }
}

/// Settings of whole words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct WordLevelOptions {
    /// How often a word must occur.
    pub min_frequency: u64,
    /// Stands for words that are not in the vocabulary.
    pub unk_token: String,
}

impl Default for WordLevelOptions {
    fn default() -> Self {
        Self { min_frequency: 0, unk_token: "[UNK]".to_owned() }
    }
}

/// A special token and what it is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RecipeToken {
    /// Its text.
    pub content: String,
    /// What it is for: none, one, or as in RoBERTa several.
    pub roles: Vec<TokenRole>,
    /// Only where no letter or digit touches it.
    pub single_word: bool,
    /// Takes the white space before it with it.
    pub lstrip: bool,
    /// Takes the white space behind it with it.
    pub rstrip: bool,
    /// Is looked for in the normalized text.
    pub normalized: bool,
}

impl RecipeToken {
    /// A token with roles that is found just as it is written.
    pub fn new(content: impl Into<String>, roles: &[TokenRole]) -> Self {
        Self { content: content.into(), roles: roles.to_vec(), ..Self::default() }
    }
}

/// What a special token is for: the keys of `tokenizer_config.json` without `_token`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[allow(missing_docs, reason = "the roles are those of SpecialTokens, explained there")]
pub enum TokenRole {
    Bos,
    Eos,
    Unk,
    Sep,
    Pad,
    Cls,
    Mask,
}
