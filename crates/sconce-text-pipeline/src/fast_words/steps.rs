//! What a normalizer and a pre-tokenizer do, and what of it depends on more than one chunk.

use tokenizers::pre_tokenizers::metaspace::PrependScheme;
use tokenizers::pre_tokenizers::split::{Split, SplitPattern};
use tokenizers::{
    AddedVocabulary, NormalizedString, Normalizer, NormalizerWrapper, PreTokenizedString,
    PreTokenizer, PreTokenizerWrapper, SplitDelimiterBehavior,
};

use super::byte_level::Pattern;
use super::classes;

#[derive(Debug, Clone)]
pub(super) struct Steps {
    pub(super) normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
}

/// What there is to know of a normalizer and a pre-tokenizer in order to cut.
#[derive(Debug)]
pub(super) struct Kind {
    /// BERT's pre-tokenizer alone, after nothing or BERT's normalizer; whether Chinese characters
    /// are apart.
    pub(super) bert: Option<bool>,
    /// A byte-level tokenizer's pattern alone, and whether a space is put before a text.
    pub(super) pattern: Option<(Pattern, bool)>,
    /// Whether the text is brought into NFC before a pattern sees it.
    pub(super) has_nfc: bool,
    /// Only the pattern of words and signs.
    pub(super) has_word_runs: bool,
    /// Whether something is done to the white space at the ends of a text.
    pub(super) trims: bool,
    /// Whether a character map of SentencePiece is applied.
    pub(super) has_charsmap: bool,
    /// Whether something is done to the beginning of a text in any case.
    begins: bool,
    /// Whether a word is made in a way of its own where it begins at the first byte of a text.
    pub(super) knows_the_first_byte: bool,
    /// Whether nothing cuts a text into words.
    pub(super) is_one_word: bool,
}

impl Steps {
    pub(super) fn new(
        normalizer: Option<NormalizerWrapper>,
        pre_tokenizer: Option<PreTokenizerWrapper>,
    ) -> Self {
        Self { normalizer, pre_tokenizer }
    }

    /// The words of a text without added tokens.
    pub(super) fn words(&self, text: &str) -> tokenizers::Result<PreTokenizedString> {
        // An empty one takes the very way of a whole text.
        let added = AddedVocabulary::new();
        let mut words = added.extract_and_normalize(self.normalizer.as_ref(), text);
        if let Some(pre_tokenizer) = &self.pre_tokenizer {
            pre_tokenizer.pre_tokenize(&mut words)?;
        }
        Ok(words)
    }

    /// What the normalizer makes of a text.
    pub(super) fn normalized(&self, text: &str) -> tokenizers::Result<String> {
        let mut normalized = NormalizedString::from(text);
        if let Some(normalizer) = &self.normalizer {
            normalizer.normalize(&mut normalized)?;
        }
        Ok(normalized.get().to_owned())
    }

    /// The steps for chunks that are not the first of their text, if they differ.
    pub(super) fn after_the_first(&self, kind: &Kind) -> Option<Self> {
        let is_prefixed = kind.pattern.is_some_and(|(_, is_prefixed)| is_prefixed);
        let marks = self.pre_tokenizer.as_ref().is_some_and(marks_the_beginning);
        if !(kind.trims || kind.begins || is_prefixed || marks) {
            return None;
        }
        let normalizer = self.normalizer.as_ref().map(|normalizer| {
            let steps = flat(normalizer).into_iter().filter(|step| !is_at_the_ends(step));
            tokenizers::normalizers::Sequence::new(steps.cloned().collect()).into()
        });
        let pre_tokenizer = match &self.pre_tokenizer {
            Some(PreTokenizerWrapper::ByteLevel(bytes)) => {
                Some(bytes.add_prefix_space(false).into())
            }
            other => other.clone(),
        };
        Some(Self { normalizer, pre_tokenizer })
    }
}

