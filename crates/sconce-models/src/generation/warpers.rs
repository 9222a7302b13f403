//! What sampling leaves of the scores: the best `k`, the nucleus, those near the best. Each works on
//! any list of scores, all of the vocabulary or what an earlier step left, and never sorts more than
//! it keeps.

use super::rows::{exp, max, sum_of_exponentials};

/// Scores that are looked at together: few enough to stay in registers.
const CHUNK: usize = 16;

/// Divides the scores by `temperature`.
pub(super) fn temperature(scores: &mut [f32], temperature: f32) {
    for score in scores {
        *score /= temperature;
    }
}

/// The scores that are not below the `k`-th largest, with their indices, in the order of `row`:
/// more than `k` if several are equal to it.
pub(super) fn top_k(row: &[f32], k: usize, kept: &mut Kept) {
    kept.clear();
    if k == 0 {
        return;
    }
    let mut threshold = f32::NEG_INFINITY;
    let mut full = 2 * k;
    for (chunk, scores) in row.chunks(CHUNK).enumerate() {
        if max(scores) < threshold {
            continue;
        }
        for (at, &score) in scores.iter().enumerate() {
            if score >= threshold && score > f32::NEG_INFINITY {
                kept.push((chunk * CHUNK + at) as u32, score);
            }
        }
        if kept.scores.len() >= full {
            threshold = kept.keep_best(k);
            full = 2 * kept.scores.len();
        }
    }
    kept.keep_best(k);
}

/// Scores and the indices they have in their row.
#[derive(Debug, Clone, Default)]
pub(super) struct Kept {
    pub(super) ids: Vec<u32>,
    pub(super) scores: Vec<f32>,
    scratch: Vec<f32>,
}

impl Kept {
    fn clear(&mut self) {
        self.ids.clear();
        self.scores.clear();
    }

    fn push(&mut self, id: u32, score: f32) {
        self.ids.push(id);
        self.scores.push(score);
    }

    /// Drops what is below the `k`-th largest score, and gives that.
    fn keep_best(&mut self, k: usize) -> f32 {
        if k == 0 || self.scores.len() <= k {
            return f32::NEG_INFINITY;
        }
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.scores);
        let (_, &mut kth, _) = self.scratch.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a));
        let mut n_kept = 0;
        for at in 0..self.scores.len() {
            if self.scores[at] >= kth {
                (self.ids[n_kept], self.scores[n_kept]) = (self.ids[at], self.scores[at]);
                n_kept += 1;
            }
        }
        self.ids.truncate(n_kept);
        self.scores.truncate(n_kept);
        kth
    }
}

/// Bans all but the nucleus, the fewest scores whose probabilities reach `p` together (Holtzman et
/// al., 2019, arXiv:1904.09751); the best always stays. Of equal scores at its border the first stay.
pub(super) fn top_p(scores: &mut [f32], p: f32, scratch: &mut Vec<(f32, u32)>) {
    let max = max(scores);
    if max == f32::NEG_INFINITY {
        return;
    }
    let wanted = f64::from(p) * sum_of_exponentials(scores, max);
    // The nucleus lies among the best scores: those so far from the best at most, if they weigh
    // enough. Only they are sorted.
    for distance in [4., 8., 16., 32., f32::INFINITY] {
        scratch.clear();
        let mut mass = 0.;
        for (index, &score) in scores.iter().enumerate() {
            if score >= max - distance {
                mass += f64::from(exp(score - max));
                scratch.push((score, index as u32));
            }
        }
        if mass >= wanted {
            break;
        }
    }
    scratch.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut mass = 0.;
    let n_kept = scratch.iter().take_while(|(score, _)| {
        let is_kept = mass < wanted;
        mass += f64::from(exp(score - max));
        is_kept
    });
    let n_kept = n_kept.count().max(1);
    let kept = &mut scratch[..n_kept];
    kept.sort_unstable_by_key(|&(_, index)| index);
    let mut kept = kept.iter().map(|&(_, index)| index as usize).peekable();
    for (index, score) in scores.iter_mut().enumerate() {
        if kept.next_if_eq(&index).is_none() {
            *score = f32::NEG_INFINITY;
        }
    }
}

/// Bans what is less probable than `p` times the most probable (Nguyen et al., 2024,
/// arXiv:2407.01082).
pub(super) fn min_p(scores: &mut [f32], p: f32) {
    let max = max(scores);
    for score in scores.iter_mut() {
        if *score < max && exp(*score - max) < p {
            *score = f32::NEG_INFINITY;
        }
    }
}

#[cfg(test)]
mod tests;
