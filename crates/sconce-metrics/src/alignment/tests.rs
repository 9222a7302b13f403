//! Alignments make one text of the other with the fewest edits.

use super::{Edit, align, align_characters, align_words};

fn distance(a: &[u32], b: &[u32]) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, y) in b.iter().enumerate() {
            let pair = diagonal + usize::from(x != y);
            diagonal = row[j + 1];
            row[j + 1] = pair.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

fn assert_aligned(a: &[u32], b: &[u32]) {
    let edits = align(a, b);
    let (mut i, mut j, mut errors) = (0, 0, 0);
    for edit in edits {
        match edit {
            Edit::Equal => assert_eq!(a[i], b[j]),
            Edit::Substitute => assert_ne!(a[i], b[j]),
            _ => {}
        }
        errors += usize::from(edit != Edit::Equal);
        i += usize::from(edit != Edit::Insert);
        j += usize::from(edit != Edit::Delete);
    }
    assert_eq!((i, j, errors), (a.len(), b.len(), distance(a, b)), "{a:?} {b:?}");
}

#[test]
fn alignments_are_shortest() {
    let mut random = fastrand::Rng::with_seed(4);
    for case in 0..400 {
        let n_tokens = random.u32(1..9);
        let mut tokens =
            |n: usize| -> Vec<u32> { (0..n).map(|_| random.u32(..n_tokens)).collect() };
        let (a, b) = (tokens(case % 230), tokens(case * 11 % 170));
        assert_aligned(&a, &b);
    }
    let mut tokens = |n: usize| -> Vec<u32> { (0..n).map(|_| random.u32(..5)).collect() };
    assert_aligned(&tokens(2600), &tokens(2900)); // in halves
}

#[test]
fn chunks_cover_both_texts() {
    let chunks = align_words("a b c d", "x a c e");
    let ends: Vec<_> = chunks.iter().map(|chunk| (chunk.edit, chunk.reference_end)).collect();
    let expected = [
        (Edit::Insert, 0),
        (Edit::Equal, 1),
        (Edit::Delete, 2),
        (Edit::Equal, 3),
        (Edit::Substitute, 4),
    ];
    assert_eq!(ends, expected);
    assert_eq!(align_words("", "  "), []);
    assert_eq!(align_characters(" né ", "ne").len(), 2);
}
