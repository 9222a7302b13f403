//! The scores of a chain as the kernels read them.

use super::AllowedTransitions;
use crate::element::Element;

/// Scores of transitions, starts and ends; `-∞` where one is not allowed.
pub(super) struct Chain<T> {
    pub(super) n_labels: usize,
    /// `(from, to)`.
    pub(super) transitions: Vec<T>,
    pub(super) starts: Vec<T>,
    pub(super) ends: Vec<T>,
}

impl<T: Element> Chain<T> {
    pub(super) fn new(
        [transitions, starts, ends]: [&[T]; 3],
        allowed: Option<&AllowedTransitions>,
    ) -> Self {
        let masked = |scores: &[T], mask: fn(&AllowedTransitions) -> &[bool]| match allowed {
            None => scores.to_vec(),
            Some(allowed) => {
                let pairs = scores.iter().zip(mask(allowed));
                pairs.map(|(&x, &is)| if is { x } else { T::NEG_INFINITY }).collect()
            }
        };
        Self {
            n_labels: starts.len(),
            transitions: masked(transitions, |allowed| &allowed.transitions),
            starts: masked(starts, |allowed| &allowed.starts),
            ends: masked(ends, |allowed| &allowed.ends),
        }
    }

    pub(super) fn transition(&self, from: usize, to: usize) -> T {
        self.transitions[from * self.n_labels + to]
    }

    /// The score of one path; 0 of a sentence without tokens.
    pub(super) fn path_score(&self, emissions: &[T], tags: &[u32]) -> f64 {
        let (Some(&first), Some(&last)) = (tags.first(), tags.last()) else { return 0. };
        let ends = self.starts[first as usize].to_f64() + self.ends[last as usize].to_f64();
        let emissions = emissions.chunks_exact(self.n_labels).zip(tags);
        let emitted: f64 = emissions.map(|(row, &tag)| row[tag as usize].to_f64()).sum();
        let transitions = tags.windows(2);
        let transitions = transitions
            .map(|pair| self.transition(pair[0] as usize, pair[1] as usize).to_f64())
            .sum::<f64>();
        ends + emitted + transitions
    }
}
