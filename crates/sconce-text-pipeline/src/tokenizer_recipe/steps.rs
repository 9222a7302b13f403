//! The steps of a tokenizer, named and written as a `tokenizer.json` has them.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// A step that makes texts uniform.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of a tokenizer.json")]
pub enum NormalizerStep {
    /// What BERT does: no control characters, spaces around Chinese characters, no accents, lower
    /// case. Accents go with capitals where nothing is said about them.
    #[serde(rename = "BertNormalizer")]
    Bert {
        clean_text: bool,
        handle_chinese_chars: bool,
        strip_accents: Option<bool>,
        lowercase: bool,
    },
    /// Canonical composition.
    #[serde(rename = "NFC")]
    Nfc,
    /// Canonical decomposition.
    #[serde(rename = "NFD")]
    Nfd,
    /// Compatibility composition.
    #[serde(rename = "NFKC")]
    Nfkc,
    /// Compatibility decomposition.
    #[serde(rename = "NFKD")]
    Nfkd,
    /// SentencePiece's own rules for control characters and spaces.
    Nmt,
    /// Lower case, character by character.
    Lowercase,
    /// No accents; decompose first.
    StripAccents,
    /// No white space at the ends of the text.
    Strip { strip_left: bool, strip_right: bool },
    /// Other text in place of a pattern.
    Replace { pattern: SplitPattern, content: String },
    /// Text before every text.
    Prepend { prepend: String },
    /// A character for every byte, as GPT-2 has them.
    ByteLevel,
    /// A table compiled by SentencePiece, in base 64.
    Precompiled { precompiled_charsmap: String },
}

/// What is looked for in a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplitPattern {
    /// Just this text.
    String(String),
    /// What the regular expression matches.
    Regex(String),
}

/// A step that cuts texts into words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of a tokenizer.json")]
pub enum PreTokenizerStep {
    /// At white space and around each punctuation mark.
    #[serde(rename = "BertPreTokenizer")]
    Bert,
    /// GPT-2's words with the space before them, and a character for every byte; only the latter
    /// without `use_regex`.
    ByteLevel { add_prefix_space: bool, trim_offsets: bool, use_regex: bool },
    /// SentencePiece's `▁` in place of spaces, cut before it with `split`.
    Metaspace { replacement: char, prepend_scheme: PrependScheme, split: bool },
    /// Runs of letters, digits and `_`, and runs of other characters but white space.
    Whitespace,
    /// At white space.
    WhitespaceSplit,
    /// Around punctuation marks.
    Punctuation { behavior: SplitBehavior },
    /// Around numbers, or around each digit.
    Digits { individual_digits: bool },
    /// At a character, which goes.
    #[serde(rename = "CharDelimiterSplit")]
    CharDelimiter { delimiter: char },
    /// At a pattern; with `invert` at everything else.
    Split { pattern: SplitPattern, behavior: SplitBehavior, invert: bool },
    /// Between characters of different scripts.
    UnicodeScripts,
    /// Into pieces of so many characters.
    FixedLength { length: usize },
}

/// Which texts get a `▁` that they do not begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the names say it")]
pub enum PrependScheme {
    First,
    Never,
    Always,
}

/// What becomes of what texts are cut at.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SplitBehavior {
    /// It goes.
    Removed,
    /// It is a word of its own.
    Isolated,
    /// It stays with what is before it.
    MergedWithPrevious,
    /// It stays with what is behind it.
    MergedWithNext,
    /// Several in a row are one word.
    Contiguous,
}

/// A step that frames texts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of a tokenizer.json")]
pub enum PostProcessorStep {
    /// Templates such as `[CLS] $A [SEP]` and `[CLS] $A [SEP] $B:1 [SEP]:1`: special tokens, `$A`
    /// and `$B`, each with a type after a colon.
    #[serde(rename = "TemplateProcessing")]
    Template { single: String, pair: String },
    /// BERT's frame, by the two tokens.
    #[serde(rename = "BertProcessing")]
    Bert { cls: String, sep: String },
    /// RoBERTa's frame, by the two tokens.
    #[serde(rename = "RobertaProcessing")]
    Roberta { cls: String, sep: String, trim_offsets: bool, add_prefix_space: bool },
    /// Spans without the space before a word.
    ByteLevel { add_prefix_space: bool, trim_offsets: bool, use_regex: bool },
}

/// A step that makes text of tokens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are those of a tokenizer.json")]
pub enum DecoderStep {
    /// Bytes from GPT-2's characters.
    ByteLevel { add_prefix_space: bool, trim_offsets: bool, use_regex: bool },
    /// Pieces without their prefix; with `cleanup` no space before punctuation.
    WordPiece { prefix: String, cleanup: bool },
    /// Spaces from `▁`.
    Metaspace { replacement: char, prepend_scheme: PrependScheme, split: bool },
    /// Spaces from the suffix that words end with.
    #[serde(rename = "BPEDecoder")]
    Bpe { suffix: String },
    /// Bytes from `<0x00>` to `<0xFF>`.
    ByteFallback,
    /// All tokens as one.
    Fuse,
    /// Other text in place of a pattern.
    Replace { pattern: SplitPattern, content: String },
    /// So many of a character less at the ends.
    Strip { content: char, start: usize, stop: usize },
}

/// Several steps as one object of a `tokenizer.json`; `key` is what it calls the list of a sequence.
pub(crate) fn sequence<S: Serialize>(steps: &[S], key: &str) -> serde_json::Result<Value> {
    let steps = steps.iter().map(serde_json::to_value);
    let mut steps = steps.collect::<serde_json::Result<Vec<_>>>()?;
    Ok(match steps.len() {
        0 => Value::Null,
        1 => steps.remove(0),
        _ => json!({ "type": "Sequence", key: steps }),
    })
}
