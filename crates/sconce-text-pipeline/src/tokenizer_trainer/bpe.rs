//! Byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909): the most frequent pair of
//! neighbouring tokens becomes one token, again and again.
//!
//! The merges, ties and oddities included, are those of the `tokenizers` library. Of pairs that are
//! equally frequent the one with the smaller ids is first. Where a token can be made of two
//! different pairs, its neighbours come to the queue once for each, and each time only the words
//! that came with them are merged.

mod alphabet;
mod merger;
mod pair_queue;
mod spelled_words;

use rustc_hash::FxHashMap;
use serde_json::{Value, json};

use super::progress::{Report, TrainingProgress};
use super::vocabulary::{TokenTable, TrainedModel};
use super::word_counts::WordCounts;
use crate::error::Result;
use crate::tokenizer_recipe::{BpeOptions, TokenizerRecipe};
use alphabet::Affixes;
pub(super) use alphabet::add as add_alphabet;
use merger::Merger;
use pair_queue::{Pair, PairQueue};

/// What the merging depends on.
pub(super) struct MergeOptions<'a> {
    pub(super) vocab_size: usize,
    pub(super) min_frequency: u64,
    pub(super) max_token_length: Option<usize>,
    /// What tokens inside a word begin with; blank for nothing.
    pub(super) prefix: &'a str,
    /// What the last token of a word ends with.
    pub(super) suffix: &'a str,
}

/// Tokens and the pairs that were merged, in order.
pub(super) struct Merged {
    pub(super) tokens: TokenTable,
    merges: Vec<Pair>,
}

/// Steps between two reports.
const REPORT_EVERY: usize = 256;

/// A model of byte-pair encoding.
pub(super) fn train(
    words: WordCounts,
    recipe: &TokenizerRecipe,
    options: &BpeOptions,
    report: &mut Report<'_>,
) -> Result<TrainedModel> {
    let mut tokens = TokenTable::of_specials(recipe)?;
    if options.byte_fallback {
        (0..=u8::MAX).for_each(|byte| {
            tokens.get_or_add(&format!("<0x{byte:02X}>"));
        });
    }
    if let Some(unk) = &options.unk_token {
        tokens.check_unknown(unk)?;
    }
    add_alphabet(&mut tokens, &words, &recipe.initial_alphabet, options.limit_alphabet);
    let (prefix, suffix) = (&options.continuing_subword_prefix, &options.end_of_word_suffix);
    let merge_options = MergeOptions {
        vocab_size: recipe.vocab_size,
        min_frequency: options.min_frequency,
        max_token_length: options.max_token_length,
        prefix: prefix.as_deref().unwrap_or_default(),
        suffix: suffix.as_deref().unwrap_or_default(),
    };
    let merged = merge(words, tokens, &merge_options, report)?;
    let json = json!({
        "type": "BPE",
        "dropout": null,
        "unk_token": options.unk_token,
        "continuing_subword_prefix": prefix,
        "end_of_word_suffix": suffix,
        "fuse_unk": options.fuse_unk,
        "byte_fallback": options.byte_fallback,
        "ignore_merges": options.ignore_merges,
        "vocab": merged.tokens.to_json(),
        "merges": merged.to_json(),
    });
    Ok(TrainedModel { json, tokens: merged.tokens.into_tokens() })
}

/// Merges pairs until the vocabulary is full or no pair is frequent enough. `tokens` are the
/// special ones and the alphabet; other characters are left out of the words.
pub(super) fn merge(
    words: WordCounts,
    tokens: TokenTable,
    options: &MergeOptions<'_>,
    report: &mut Report<'_>,
) -> Result<Merged> {
    let affixes = Affixes { prefix: options.prefix, suffix: options.suffix };
    let mut merged = Merged { tokens, merges: Vec::new() };
    let mut words = alphabet::spell(words, &mut merged.tokens, &affixes)?;
    let mut queue = PairQueue::of(&words)?;
    let mut merger = Merger::new(merged.tokens.len(), options.max_token_length);
    let n_first = merged.tokens.len();
    let total = options.vocab_size.saturating_sub(n_first);
    let mut places = Vec::new();
    while merged.tokens.len() < options.vocab_size {
        let Some((pair, count)) = queue.pop(&mut places) else {
            break;
        };
        if count < options.min_frequency.max(1) {
            break;
        }
        let (a, b) = (merged.tokens.token(pair.0), merged.tokens.token(pair.1));
        let text = joined(a, b, options.prefix);
        let new = merged.tokens.get_or_add(&text);
        merged.merges.push(pair);
        merger.merge(pair, new, &places, &mut words, &mut queue)?;
        let done = merged.tokens.len() - n_first;
        if done.is_multiple_of(REPORT_EVERY) {
            report.report(TrainingProgress::Trained { done, total });
        }
    }
    let done = merged.tokens.len() - n_first;
    report.report(TrainingProgress::Trained { done, total });
    Ok(merged)
}

/// The text of two tokens as one.
fn joined(a: &str, b: &str, prefix: &str) -> String {
    format!("{a}{}", b.strip_prefix(prefix).unwrap_or(b))
}

impl Merged {
    /// `merges` of a model: of a pair that was merged again the last place counts.
    pub(super) fn to_json(&self) -> Value {
        let last: FxHashMap<Pair, usize> =
            self.merges.iter().enumerate().map(|(rank, pair)| (*pair, rank)).collect();
        let ranked = self.merges.iter().enumerate();
        let kept = ranked.filter(|(rank, pair)| last.get(pair) == Some(rank));
        kept.map(|(_, Pair(a, b))| json!([self.tokens.token(*a), self.tokens.token(*b)])).collect()
    }
}
