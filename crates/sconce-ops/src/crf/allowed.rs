//! Which steps a path may take.

use candle_core::{Result, bail};

use crate::offsets::Offsets;

/// Which labels may follow each other, begin and end a sentence: the rules of a tagging scheme
/// such as BIO. What is not allowed has probability 0 and is never decoded, whatever its score.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AllowedTransitions {
    /// `(n_labels, n_labels)`, from and to.
    pub(super) transitions: Vec<bool>,
    pub(super) starts: Vec<bool>,
    pub(super) ends: Vec<bool>,
}

impl AllowedTransitions {
    /// Asks for each pair of labels `(from, to)`, for each label that may begin a sentence and for
    /// each that may end one.
    pub fn new(
        n_labels: usize,
        transition: impl Fn(usize, usize) -> bool,
        start: impl Fn(usize) -> bool,
        end: impl Fn(usize) -> bool,
    ) -> Self {
        let pairs = (0..n_labels).flat_map(|from| (0..n_labels).map(move |to| (from, to)));
        Self {
            transitions: pairs.map(|(from, to)| transition(from, to)).collect(),
            starts: (0..n_labels).map(start).collect(),
            ends: (0..n_labels).map(end).collect(),
        }
    }

    /// Number of labels.
    pub fn n_labels(&self) -> usize {
        self.starts.len()
    }

    /// Whether `to` may follow `from`.
    ///
    /// # Panics
    /// If a label is not below [`n_labels`](Self::n_labels).
    pub fn is_allowed(&self, from: usize, to: usize) -> bool {
        self.transitions[from * self.n_labels() + to]
    }

    /// Fails at the first step of a path that is not allowed.
    pub(super) fn check(&self, tags: &[u32], offsets: &Offsets) -> Result<()> {
        for (row, tokens) in offsets.iter().enumerate() {
            let path = &tags[tokens];
            let (Some(&first), Some(&last)) = (path.first(), path.last()) else { continue };
            let is_forbidden = |pair: &[u32]| !self.is_allowed(pair[0] as usize, pair[1] as usize);
            let what = if !self.starts[first as usize] {
                format!("begins with tag {first}")
            } else if !self.ends[last as usize] {
                format!("ends with tag {last}")
            } else if let Some(at) = path.windows(2).position(is_forbidden) {
                format!("goes from tag {} at token {at} to tag {}", path[at], path[at + 1])
            } else {
                continue;
            };
            bail!(
                "crf: row {row} {what}, which is not allowed, so its loss would be infinite; \
                 correct the tags or allow the step"
            );
        }
        Ok(())
    }
}
