//! How often each piece is expected in all words, over all ways to cut them.

use rayon::prelude::*;

use super::lattice::Lattice;
use super::pieces::Pieces;
use crate::tokenizer_trainer::word_counts::WordCounts;

/// The parts that words are divided into, whatever the number of threads: each is summed by itself,
/// then the parts are added in their order.
const N_PARTS: usize = 64;

/// The expected number of occurrences of each piece.
pub(super) fn of(words: &WordCounts, pieces: &Pieces) -> Vec<f64> {
    sum_over(words, pieces, |lattice, count, expected| {
        lattice.add_expected(count as f64, expected);
    })
}

/// Sums what `add` adds for each word with its count.
pub(super) fn sum_over(
    words: &WordCounts,
    pieces: &Pieces,
    add: impl Fn(&mut Lattice<'_>, u64, &mut [f64]) + Sync,
) -> Vec<f64> {
    let trie = pieces.trie();
    let part = |part: usize| {
        let mut sums = vec![0.0; pieces.len()];
        let mut lattice = Lattice::new(pieces, &trie);
        let edge = |part: usize| words.len() * part / N_PARTS;
        for (word, count) in words.range(edge(part)..edge(part + 1)) {
            lattice.set(word);
            add(&mut lattice, count, &mut sums);
        }
        sums
    };
    let mut total = vec![0.0; pieces.len()];
    // As many parts at a time as there are threads: each has a number for every piece.
    let at_a_time = rayon::current_num_threads().max(1);
    for start in (0..N_PARTS).step_by(at_a_time) {
        let end = N_PARTS.min(start + at_a_time);
        let sums: Vec<Vec<f64>> = (start..end).into_par_iter().map(part).collect();
        for part in sums {
            total.iter_mut().zip(part).for_each(|(sum, part)| *sum += part);
        }
    }
    total
}
