//! The bits say what the table says.

use super::{length, positions};

/// The table that the definition is, and the way back through it.
fn table(reference: &[u32], candidate: &[u32]) -> Vec<usize> {
    let mut table = vec![vec![0; candidate.len() + 1]; reference.len() + 1];
    for (i, a) in reference.iter().enumerate() {
        for (j, b) in candidate.iter().enumerate() {
            table[i + 1][j + 1] =
                if a == b { table[i][j] + 1 } else { table[i][j + 1].max(table[i + 1][j]) };
        }
    }
    let (mut i, mut j, mut found) = (reference.len(), candidate.len(), vec![]);
    while i > 0 && j > 0 {
        if reference[i - 1] == candidate[j - 1] {
            (i, j) = (i - 1, j - 1);
            found.push(i);
        } else if table[i][j - 1] > table[i - 1][j] {
            j -= 1;
        } else {
            i -= 1;
        }
    }
    found
}

#[test]
fn positions_are_those_of_the_table() {
    let mut random = fastrand::Rng::with_seed(3);
    for case in 0..400 {
        let n_tokens = random.u32(1..12);
        let mut tokens =
            |n: usize| -> Vec<u32> { (0..n).map(|_| random.u32(..n_tokens)).collect() };
        let (reference, candidate) = (tokens(case % 210), tokens(case * 7 % 190));
        let expected = table(&reference, &candidate);
        assert_eq!(length(&reference, &candidate), expected.len(), "{reference:?} {candidate:?}");
        assert_eq!(positions(&reference, &candidate), expected, "{reference:?} {candidate:?}");
    }
}
