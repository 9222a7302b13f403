//! Longest common subsequences, 64 tokens at once (Crochemore et al. 2001; Hyyrö 2004).
//!
//! A bit of a row is 0 where the next token of the reference makes the longest common subsequence
//! with the candidate so far longer by one.

use crate::bit_pattern::{BITS, BitPattern};

/// The length of the longest common subsequence. Memory grows with the lengths, not their product.
pub(crate) fn length(reference: &[u32], candidate: &[u32]) -> usize {
    let pattern = BitPattern::new(reference.iter().copied());
    let mut row = Row::new(&pattern);
    candidate.iter().for_each(|&token| row.step(&pattern, token));
    row.length(reference.len())
}

/// The positions in `reference` of one longest common subsequence, from the last: the one that
/// rouge-score takes, which goes back through the candidate only where it must.
///
/// Rows are kept at steps of about the root of the candidate's length and computed again between
/// them, so that memory grows with the reference times that root, by the bit.
pub(crate) fn positions(reference: &[u32], candidate: &[u32]) -> Vec<usize> {
    let pattern = BitPattern::new(reference.iter().copied());
    let step = candidate.len().isqrt().max(1);
    let mut row = Row::new(&pattern);
    let mut kept = vec![];
    for tokens in candidate.chunks(step) {
        kept.push(row.clone());
        tokens.iter().for_each(|&token| row.step(&pattern, token));
    }
    let mut found = vec![];
    let mut left = reference.len();
    for (tokens, mut row) in candidate.chunks(step).zip(kept).rev() {
        let mut rows = vec![];
        for &token in tokens {
            row.step(&pattern, token);
            rows.push(row.clone());
        }
        let mut column = tokens.len();
        while left > 0 && column > 0 {
            if reference[left - 1] == tokens[column - 1] {
                found.push(left - 1);
                (left, column) = (left - 1, column - 1);
            } else if rows[column - 1].grows(left - 1) {
                column -= 1;
            } else {
                left -= 1;
            }
        }
    }
    found
}

#[derive(Debug, Clone)]
struct Row(Vec<u64>);

impl Row {
    fn new(pattern: &BitPattern) -> Self {
        Self(vec![u64::MAX; pattern.n_words()])
    }

    /// Goes on by a token of the candidate.
    fn step(&mut self, pattern: &BitPattern, token: u32) {
        let mut masks = pattern.masks(token).iter().copied().peekable();
        while let Some(&(first, _)) = masks.peek() {
            // Up to the next word of bits that has the token nothing changes, carries apart.
            let mut carry = false;
            for (word, bits) in self.0.iter_mut().enumerate().skip(first) {
                let mask = masks.next_if(|(at, _)| *at == word).map_or(0, |(_, mask)| mask);
                if mask == 0 && !carry {
                    break;
                }
                let (sum, first_carry) = bits.overflowing_add(*bits & mask);
                let (sum, second_carry) = sum.overflowing_add(u64::from(carry));
                carry = first_carry || second_carry;
                *bits = sum | (*bits & !mask);
            }
        }
    }

    fn grows(&self, position: usize) -> bool {
        self.0[position / BITS] >> (position % BITS) & 1 == 0
    }

    fn length(&self, n: usize) -> usize {
        (0..n).filter(|&position| self.grows(position)).count()
    }
}

#[cfg(test)]
mod tests;
