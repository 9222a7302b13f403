//! The merges that a SentencePiece model of byte-pair encoding does not list.

use std::cmp::Ordering;

use rustc_hash::FxHashSet;

use super::proto::{Kind, Piece};

/// Every pair of pieces that make a third one, in the order in which SentencePiece would join
/// them: by falling score of the whole, then by its place, then the shorter left part first.
pub(super) fn of(pieces: &[Piece]) -> Vec<(&str, &str)> {
    let normal = || pieces.iter().enumerate().filter(|(_, piece)| piece.kind == Kind::Normal);
    let known: FxHashSet<&str> = normal().map(|(_, piece)| piece.text.as_str()).collect();
    let mut merges = Vec::new();
    for (id, Piece { text, score, .. }) in normal() {
        for (split, _) in text.char_indices().skip(1) {
            let (left, right) = text.split_at(split);
            if known.contains(left) && known.contains(right) {
                merges.push((*score, id, left, right));
            }
        }
    }
    // Stable, so the left parts of one piece stay in the order of their lengths.
    merges.sort_by(|a, b| {
        b.0.partial_cmp(&a.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(&b.1))
    });
    merges.into_iter().map(|(_, _, left, right)| (left, right)).collect()
}

#[cfg(test)]
mod tests;
