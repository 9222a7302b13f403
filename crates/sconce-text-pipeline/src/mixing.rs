//! Streams of rows made of others: shuffled in a buffer, interleaved by weights, mapped in parallel,
//! without duplicates. All in bounded memory but for the last, and the same for any number of threads.

use std::collections::VecDeque;
use std::hash::{DefaultHasher, Hash, Hasher};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::error::{DataError, Result};
use crate::sampler::random;

/// Rows in a random order, of which no more than a buffer is held.
///
/// Each row that comes takes the place of a random one in the buffer, which is given; at the end the
/// rest is given in random order. The larger the buffer, the farther rows move.
///
/// ```
/// use sconce_text_pipeline::ShuffleBuffer;
///
/// let rows: Vec<u32> = ShuffleBuffer::new(0..100, 32, 42).collect();
/// assert_ne!(rows[..10], (0..10).collect::<Vec<u32>>()[..]);
/// assert_eq!(rows.iter().sum::<u32>(), 99 * 50);
/// ```
#[derive(Debug, Clone)]
pub struct ShuffleBuffer<I: Iterator> {
    rows: I,
    buffer: Vec<I::Item>,
    size: usize,
    random: fastrand::Rng,
}

impl<I: Iterator> ShuffleBuffer<I> {
    /// A buffer for `size` rows; zero counts as one.
    pub fn new(rows: I, size: usize, seed: u64) -> Self {
        Self { rows, buffer: Vec::new(), size: size.max(1), random: random(seed, 0) }
    }
}

impl<I: Iterator> Iterator for ShuffleBuffer<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        while self.buffer.len() < self.size {
            let Some(row) = self.rows.next() else { break };
            self.buffer.push(row);
        }
        if self.buffer.is_empty() {
            return None;
        }
        let place = self.random.usize(..self.buffer.len());
        Some(self.buffer.swap_remove(place))
    }
}

/// When interleaved sources come to an end: as `stopping_strategy` of Hugging Face's `datasets`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum StopRule {
    /// After the last row of the source that ends first.
    #[default]
    FirstExhausted,
    /// After the last row of the source that ends last; the others begin again.
    AllExhausted,
    /// When all rows of all sources have been given, each once.
    AllExhaustedOnce,
}

/// Rows of several sources, of which the next is drawn by weights or comes in turn.
///
/// A source is what opens it, for some are read again ([`StopRule::AllExhausted`]).
///
/// ```
/// use sconce_text_pipeline::{Interleave, StopRule};
///
/// let open = |first: u32, n: u32| move || Ok((first..first + n).map(Ok));
/// let rows = Interleave::in_turn(vec![open(0, 3), open(10, 4)], StopRule::AllExhausted)?;
/// let rows: Vec<u32> = rows.collect::<Result<_, _>>()?;
/// assert_eq!(rows, [0, 10, 1, 11, 2, 12, 0, 13]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
pub struct Interleave<F, I: Iterator> {
    sources: Vec<Source<F, I>>,
    /// The sums of weights up to each source; none where they come in turn.
    weights: Option<Vec<f64>>,
    random: fastrand::Rng,
    turn: usize,
    rule: StopRule,
    is_done: bool,
}

struct Source<F, I: Iterator> {
    open: F,
    rows: Option<I>,
    /// The row after the one given last, by which it is known whether that was the last.
    next: Option<I::Item>,
    is_exhausted: bool,
}

impl<F: FnMut() -> Result<I>, I: Iterator> Interleave<F, I> {
    /// The sources one after the other, a row each.
    ///
    /// # Errors
    /// If there is none.
    pub fn in_turn(sources: Vec<F>, rule: StopRule) -> Result<Self> {
        Self::new(sources, None, 0, rule)
    }

    /// A source drawn for each row, with a probability by its weight.
    ///
    /// # Errors
    /// If there is no source, or not one weight above zero for each.
    pub fn weighted(sources: Vec<F>, weights: &[f64], seed: u64, rule: StopRule) -> Result<Self> {
        if weights.len() != sources.len() || weights.iter().any(|w| !w.is_finite() || *w <= 0.) {
            return Err(DataError::Weights { weights: weights.to_vec(), n: sources.len() }.into());
        }
        let sums = weights.iter().scan(0., |sum, weight| {
            *sum += weight;
            Some(*sum)
        });
        Self::new(sources, Some(sums.collect()), seed, rule)
    }

    fn new(sources: Vec<F>, weights: Option<Vec<f64>>, seed: u64, rule: StopRule) -> Result<Self> {
        if sources.is_empty() {
            return Err(DataError::Weights { weights: Vec::new(), n: 0 }.into());
        }
        let source = |open| Source { open, rows: None, next: None, is_exhausted: false };
        let sources = sources.into_iter().map(source).collect();
        Ok(Self { sources, weights, random: random(seed, 0), turn: 0, rule, is_done: false })
    }

