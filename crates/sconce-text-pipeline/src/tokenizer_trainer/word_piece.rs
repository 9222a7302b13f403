//! WordPiece (Schuster and Nakajima 2012; Wu et al. 2016, arXiv:1609.08144): the vocabulary is
//! learnt as the `tokenizers` library does it, by merging the most frequent pairs.

use serde_json::json;

use super::bpe::{self, MergeOptions};
use super::progress::Report;
use super::vocabulary::{TokenTable, TrainedModel};
use super::word_counts::WordCounts;
use crate::error::Result;
use crate::tokenizer_recipe::{TokenizerRecipe, WordPieceOptions};

/// The special tokens, the alphabet, the alphabet inside words, and merged tokens.
pub(super) fn train(
    words: WordCounts,
    recipe: &TokenizerRecipe,
    options: &WordPieceOptions,
    report: &mut Report<'_>,
) -> Result<TrainedModel> {
    let mut tokens = TokenTable::of_specials(recipe)?;
    tokens.check_unknown(&options.unk_token)?;
    bpe::add_alphabet(&mut tokens, &words, &recipe.initial_alphabet, options.limit_alphabet);
    let merge_options = MergeOptions {
        vocab_size: recipe.vocab_size,
        min_frequency: options.min_frequency,
        max_token_length: None,
        prefix: &options.continuing_subword_prefix,
        suffix: "",
    };
    let tokens = bpe::merge(words, tokens, &merge_options, report)?.tokens;
    let json = json!({
        "type": "WordPiece",
        "unk_token": options.unk_token,
        "continuing_subword_prefix": options.continuing_subword_prefix,
        "max_input_chars_per_word": options.max_input_chars_per_word,
        "vocab": tokens.to_json(),
    });
    Ok(TrainedModel { json, tokens: tokens.into_tokens() })
}