impl Kind {
    /// None if a step is not known to work chunk by chunk.
    pub(super) fn of(steps: &Steps) -> Option<Self> {
        let normalizers = steps.normalizer.as_ref().map(flat).unwrap_or_default();
        if !normalizers.iter().all(|step| is_known(step)) {
            return None;
        }
        let pre_tokenizers = steps.pre_tokenizer.as_ref().map(flat_words).unwrap_or_default();
        let is_one_word = !cuts(&pre_tokenizers, normalizers.iter().any(|step| escapes(step)))?;
        let is_bert = matches!(pre_tokenizers[..], [PreTokenizerWrapper::BertPreTokenizer(_)]);
        let has_word_runs = matches!(pre_tokenizers[..], [PreTokenizerWrapper::Whitespace(_)]);
        let bert = match normalizers[..] {
            [] if is_bert => Some(false),
            [NormalizerWrapper::BertNormalizer(bert)] if is_bert => Some(bert.handle_chinese_chars),
            _ => None,
        };
        let is_nfc = matches!(normalizers[..], [NormalizerWrapper::NFC(_)]);
        let pattern = pattern(&pre_tokenizers).filter(|_| normalizers.is_empty() || is_nfc);
        Some(Self {
            bert,
            pattern: pattern.filter(|_| classes::are_known()),
            has_nfc: is_nfc,
            has_word_runs: has_word_runs && normalizers.is_empty(),
            has_charsmap: normalizers
                .iter()
                .any(|step| matches!(step, NormalizerWrapper::Precompiled(_))),
            trims: normalizers.iter().any(|step| trims(step)),
            begins: normalizers.iter().any(|step| is_at_the_ends(step)),
            knows_the_first_byte: pre_tokenizers.iter().any(|step| {
                matches!(step, PreTokenizerWrapper::Metaspace(metaspace)
                    if metaspace.get_prepend_scheme() == PrependScheme::First)
            }),
            is_one_word,
        })
    }
}

/// The pattern that a byte-level tokenizer cuts by, if nothing else cuts.
fn pattern(pre_tokenizers: &[&PreTokenizerWrapper]) -> Option<(Pattern, bool)> {
    match pre_tokenizers {
        [PreTokenizerWrapper::ByteLevel(bytes)] if bytes.use_regex => {
            Some((Pattern::Gpt2, bytes.add_prefix_space))
        }
        [PreTokenizerWrapper::Split(split), PreTokenizerWrapper::ByteLevel(bytes)]
            if !bytes.use_regex && !bytes.add_prefix_space =>
        {
            Some((split_pattern(split)?, false))
        }
        _ => None,
    }
}

fn split_pattern(split: &Split) -> Option<Pattern> {
    match &split.pattern {
        SplitPattern::Regex(regex)
            if split.behavior == SplitDelimiterBehavior::Isolated && !split.invert =>
        {
            Pattern::of(regex)
        }
        _ => None,
    }
}

fn flat(normalizer: &NormalizerWrapper) -> Vec<&NormalizerWrapper> {
    match normalizer {
        NormalizerWrapper::Sequence(steps) => steps.as_ref().iter().flat_map(flat).collect(),
        step => vec![step],
    }
}

fn flat_words(pre_tokenizer: &PreTokenizerWrapper) -> Vec<&PreTokenizerWrapper> {
    match pre_tokenizer {
        PreTokenizerWrapper::Sequence(steps) => {
            steps.as_ref().iter().flat_map(flat_words).collect()
        }
        step => vec![step],
    }
}

/// Whether a step of a normalizer sees single characters, clusters, or the ends of a text.
fn is_known(step: &NormalizerWrapper) -> bool {
    match step {
        NormalizerWrapper::BertNormalizer(_)
        | NormalizerWrapper::StripNormalizer(_)
        | NormalizerWrapper::StripAccents(_)
        | NormalizerWrapper::NFC(_)
        | NormalizerWrapper::NFD(_)
        | NormalizerWrapper::NFKC(_)
        | NormalizerWrapper::NFKD(_)
        | NormalizerWrapper::Lowercase(_)
        | NormalizerWrapper::Nmt(_)
        | NormalizerWrapper::Precompiled(_)
        | NormalizerWrapper::Prepend(_) => true,
        NormalizerWrapper::Replace(replace) => {
            is_at_the_ends(step) || replaces_runs(&pattern_of(replace), &replace.content)
        }
        NormalizerWrapper::Sequence(_) | NormalizerWrapper::ByteLevel(_) => false,
    }
}

