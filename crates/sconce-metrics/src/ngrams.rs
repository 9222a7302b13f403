//! The n-grams of some sequences as numbers, order after order.

use std::hash::Hash;

use rustc_hash::FxHashMap;

/// The n-grams of one order in each of several sequences; equal n-grams have equal numbers, from 0.
///
/// An n-gram is its first n - 1 tokens, which have a number, and its last: two numbers are looked
/// up for it, however long it is, and nothing is compared but numbers.
#[derive(Debug)]
pub(crate) struct Ngrams {
    tokens: Vec<Vec<u32>>,
    grams: Vec<Vec<u32>>,
    n_distinct: usize,
    order: usize,
    known: FxHashMap<(u32, u32), u32>,
    counts: Vec<u32>,
}

impl Ngrams {
    /// The tokens themselves, order 1.
    pub fn new<T, S>(sequences: impl IntoIterator<Item = S>) -> Self
    where
        T: Hash + Eq,
        S: IntoIterator<Item = T>,
    {
        let mut known: FxHashMap<T, u32> = FxHashMap::default();
        let mut number = |token| {
            let next = known.len() as u32;
            *known.entry(token).or_insert(next)
        };
        let tokens: Vec<Vec<u32>> = sequences
            .into_iter()
            .map(|sequence| sequence.into_iter().map(&mut number).collect())
            .collect();
        let (grams, n_distinct) = (tokens.clone(), known.len());
        Self { tokens, grams, n_distinct, order: 1, known: FxHashMap::default(), counts: vec![] }
    }

    /// Goes on to the n-grams that are one longer.
    pub fn lengthen(&mut self) {
        self.known.clear();
        for (tokens, grams) in self.tokens.iter().zip(&mut self.grams) {
            grams.pop();
            for (gram, &last) in grams.iter_mut().zip(tokens.iter().skip(self.order)) {
                let next = self.known.len() as u32;
                *gram = *self.known.entry((*gram, last)).or_insert(next);
            }
        }
        self.n_distinct = self.known.len();
        self.order += 1;
    }

    /// How many n-grams a sequence has.
    pub fn len(&self, sequence: usize) -> usize {
        self.grams[sequence].len()
    }

    /// How many n-grams of sequence `a` are in one of `others` too, each at most as often as it is
    /// in the one of them that has it most.
    pub fn shared(&mut self, a: usize, others: std::ops::Range<usize>) -> usize {
        self.counts.clear();
        self.counts.resize(self.n_distinct, 0);
        if let [only] = &self.grams[others.clone()] {
            only.iter().for_each(|&gram| self.counts[gram as usize] += 1);
        } else {
            for other in others {
                let mut counts = vec![0u32; self.n_distinct];
                self.grams[other].iter().for_each(|&gram| counts[gram as usize] += 1);
                self.counts.iter_mut().zip(counts).for_each(|(most, n)| *most = n.max(*most));
            }
        }
        let mut shared = 0;
        for &gram in &self.grams[a] {
            let left = &mut self.counts[gram as usize];
            shared += usize::from(*left > 0);
            *left = left.saturating_sub(1);
        }
        shared
    }
}
