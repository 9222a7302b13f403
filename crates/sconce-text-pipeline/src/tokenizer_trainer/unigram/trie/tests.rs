//! Prefixes of texts, looked for one by one as well.

use super::*;

#[test]
fn every_piece_at_the_beginning_is_found_from_short_to_long() {
    let pieces = ["b", "a", "abc", "ab", "é", "abd", "", "abcdef", "ab"];
    let trie = Trie::new(pieces.iter().map(|piece| piece.as_bytes()).collect());
    for text in ["abcdx", "abcdef", "ab", "é", "x", "", "ba", "\u{e8}"] {
        let mut found = Vec::new();
        trie.for_each_prefix(text.as_bytes(), |n, id| found.push((n, id)));
        let mut expected: Vec<(usize, u32)> = (0..)
            .zip(pieces)
            // Of two equal ones the second.
            .filter(|(id, piece)| !piece.is_empty() && text.starts_with(piece) && *id != 3)
            .map(|(id, piece)| (piece.len(), id))
            .collect();
        expected.sort();
        assert_eq!(found, expected, "{text:?}");
    }
    assert_eq!((trie.get(b"abd"), trie.get(b"abcd"), trie.get(b"z")), (Some(5), None, None));
}