/// A string or a regular expression that is replaced.
enum Replaced {
    String(String),
    Regex(String),
    Unknown,
}

fn pattern_of(replace: &tokenizers::normalizers::Replace) -> Replaced {
    let value = serde_json::to_value(replace).unwrap_or_default();
    let text = |key: &str| value["pattern"][key].as_str().map(str::to_owned);
    match (text("String"), text("Regex")) {
        (Some(string), _) => Replaced::String(string),
        (_, Some(regex)) => Replaced::Regex(regex),
        _ => Replaced::Unknown,
    }
}

/// Whether matches lie within a run of spaces or within a word, and stay so.
fn replaces_runs(pattern: &Replaced, content: &str) -> bool {
    match pattern {
        Replaced::String(pattern) if pattern == " " => matches!(content, " " | "▁"),
        Replaced::String(pattern) => {
            let is_word =
                |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
            is_word(pattern) && is_word(content)
        }
        Replaced::Regex(pattern) => pattern == " {2,}" && matches!(content, " " | "▁"),
        Replaced::Unknown => false,
    }
}

/// Whether a step concerns the ends of a text alone.
fn is_at_the_ends(step: &NormalizerWrapper) -> bool {
    trims(step) || matches!(step, NormalizerWrapper::Prepend(_))
}

/// Whether a step does nothing to a text that begins and ends with a plain character.
fn trims(step: &NormalizerWrapper) -> bool {
    match step {
        NormalizerWrapper::StripNormalizer(_) => true,
        NormalizerWrapper::Replace(replace) => match pattern_of(replace) {
            Replaced::Regex(regex) => matches!(regex.as_str(), r"\A +| +\z" | r"\A▁"),
            _ => false,
        },
        _ => false,
    }
}

/// Whether a normalizer writes `▁` for a space.
fn escapes(step: &NormalizerWrapper) -> bool {
    matches!(step, NormalizerWrapper::Replace(replace) if replace.content == "▁")
}

/// Whether pre-tokenizers cut before each space between two plain characters, or nowhere; none if
/// that is not known. `is_escaped` where spaces are none any more.
fn cuts(pre_tokenizers: &[&PreTokenizerWrapper], mut is_escaped: bool) -> Option<bool> {
    let (mut is_cut, mut splits) = (false, false);
    for step in pre_tokenizers {
        match step {
            // These see characters one by one.
            PreTokenizerWrapper::Punctuation(_) | PreTokenizerWrapper::Digits(_) => splits = true,
            PreTokenizerWrapper::Metaspace(metaspace) if metaspace.get_replacement() == '▁' => {
                is_cut |= metaspace.get_split();
                is_escaped = true;
            }
            PreTokenizerWrapper::ByteLevel(bytes) if !bytes.use_regex => {
                is_escaped = true;
                splits = true;
            }
            // Without spaces these would see signs across the border.
            _ if is_escaped && !is_cut => return None,
            PreTokenizerWrapper::BertPreTokenizer(_)
            | PreTokenizerWrapper::Whitespace(_)
            | PreTokenizerWrapper::WhitespaceSplit(_) => is_cut = true,
            PreTokenizerWrapper::ByteLevel(_) => {
                is_cut = true;
                is_escaped = true;
            }
            PreTokenizerWrapper::Split(split) => {
                split_pattern(split)?;
                is_cut = true;
            }
            _ => return None,
        }
    }
    (is_cut || !splits).then_some(is_cut)
}

/// Whether a text that begins without a space is given one. Chunks after the first begin with a
/// space, but the same chunk may come first.
fn marks_the_beginning(step: &PreTokenizerWrapper) -> bool {
    match step {
        PreTokenizerWrapper::Sequence(steps) => steps.as_ref().iter().any(marks_the_beginning),
        PreTokenizerWrapper::ByteLevel(bytes) => bytes.add_prefix_space,
        PreTokenizerWrapper::Metaspace(metaspace) => {
            metaspace.get_prepend_scheme() == PrependScheme::First
        }
        _ => false,
    }
}
