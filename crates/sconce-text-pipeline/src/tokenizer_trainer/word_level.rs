//! Whole words: the most frequent ones are the vocabulary.

use serde_json::json;

use super::vocabulary::{TokenTable, TrainedModel};
use super::word_counts::WordCounts;
use crate::error::Result;
use crate::tokenizer_recipe::{TokenizerRecipe, WordLevelOptions};

/// The special tokens, then words by falling count; of equally frequent ones the first in the order
/// of their bytes comes first.
pub(super) fn train(
    words: &WordCounts,
    recipe: &TokenizerRecipe,
    options: &WordLevelOptions,
) -> Result<TrainedModel> {
    let mut tokens = TokenTable::of_specials(recipe)?;
    tokens.check_unknown(&options.unk_token)?;
    let mut order: Vec<(&str, u64)> =
        words.iter().filter(|(_, count)| *count >= options.min_frequency).collect();
    // Stable: the words are in the order of their bytes already.
    order.sort_by_key(|word| std::cmp::Reverse(word.1));
    for (word, _) in order {
        if tokens.len() >= recipe.vocab_size {
            break;
        }
        tokens.get_or_add(word);
    }
    let json = json!({
        "type": "WordLevel",
        "vocab": tokens.to_json(),
        "unk_token": options.unk_token,
    });
    Ok(TrainedModel { json, tokens: tokens.into_tokens() })
}
