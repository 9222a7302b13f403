//! Counts the words of texts by all threads, in bounded memory.
//!
//! Texts are gathered into blocks, whose parts the lanes count, one for each thread: a [`Lane`]
//! keeps the pieces that it saw last in a small table, and hands their words on to the [`Shards`]
//! when it is full. Sums do not depend on who added what, so nothing depends on the number of
//! threads.

mod ascii;
mod cutter;
mod lane;
mod runs;
mod shards;

use std::path::PathBuf;

use rayon::prelude::*;

use super::progress::{Report, TrainingProgress};
use super::word_counts::WordCounts;
use crate::error::Result;
use crate::tokenizer_recipe::TokenizerRecipe;
use cutter::Cutter;
use lane::Lane;
use shards::Shards;

/// How words are counted, whatever is trained on them.
#[derive(Debug, Clone)]
pub struct CountOptions {
    /// The bytes that counting may take; what does not fit goes into temporary files, and comes
    /// back in order when all texts were read. 1 GiB by default. The different words that are left
    /// in the end must fit beside it: see [`min_count`](Self::min_count).
    pub max_memory: usize,
    /// Words that occur less often are left out before anything is trained; 1 by default, which
    /// keeps all.
    pub min_count: u64,
    /// Where temporary files are made; the system's folder for them by default.
    pub temp_folder: Option<PathBuf>,
}

impl Default for CountOptions {
    fn default() -> Self {
        Self { max_memory: 1 << 30, min_count: 1, temp_folder: None }
    }
}

/// The largest block: enough work for all threads at once.
const BLOCK: usize = 4 << 20;

/// Counts texts that come one after the other.
pub(super) struct WordCounter {
    cutter: Cutter,
    lanes: Vec<Lane>,
    shards: Shards,
    /// Texts that were not counted yet, and where each ends.
    block: String,
    ends: Vec<usize>,
    block_size: usize,
    min_count: u64,
    n_texts: u64,
    n_bytes: u64,
}

impl WordCounter {
    pub(super) fn new(recipe: &TokenizerRecipe, options: &CountOptions) -> Result<Self> {
        let n_lanes = rayon::current_num_threads().max(1);
        let share = options.max_memory / 4;
        Ok(Self {
            cutter: Cutter::new(recipe)?,
            lanes: (0..n_lanes).map(|_| Lane::new(share / n_lanes)).collect(),
            shards: Shards::new(options.max_memory / 2, options.temp_folder.clone()),
            block: String::new(),
            ends: Vec::new(),
            block_size: BLOCK.min(share),
            min_count: options.min_count,
            n_texts: 0,
            n_bytes: 0,
        })
    }

    /// Adds a text.
    pub(super) fn push(&mut self, text: &str, report: &mut Report<'_>) -> Result<()> {
        // Texts without a byte take memory too.
        let is_full = self.block.len() + text.len() > self.block_size
            || self.ends.len() * size_of::<usize>() > self.block_size;
        if !self.ends.is_empty() && is_full {
            self.count_block(report)?;
        }
        self.block.push_str(text);
        self.ends.push(self.block.len());
        Ok(())
    }

    /// All words in order.
    pub(super) fn finish(mut self, report: &mut Report<'_>) -> Result<WordCounts> {
        self.count_block(report)?;
        let (cutter, shards) = (&self.cutter, &self.shards);
        self.lanes.par_iter_mut().try_for_each(|lane| lane.finish(cutter, shards))?;
        drop((self.lanes, self.block, self.ends));
        let counts = self.shards.finish(self.min_count)?;
        report.report(TrainingProgress::Counted { n_words: counts.len() });
        Ok(counts)
    }

    fn count_block(&mut self, report: &mut Report<'_>) -> Result<()> {
        let stretch = self.block.len().div_ceil(self.lanes.len()).max(1);
        let (block, ends) = (self.block.as_str(), self.ends.as_slice());
        // Lane `i` counts the texts that end in the `i`-th stretch.
        let first_after = |at: usize| ends.partition_point(|end| *end <= at);
        let (cutter, shards) = (&self.cutter, &self.shards);
        self.lanes.par_iter_mut().enumerate().try_for_each(|(i, lane)| {
            let (from, to) = (first_after(i * stretch), first_after((i + 1) * stretch));
            let mut start = from.checked_sub(1).map_or(0, |before| ends[before]);
            for end in &ends[from..to] {
                lane.count(&block[start..*end], cutter, shards)?;
                start = *end;
            }
            Ok::<_, crate::Error>(())
        })?;
        self.n_texts += self.ends.len() as u64;
        self.n_bytes += self.block.len() as u64;
        self.block.clear();
        self.ends.clear();
        report.report(TrainingProgress::Read { n_texts: self.n_texts, n_bytes: self.n_bytes });
        Ok(())
    }
}

#[cfg(test)]
mod tests;
