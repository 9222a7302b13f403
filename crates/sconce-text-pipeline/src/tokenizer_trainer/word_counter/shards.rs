//! The words of all lanes, divided by their hash so that lanes seldom wait for each other.

use std::hash::Hasher;
use std::path::PathBuf;
use std::sync::Mutex;

use rustc_hash::FxHasher;

use super::runs::Runs;
use crate::error::{Result, TrainerError};
use crate::token_counts::TokenCounts;
use crate::tokenizer_trainer::word_counts::WordCounts;

/// A fixed number: what is in a shard depends on the words alone.
const N_SHARDS: usize = 16;
/// Bytes that an outbox collects before it is sent.
const OUTBOX: usize = 64 << 10;

/// Tables of words, each with the runs that did not fit into memory.
pub(super) struct Shards {
    shards: Vec<Mutex<Shard>>,
    /// The bytes that one table may take.
    max_memory: usize,
    folder: Option<PathBuf>,
}

#[derive(Default)]
struct Shard {
    counts: TokenCounts,
    runs: Runs,
}

impl Shards {
    pub(super) fn new(max_memory: usize, folder: Option<PathBuf>) -> Self {
        let shards = (0..N_SHARDS).map(|_| Mutex::default()).collect();
        Self { shards, max_memory: max_memory / N_SHARDS, folder }
    }

    /// All words in order, but those that occur less than `min_count` times.
    pub(super) fn finish(self, min_count: u64) -> Result<WordCounts> {
        let mut all = WordCounts::default();
        let mut keep = |word: &str, count: u64| {
            if count >= min_count {
                all.push(word, count);
            }
        };
        for shard in self.shards {
            let Shard { counts, mut runs } = shard.into_inner().unwrap_or_else(|e| e.into_inner());
            if runs.is_empty() {
                counts.iter().for_each(|(word, count)| keep(word, count));
                continue;
            }
            runs.spill(&counts, self.folder.as_deref())?;
            drop(counts);
            runs.merge(self.folder.as_deref(), &mut keep)?;
        }
        Ok(all.sorted())
    }
}

/// Words on their way to the shards.
pub(super) struct Outbox {
    letters: Vec<Letters>,
    n_bytes: usize,
}

#[derive(Default, Clone)]
struct Letters {
    text: String,
    /// Where each word ends, and how often it occurred.
    words: Vec<(u32, u64)>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self { letters: vec![Letters::default(); N_SHARDS], n_bytes: 0 }
    }
}

impl Outbox {
    /// Counts `n` occurrences of a word.
    pub(super) fn push(&mut self, word: &str, n: u64, shards: &Shards) -> Result<()> {
        if word.is_empty() {
            return Ok(());
        }
        if self.n_bytes + word.len() > OUTBOX {
            self.send(shards)?;
        }
        let mut hasher = FxHasher::default();
        hasher.write(word.as_bytes());
        let letters = &mut self.letters[(hasher.finish() >> 32) as usize % N_SHARDS];
        letters.text.push_str(word);
        let end = u32::try_from(letters.text.len());
        let end = end.map_err(|_| TrainerError::Cut {
            text: word.chars().take(60).collect(),
            reason: "a word of more than 4 GiB".to_owned(),
        })?;
        letters.words.push((end, n));
        self.n_bytes += word.len() + size_of::<(u32, u64)>();
        Ok(())
    }

    /// Hands everything to the shards.
    pub(super) fn send(&mut self, shards: &Shards) -> Result<()> {
        for (letters, shard) in self.letters.iter_mut().zip(&shards.shards) {
            if letters.words.is_empty() {
                continue;
            }
            // A thread that panicked has left no table half changed that anyone will use.
            let mut shard = shard.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
            let mut start = 0;
            for (end, n) in letters.words.drain(..) {
                shard.counts.add(&letters.text[start..end as usize], n);
                start = end as usize;
            }
            letters.text.clear();
            if shard.counts.memory() > shards.max_memory {
                let Shard { counts, runs } = &mut *shard;
                runs.spill(counts, shards.folder.as_deref())?;
                *counts = TokenCounts::default();
            }
        }
        self.n_bytes = 0;
        Ok(())
    }
}
