//! How far training is.

/// What training is at, as its caller is told every now and then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrainingProgress {
    /// So many texts were read, of so many bytes.
    Read {
        /// Texts, or lines of files.
        n_texts: u64,
        /// Their bytes.
        n_bytes: u64,
    },
    /// All texts were read; they have so many different words.
    Counted {
        /// Different words.
        n_words: usize,
    },
    /// So many steps are done of at most `total`: tokens of the vocabulary, or rounds.
    Trained {
        /// Steps that are done.
        done: usize,
        /// The most that there may be.
        total: usize,
    },
}

/// Whom to tell, if anyone.
#[derive(Default)]
pub(super) struct Report<'a>(pub(super) Option<Box<dyn FnMut(TrainingProgress) + 'a>>);

impl Report<'_> {
    pub(super) fn report(&mut self, progress: TrainingProgress) {
        if let Some(report) = &mut self.0 {
            report(progress);
        }
    }
}
