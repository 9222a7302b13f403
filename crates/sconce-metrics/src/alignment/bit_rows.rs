//! Rows of a table of edit distances as bits: where going on in the reference costs one more, and
//! where one less.

use super::Edit;
use crate::bit_pattern::{BITS, BitPattern};

/// One row: the distances of all beginnings of the reference from one beginning of the text.
#[derive(Debug)]
struct Row {
    more: Vec<u64>,
    less: Vec<u64>,
}

impl Row {
    /// Beside the empty text.
    fn new(pattern: &BitPattern) -> Self {
        let n = pattern.n_words();
        Self { more: vec![u64::MAX; n], less: vec![0; n] }
    }

    /// Goes on by a token of the text.
    fn step(&mut self, pattern: &BitPattern, token: u32) {
        let mut masks = pattern.masks(token).iter().peekable();
        let (mut more_carry, mut less_carry) = (1, 0);
        for (word, (more, less)) in self.more.iter_mut().zip(&mut self.less).enumerate() {
            let mask = masks.next_if(|(at, _)| *at == word).map_or(0, |&(_, mask)| mask);
            let matched = mask | less_carry;
            let diagonal = ((matched & *more).wrapping_add(*more) ^ *more) | matched | *less;
            let across_more = *less | !(diagonal | *more);
            let across_less = diagonal & *more;
            let shifted_more = across_more << 1 | more_carry;
            let shifted_less = across_less << 1 | less_carry;
            more_carry = across_more >> (BITS - 1);
            less_carry = across_less >> (BITS - 1);
            *more = shifted_less | !(diagonal | shifted_more);
            *less = shifted_more & diagonal;
        }
    }
}

/// The distance of each beginning of the reference, from the empty one, to the whole text.
pub(super) fn scores(
    reference: impl ExactSizeIterator<Item = u32>,
    hypothesis: impl ExactSizeIterator<Item = u32>,
) -> Vec<usize> {
    let (length, n) = (reference.len(), hypothesis.len());
    let pattern = BitPattern::new(reference);
    let mut row = Row::new(&pattern);
    hypothesis.for_each(|token| row.step(&pattern, token));
    let mut scores = vec![n];
    let mut score = n;
    for position in 0..length {
        score += usize::from(bit(&row.more, position));
        score -= usize::from(bit(&row.less, position));
        scores.push(score);
    }
    scores
}

/// All rows.
#[derive(Debug)]
pub(super) struct Matrix {
    n_words: usize,
    more: Vec<u64>,
    less: Vec<u64>,
}

impl Matrix {
    pub fn new(reference: &[u32], hypothesis: &[u32]) -> Self {
        let pattern = BitPattern::new(reference.iter().copied());
        let n_words = pattern.n_words();
        let (mut more, mut less) = (vec![], vec![]);
        let mut row = Row::new(&pattern);
        for &token in hypothesis {
            row.step(&pattern, token);
            more.extend_from_slice(&row.more);
            less.extend_from_slice(&row.less);
        }
        Self { n_words, more, less }
    }

    /// The edits, read back from the end: a deletion where there can be one, else an insertion
    /// where there must be one, else a pair.
    pub fn edits(&self, reference: &[u32], hypothesis: &[u32]) -> Vec<Edit> {
        let (mut column, mut row) = (reference.len(), hypothesis.len());
        let mut edits = Vec::with_capacity(column.max(row));
        while column > 0 && row > 0 {
            if self.bit(&self.more, row - 1, column - 1) {
                column -= 1;
                edits.push(Edit::Delete);
                continue;
            }
            row -= 1;
            if row > 0 && self.bit(&self.less, row - 1, column - 1) {
                edits.push(Edit::Insert);
                continue;
            }
            column -= 1;
            let is_equal = reference[column] == hypothesis[row];
            edits.push(if is_equal { Edit::Equal } else { Edit::Substitute });
        }
        edits.extend(std::iter::repeat_n(Edit::Delete, column));
        edits.extend(std::iter::repeat_n(Edit::Insert, row));
        edits.reverse();
        edits
    }

    fn bit(&self, bits: &[u64], row: usize, position: usize) -> bool {
        bit(&bits[row * self.n_words..], position)
    }
}

fn bit(bits: &[u64], position: usize) -> bool {
    bits[position / BITS] >> (position % BITS) & 1 == 1
}