    fn is_at_end(&self) -> bool {
        let mut exhausted = self.sources.iter().map(|source| source.is_exhausted);
        match self.rule {
            StopRule::FirstExhausted => exhausted.any(|is| is),
            StopRule::AllExhausted | StopRule::AllExhaustedOnce => exhausted.all(|is| is),
        }
    }

    fn choose(&mut self) -> usize {
        match &self.weights {
            None => {
                self.turn += 1;
                (self.turn - 1) % self.sources.len()
            }
            Some(sums) => {
                let drawn = self.random.f64() * sums.last().copied().unwrap_or_default();
                sums.partition_point(|sum| *sum <= drawn).min(sums.len() - 1)
            }
        }
    }

    /// The next row of a source, which begins again after its last if the rule wants it.
    fn row_of(&mut self, index: usize) -> Result<Option<I::Item>> {
        let source = &mut self.sources[index];
        if source.is_exhausted && self.rule == StopRule::AllExhaustedOnce {
            return Ok(None);
        }
        if source.rows.is_none() {
            let mut rows = (source.open)()?;
            source.next = rows.next();
            source.rows = Some(rows);
        }
        let row = source.next.take();
        source.next = source.rows.as_mut().and_then(Iterator::next);
        if source.next.is_none() {
            source.is_exhausted = true;
            source.rows = None;
        }
        Ok(row)
    }
}

impl<F, I, T> Iterator for Interleave<F, I>
where
    F: FnMut() -> Result<I>,
    I: Iterator<Item = Result<T>>,
{
    type Item = Result<T>;

    fn next(&mut self) -> Option<Result<T>> {
        while !self.is_done && !self.is_at_end() {
            let index = self.choose();
            match self.row_of(index) {
                Ok(Some(Ok(row))) => return Some(Ok(row)),
                Ok(None) => {}
                Ok(Some(Err(error))) | Err(error) => {
                    self.is_done = true;
                    return Some(Err(error));
                }
            }
        }
        None
    }
}

/// Something made of each row by all threads, in the order of the rows.
pub struct ParallelMap<I: Iterator, F, T> {
    rows: I,
    make: F,
    n_at_once: usize,
    made: VecDeque<T>,
}

impl<I, F, T> ParallelMap<I, F, T>
where
    I: Iterator,
    I::Item: Send,
    F: Fn(I::Item) -> T + Sync,
    T: Send,
{
    /// Makes `n_at_once` rows before the first of them is given; zero counts as one.
    pub fn new(rows: I, n_at_once: usize, make: F) -> Self {
        Self { rows, make, n_at_once: n_at_once.max(1), made: VecDeque::new() }
    }
}

impl<I, F, T> Iterator for ParallelMap<I, F, T>
where
    I: Iterator,
    I::Item: Send,
    F: Fn(I::Item) -> T + Sync,
    T: Send,
{
    type Item = T;

    fn next(&mut self) -> Option<T> {
        if self.made.is_empty() {
            let rows: Vec<I::Item> = self.rows.by_ref().take(self.n_at_once).collect();
            self.made = rows.into_par_iter().map(&self.make).collect();
        }
        self.made.pop_front()
    }
}

/// Rows that are equal to no earlier one, by what a key makes of them.
///
/// Of each key 16 bytes are kept, a fingerprint: the chance that two different rows among a billion
/// share one is below one in 10^20.
#[derive(Debug, Clone)]
pub struct Deduplicate<I, F> {
    rows: I,
    key: F,
    seen: FxHashSet<u128>,
    n_left_out: usize,
}

impl<I: Iterator, F, K: Hash> Deduplicate<I, F>
where
    F: Fn(&I::Item) -> K,
{
    /// Of rows with one key the first is given.
    pub fn new(rows: I, key: F) -> Self {
        Self { rows, key, seen: FxHashSet::default(), n_left_out: 0 }
    }

    /// The number of rows that were left out so far.
    pub fn n_left_out(&self) -> usize {
        self.n_left_out
    }
}

impl<I: Iterator, F, K: Hash> Iterator for Deduplicate<I, F>
where
    F: Fn(&I::Item) -> K,
{
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        loop {
            let row = self.rows.next()?;
            let key = (self.key)(&row);
            let half = |stream: u64| {
                let mut hasher = DefaultHasher::new();
                stream.hash(&mut hasher);
                key.hash(&mut hasher);
                hasher.finish()
            };
            if self.seen.insert(u128::from(half(1)) << 64 | u128::from(half(2))) {
                return Some(row);
            }
            self.n_left_out += 1;
        }
    }
}

#[cfg(test)]
mod tests;
