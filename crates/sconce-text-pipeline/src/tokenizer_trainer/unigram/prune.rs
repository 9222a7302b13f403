//! Dropping the pieces that the likelihood of the words can best do without.

use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::expectation::sum_over;
use super::lattice::{Lattice, UNKNOWN};
use super::pieces::Pieces;
use crate::tokenizer_trainer::word_counts::WordCounts;

/// What becomes of a piece's text without it.
enum Without {
    /// There is no other way to cut it.
    Nothing,
    /// It is not even the best way now.
    Better,
    /// These pieces take its place; [`UNKNOWN`] for a character.
    Others(Vec<u32>),
}

/// Keeps `n_kept` pieces, the unknown being one of them; more if more have nothing that could take their place.
///
/// The loss of a piece is what the likelihood of the words loses if the second best way to cut the
/// piece takes its place wherever it stands now.
pub(super) fn to(words: &WordCounts, pieces: &Pieces, n_kept: usize) -> Pieces {
    let trie = pieces.trie();
    let alternatives: Vec<Without> = (0..pieces.len())
        .into_par_iter()
        .map_init(|| Lattice::new(pieces, &trie), |lattice, id| without(lattice, pieces.piece(id)))
        .collect();
    // Whole numbers, so that the order of the sum does not matter; the unknown has the last place.
    let (counts, n_unknown) = best_counts(words, pieces);
    let n_words: f64 = words.iter().map(|(_, count)| count as f64).sum();
    let sum = n_unknown + counts.iter().sum::<f64>();
    let log_sum = sum.ln();
    let mut kept = Pieces::default();
    let mut candidates: Vec<(usize, f64)> = Vec::new();
    for (id, without) in alternatives.iter().enumerate() {
        let count = counts[id];
        match without {
            Without::Nothing => kept.push(pieces.piece(id), pieces.score(id as u32)),
            Without::Better if count > 0.0 => {
                kept.push(pieces.piece(id), pieces.score(id as u32));
            }
            Without::Others(others) if count > 0.0 => {
                // By the letter the number of the others, less one, belongs here. The library takes
                // that of all pieces, which keeps frequent pieces longer; so does this, for the
                // same pieces to come out.
                let log_sum_without = (sum + count * pieces.len() as f64).ln();
                // Their numbers grow by the number of the piece.
                let counts = others.iter().rev().map(|other| match *other {
                    UNKNOWN => n_unknown,
                    other => counts[other as usize],
                });
                let after: f64 = counts.map(|other| (other + count).ln() - log_sum_without).sum();
                candidates.push((id, count / n_words * (count.ln() - log_sum - after)));
            }
            Without::Better | Without::Others(_) => {}
        }
    }
    candidates.sort_by(|a, b| b.1.total_cmp(&a.1));
    for (id, _) in candidates.into_iter().take(n_kept.saturating_sub(kept.len() + 1)) {
        kept.push(pieces.piece(id), pieces.score(id as u32));
    }
    kept
}

fn without(lattice: &mut Lattice<'_>, piece: &str) -> Without {
    lattice.set(piece);
    match lattice.two_best() {
        (_, None) => Without::Nothing,
        (best, Some(_)) if best.len() > 1 => Without::Better,
        (_, Some(others)) => Without::Others(others),
    }
}

/// How often each piece stands in the best ways to cut the words, and how many characters are
/// unknown there.
fn best_counts(words: &WordCounts, pieces: &Pieces) -> (Vec<f64>, f64) {
    let count_unknown = AtomicU64::new(0);
    let counts = sum_over(words, pieces, |lattice, count, sums| {
        lattice.best(|id| match id {
            UNKNOWN => {
                count_unknown.fetch_add(count, Ordering::Relaxed);
            }
            id => sums[id as usize] += count as f64,
        });
    });
    (counts, count_unknown.into_inner() as f64)
}
