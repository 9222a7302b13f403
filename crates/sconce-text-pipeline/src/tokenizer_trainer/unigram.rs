//! Unigram: a language model of single pieces, learnt by expectation maximization from many
//! candidates of which the least useful are dropped (Kudo 2018, arXiv:1804.10959), as SentencePiece
//! and the `tokenizers` library do it.
//!
//! Sums run over parts of the words in a fixed order, so pieces and scores do not depend on the
//! number of threads.

mod expectation;
mod lattice;
mod maximization;
mod pieces;
mod prune;
mod seeds;
mod trie;

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use serde_json::json;

use super::progress::{Report, TrainingProgress};
use super::vocabulary::{TokenTable, TrainedModel};
use super::word_counts::WordCounts;
use crate::error::{Result, TrainerError};
use crate::tokenizer_recipe::{TokenizerRecipe, UnigramOptions};
use pieces::Pieces;

/// How much better each character is than the one before it, of those that training dropped.
const STEP: f64 = 0.0001;

/// The special tokens, then pieces by falling score; of equal ones characters come first, in the
/// order of their code points.
pub(super) fn train(
    words: &WordCounts,
    recipe: &TokenizerRecipe,
    options: &UnigramOptions,
    report: &mut Report<'_>,
) -> Result<TrainedModel> {
    options.check()?;
    let mut specials = TokenTable::of_specials(recipe)?;
    if let Some(unknown) = &options.unk_token {
        specials.check_unknown(unknown)?;
    }
    if options.byte_fallback {
        (0..=u8::MAX).for_each(|byte| {
            specials.get_or_add(&format!("<0x{byte:02X}>"));
        });
    }
    let room = recipe.vocab_size.saturating_sub(specials.len());
    let required: BTreeSet<char> = words
        .iter()
        .flat_map(|(word, _)| word.chars())
        .chain(recipe.initial_alphabet.iter().copied())
        .collect();
    if required.len() > recipe.vocab_size {
        let (vocab_size, n_characters) = (recipe.vocab_size, required.len());
        return Err(TrainerError::AlphabetTooLarge { vocab_size, n_characters }.into());
    }
    let pieces = seeds::of(words, options);
    let pieces = maximize(words, pieces, recipe.vocab_size, options, report);
    let learnt = finish(&pieces, &required, &specials, room);
    let unk_id = options.unk_token.as_deref().and_then(|token| specials.id(token));
    let mut vocabulary: Vec<(String, f64)> =
        specials.into_tokens().into_iter().map(|token| (token, 0.0)).collect();
    vocabulary.extend(learnt);
    let json = json!({
        "type": "Unigram",
        "unk_id": unk_id,
        "vocab": vocabulary,
        "byte_fallback": options.byte_fallback,
    });
    Ok(TrainedModel { json, tokens: vocabulary.into_iter().map(|(token, _)| token).collect() })
}

/// Learns the scores of the pieces and drops the least useful ones, by turns, until few enough are
/// left.
fn maximize(
    words: &WordCounts,
    mut pieces: Pieces,
    vocab_size: usize,
    options: &UnigramOptions,
    report: &mut Report<'_>,
) -> Pieces {
    // Dropping ends a tenth above the size that is asked for. The unknown counts as a piece.
    let wanted = vocab_size.saturating_mul(11) / 10;
    let n_pieces = |pieces: &Pieces| pieces.len() + 1;
    let n_loops = (wanted as f64 / n_pieces(&pieces) as f64).ln() / options.shrinking_factor.ln();
    let total = (n_loops.max(0.0) as usize + 1) * options.n_sub_iterations;
    let mut done = 0;
    loop {
        let n_before = pieces.len();
        for _ in 0..options.n_sub_iterations {
            let expected = expectation::of(words, &pieces);
            match maximization::of(&pieces, &expected) {
                Some(better) => pieces = better,
                // There is so little text that no piece is left.
                None => return pieces,
            }
            done += 1;
            report.report(TrainingProgress::Trained { done, total: total.max(done) });
        }
        if n_pieces(&pieces) <= wanted {
            return pieces;
        }
        let n_kept = wanted.max((n_pieces(&pieces) as f64 * options.shrinking_factor) as usize);
        pieces = prune::to(words, &pieces, n_kept);
        if pieces.len() >= n_before {
            // Nothing can be dropped any more.
            return pieces;
        }
    }
}

/// The characters that must be there and the pieces that were dropped last, by falling score.
fn finish(
    pieces: &Pieces,
    required: &BTreeSet<char>,
    specials: &TokenTable,
    room: usize,
) -> Vec<(String, f64)> {
    let mut chosen: Vec<(String, f64)> = Vec::with_capacity(room);
    let mut penalty = 0.0;
    let mut inserted = FxHashSet::default();
    let trie = pieces.trie();
    for character in required {
        let text = character.to_string();
        if specials.id(&text).is_some() {
            continue;
        }
        let score = match trie.get(text.as_bytes()) {
            Some(id) => pieces.score(id),
            None => {
                let score = pieces.min_score() + penalty;
                penalty += STEP;
                score
            }
        };
        inserted.insert(text.clone());
        chosen.push((text, score));
    }
    for (text, score) in pieces.iter() {
        if chosen.len() >= room {
            break;
        }
        if specials.id(text).is_none() && inserted.insert(text.to_owned()) {
            chosen.push((text.to_owned(), score));
        }
    }
    chosen.sort_by(|a, b| b.1.total_cmp(&a.1));
    chosen
}

#[cfg(test)]
mod tests;
