//! Viterbi's algorithm: the best path of each sentence (Viterbi, 1967; Forney, *The Viterbi
//! algorithm*, 1973).

use candle_core::{Result, bail};

use super::chain::Chain;
use super::log_matrix::{LANES, normalize, padded};
use crate::element::Element;
use crate::offsets::Offsets;
use crate::simd::dispatch;
use rayon::prelude::*;

/// Sentences that are worth a task of their own.
const SENTENCES: usize = 4;

/// The best path of each sentence of a packed batch.
#[derive(Debug, Clone, PartialEq)]
pub struct BestPaths {
    /// A tag for each token; those of row `i` are `tags[offsets.range(i)]`.
    pub tags: Vec<u32>,
    /// The score of each row's path: its emissions, transitions, start and end added up. A row
    /// without tokens has 0.
    pub scores: Vec<f64>,
}

pub(super) fn best_paths<T: Element>(
    chain: &Chain<T>,
    emissions: &[T],
    offsets: &Offsets,
) -> Result<BestPaths> {
    let n = chain.n_labels;
    let weights = [&chain.transitions, &chain.starts, &chain.ends];
    if weights.into_iter().flatten().any(|x| x.is_nan()) {
        bail!(
            "viterbi: a transition, start or end score is NaN; look for what diverged in training"
        );
    }
    if let Some(at) = emissions.iter().position(|x| x.is_nan()) {
        bail!("viterbi: the emission of token {} and label {} is NaN", at / n, at % n);
    }
    let blocks = blocks(chain);
    let mut tags = vec![0; offsets.n_tokens()];
    let rows = offsets.split(&mut tags, 1).into_par_iter().enumerate().with_min_len(SENTENCES);
    let scores = rows.map(|(row, tags)| {
        if tags.is_empty() {
            return Ok(0.);
        }
        let tokens = offsets.range(row);
        let emissions = &emissions[tokens.start * n..tokens.end * n];
        let has_path = dispatch(
            #[inline(always)]
            || sentence(chain, &blocks, emissions, tags),
        );
        if !has_path {
            bail!("viterbi: no path of {} tokens is allowed in row {row}", tags.len());
        }
        Ok(chain.path_score(emissions, tags))
    });
    let scores = scores.collect::<Result<Vec<f64>>>()?;
    Ok(BestPaths { tags, scores })
}

/// The transitions as `(to / LANES, from, to % LANES)`, `-∞` beyond them.
fn blocks<T: Element>(chain: &Chain<T>) -> Vec<[T; LANES]> {
    let n = chain.n_labels;
    let mut blocks = vec![[T::NEG_INFINITY; LANES]; padded(n) / LANES * n];
    for (from, scores) in chain.transitions.chunks_exact(n).enumerate() {
        for (to, &score) in scores.iter().enumerate() {
            blocks[to / LANES * n + from][to % LANES] = score;
        }
    }
    blocks
}

/// Fills `tags` with the best path, or says that there is none.
#[inline(always)]
fn sentence<T: Element>(
    chain: &Chain<T>,
    blocks: &[[T; LANES]],
    emissions: &[T],
    tags: &mut [u32],
) -> bool {
    let n = chain.n_labels;
    let mut scores = vec![T::NEG_INFINITY; padded(n)];
    let mut next = scores.clone();
    // From which label the best path comes to each label of each token.
    let mut origins = vec![0; tags.len() * padded(n)];
    let steps = emissions.chunks_exact(n).zip(origins.chunks_exact_mut(padded(n)));
    for (token, (emissions, origins)) in steps.enumerate() {
        if token == 0 {
            scores[..n].copy_from_slice(&chain.starts);
        } else {
            step(blocks, &scores[..n], &mut next, origins);
            std::mem::swap(&mut scores, &mut next);
        }
        for (score, &emission) in scores.iter_mut().zip(emissions) {
            *score += emission;
        }
        // Differences alone matter, and keep their digits so.
        normalize(&mut scores);
    }
    let mut best = (T::NEG_INFINITY, 0);
    for (label, (&score, &end)) in scores.iter().zip(&chain.ends).enumerate() {
        if score + end > best.0 {
            best = (score + end, label as u32);
        }
    }
    let (score, mut label) = best;
    for (tag, origins) in tags.iter_mut().zip(origins.chunks_exact(padded(n))).rev() {
        *tag = label;
        label = origins[label as usize];
    }
    score > T::NEG_INFINITY
}

/// The best score of each label after one transition, and the label that it comes from: the first
/// of equal ones.
#[inline(always)]
fn step<T: Element>(blocks: &[[T; LANES]], scores: &[T], next: &mut [T], origins: &mut [u32]) {
    let outputs = next.as_chunks_mut::<LANES>().0.iter_mut();
    let outputs = outputs.zip(origins.as_chunks_mut::<LANES>().0);
    for ((next, origins), rows) in outputs.zip(blocks.chunks_exact(scores.len())) {
        let mut best = [T::NEG_INFINITY; LANES];
        let mut from = [0; LANES];
        for ((&score, row), label) in scores.iter().zip(rows).zip(0u32..) {
            for lane in 0..LANES {
                let candidate = score + row[lane];
                let is_better = candidate > best[lane];
                best[lane] = if is_better { candidate } else { best[lane] };
                from[lane] = if is_better { label } else { from[lane] };
            }
        }
        (*next, *origins) = (best, from);
    }
}
