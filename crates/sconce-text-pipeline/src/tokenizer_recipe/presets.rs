//! The recipes of well-known tokenizers.

use std::collections::BTreeSet;

use super::{
    BpeOptions, DecoderStep, NormalizerStep, PostProcessorStep, PreTokenizerStep, PrependScheme,
    RecipeToken, SplitPattern, SubwordModel, TokenRole, TokenizerRecipe, UnigramOptions,
    WordLevelOptions, WordPieceOptions,
};

impl TokenizerRecipe {
    /// The steps are none, and the vocabulary has 30,000 tokens.
    pub fn new(model: SubwordModel) -> Self {
        Self {
            model,
            vocab_size: 30_000,
            special_tokens: Vec::new(),
            initial_alphabet: BTreeSet::new(),
            normalizer: Vec::new(),
            pre_tokenizer: Vec::new(),
            post_processor: Vec::new(),
            decoder: Vec::new(),
        }
    }

    /// BERT's (Devlin et al. 2019, arXiv:1810.04805): WordPiece over words and punctuation,
    /// `[CLS] a [SEP] b [SEP]`.
    pub fn bert(lowercase: bool) -> Self {
        let frame = PostProcessorStep::Template {
            single: "[CLS] $A [SEP]".to_owned(),
            pair: "[CLS] $A [SEP] $B:1 [SEP]:1".to_owned(),
        };
        let options = WordPieceOptions { min_frequency: 2, ..WordPieceOptions::default() };
        Self {
            special_tokens: vec![
                RecipeToken::new("[PAD]", &[TokenRole::Pad]),
                RecipeToken::new("[UNK]", &[TokenRole::Unk]),
                RecipeToken::new("[CLS]", &[TokenRole::Cls]),
                RecipeToken::new("[SEP]", &[TokenRole::Sep]),
                RecipeToken::new("[MASK]", &[TokenRole::Mask]),
            ],
            normalizer: vec![NormalizerStep::Bert {
                clean_text: true,
                handle_chinese_chars: true,
                strip_accents: None,
                lowercase,
            }],
            pre_tokenizer: vec![PreTokenizerStep::Bert],
            post_processor: vec![frame],
            decoder: vec![DecoderStep::WordPiece { prefix: "##".to_owned(), cleanup: true }],
            ..Self::new(SubwordModel::WordPiece(options))
        }
    }

    /// GPT-2's (Radford et al. 2019): byte-pair encoding over bytes, so that nothing is unknown.
    pub fn gpt2() -> Self {
        let end = [TokenRole::Bos, TokenRole::Eos, TokenRole::Unk];
        let (add_prefix_space, use_regex) = (false, true);
        Self {
            special_tokens: vec![RecipeToken::new("<|endoftext|>", &end)],
            post_processor: vec![PostProcessorStep::ByteLevel {
                add_prefix_space,
                trim_offsets: false,
                use_regex,
            }],
            ..Self::byte_level(add_prefix_space)
        }
    }

    /// RoBERTa's (Liu et al. 2019, arXiv:1907.11692): GPT-2's words, `<s> a </s></s> b </s>`.
    pub fn roberta() -> Self {
        let mask = RecipeToken::new("<mask>", &[TokenRole::Mask]);
        Self {
            special_tokens: vec![
                RecipeToken::new("<s>", &[TokenRole::Bos, TokenRole::Cls]),
                RecipeToken::new("<pad>", &[TokenRole::Pad]),
                RecipeToken::new("</s>", &[TokenRole::Eos, TokenRole::Sep]),
                RecipeToken::new("<unk>", &[TokenRole::Unk]),
                RecipeToken { lstrip: true, ..mask },
            ],
            post_processor: vec![PostProcessorStep::Roberta {
                cls: "<s>".to_owned(),
                sep: "</s>".to_owned(),
                trim_offsets: true,
                add_prefix_space: false,
            }],
            ..Self::byte_level(false)
        }
    }

    fn byte_level(add_prefix_space: bool) -> Self {
        let options = BpeOptions { min_frequency: 2, ..BpeOptions::default() };
        Self {
            initial_alphabet: Self::byte_alphabet(),
            pre_tokenizer: vec![PreTokenizerStep::ByteLevel {
                add_prefix_space,
                trim_offsets: true,
                use_regex: true,
            }],
            decoder: vec![DecoderStep::ByteLevel {
                add_prefix_space: true,
                trim_offsets: true,
                use_regex: true,
            }],
            ..Self::new(SubwordModel::Bpe(options))
        }
    }

    /// As SentencePiece cuts text (Kudo and Richardson 2018, arXiv:1808.06226), with byte-pair
    /// encoding: spaces become `▁` and belong to the words behind them. With `byte_fallback`
    /// unknown characters are written in bytes.
    pub fn sentence_piece(byte_fallback: bool) -> Self {
        let options = BpeOptions {
            min_frequency: 2,
            unk_token: Some("<unk>".to_owned()),
            fuse_unk: true,
            byte_fallback,
            ..BpeOptions::default()
        };
        let (replacement, prepend_scheme, split) = ('▁', PrependScheme::Always, true);
        let bytes = byte_fallback.then_some([DecoderStep::ByteFallback]);
        let spaces = DecoderStep::Metaspace { replacement, prepend_scheme, split };
        Self {
            special_tokens: vec![
                RecipeToken::new("<unk>", &[TokenRole::Unk]),
                RecipeToken::new("<s>", &[TokenRole::Bos]),
                RecipeToken::new("</s>", &[TokenRole::Eos]),
            ],
            normalizer: vec![NormalizerStep::Nfkc],
            pre_tokenizer: vec![PreTokenizerStep::Metaspace { replacement, prepend_scheme, split }],
            decoder: bytes.into_iter().flatten().chain([spaces]).collect(),
            ..Self::new(SubwordModel::Bpe(options))
        }
    }

    /// As SentencePiece cuts text, with Unigram (Kudo 2018, arXiv:1804.10959), which finds the
    /// likeliest pieces: 8,000 of them. With `byte_fallback` unknown characters are written in bytes.
    pub fn sentence_piece_unigram(byte_fallback: bool) -> Self {
        let options = UnigramOptions { byte_fallback, ..UnigramOptions::default() };
        let spaces = SplitPattern::Regex(" {2,}".to_owned());
        Self {
            model: SubwordModel::Unigram(options),
            vocab_size: 8_000,
            normalizer: vec![
                NormalizerStep::Nmt,
                NormalizerStep::Nfkc,
                NormalizerStep::Replace { pattern: spaces, content: " ".to_owned() },
            ],
            ..Self::sentence_piece(byte_fallback)
        }
    }

    /// Whole words and runs of punctuation, as they are written.
    pub fn word() -> Self {
        Self {
            special_tokens: vec![
                RecipeToken::new("[PAD]", &[TokenRole::Pad]),
                RecipeToken::new("[UNK]", &[TokenRole::Unk]),
            ],
            pre_tokenizer: vec![PreTokenizerStep::Whitespace],
            ..Self::new(SubwordModel::WordLevel(WordLevelOptions::default()))
        }
    }

    /// The 256 characters that stand for bytes in GPT-2's words.
    pub fn byte_alphabet() -> BTreeSet<char> {
        tokenizers::pre_tokenizers::byte_level::ByteLevel::alphabet().into_iter().collect()
    }
}
