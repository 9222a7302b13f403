//! The pieces that are candidates at a time, with their scores.

use super::trie::Trie;

/// Below the worst piece by this much lies a character that is none.
const UNKNOWN_PENALTY: f64 = 10.0;

/// Pieces and their scores: logarithms of probabilities.
#[derive(Debug, Clone, Default)]
pub(super) struct Pieces {
    text: String,
    /// Where each piece ends in `text`.
    ends: Vec<usize>,
    scores: Vec<f64>,
}

impl Pieces {
    pub(super) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(super) fn push(&mut self, piece: &str, score: f64) {
        self.text.push_str(piece);
        self.ends.push(self.text.len());
        self.scores.push(score);
    }

    pub(super) fn piece(&self, id: usize) -> &str {
        let start = id.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[id]]
    }

    pub(super) fn score(&self, id: u32) -> f64 {
        self.scores[id as usize]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, f64)> {
        (0..self.len()).map(|id| (self.piece(id), self.scores[id]))
    }

    /// The worst score; zero if there is no piece.
    pub(super) fn min_score(&self) -> f64 {
        self.scores.iter().copied().reduce(f64::min).unwrap_or(0.0)
    }

    /// The score of a character that is no piece.
    pub(super) fn unknown_score(&self) -> f64 {
        self.min_score() - UNKNOWN_PENALTY
    }

    /// All pieces, to be found at the beginning of a text.
    pub(super) fn trie(&self) -> Trie {
        Trie::new((0..self.len()).map(|id| self.piece(id).as_bytes()).collect())
    }

    /// Makes scores of numbers of occurrences.
    pub(super) fn normalize(&mut self) {
        let sum: f64 = self.scores.iter().sum();
        let log_sum = sum.ln();
        self.scores.iter_mut().for_each(|score| *score = score.ln() - log_sum);
    }
}
