//! Sums and best ways against all ways written out.

use super::*;

fn pieces() -> Pieces {
    let mut pieces = Pieces::default();
    for (piece, score) in
        [("a", -1.0), ("b", -2.5), ("ab", -2.0), ("ba", -2.25), ("aba", -3.125), ("é", -4.0)]
    {
        pieces.push(piece, score);
    }
    pieces
}

/// Every way to cut `word`: its pieces and its score.
fn all(pieces: &Pieces, word: &str) -> Vec<(Vec<u32>, f64)> {
    let Some(first) = word.chars().next() else { return vec![(Vec::new(), 0.0)] };
    let mut starts: Vec<(u32, usize, f64)> = (0..)
        .zip(pieces.iter())
        .filter(|(_, (piece, _))| word.starts_with(piece))
        .map(|(id, (piece, score))| (id, piece.len(), score))
        .collect();
    if starts.iter().all(|(_, n, _)| *n != first.len_utf8()) {
        starts.push((UNKNOWN, first.len_utf8(), pieces.unknown_score()));
    }
    let mut ways = Vec::new();
    for (id, n, score) in starts {
        for (mut rest, rest_score) in all(pieces, &word[n..]) {
            rest.push(id);
            ways.push((rest, score + rest_score));
        }
    }
    ways
}

#[test]
fn sums_and_best_ways_are_those_of_all_ways() {
    let pieces = pieces();
    let trie = pieces.trie();
    let mut lattice = Lattice::new(&pieces, &trie);
    for word in ["a", "abab", "ababaé", "xab", "b😀a", "é", "bbbb", ""] {
        lattice.set(word);
        let mut ways = all(&pieces, word);
        ways.sort_by(|a, b| b.1.total_cmp(&a.1));

        let mut best = Vec::new();
        lattice.best(|id| best.push(id));
        assert_eq!(best, ways[0].0, "{word}");
        let (first, second) = lattice.two_best();
        assert_eq!((&first, second.is_some()), (&best, ways.len() > 1 && !word.is_empty()));
        if let Some(second) = second {
            assert_eq!(second, ways[1].0, "{word}");
        }

        let mut expected = vec![0.0; pieces.len()];
        lattice.add_expected(3.0, &mut expected);
        let total: f64 = ways.iter().map(|(_, score)| score.exp()).sum();
        for (id, expected) in (0..).zip(expected) {
            let times = |ids: &[u32]| ids.iter().filter(|other| **other == id).count() as f64;
            let by_hand: f64 =
                ways.iter().map(|(ids, score)| 3.0 * times(ids) * score.exp() / total).sum();
            // Rounding of a few sums of exponentials near one.
            assert!((expected - by_hand).abs() < 1e-12, "{word}: {expected}, not {by_hand}");
        }
    }
}
