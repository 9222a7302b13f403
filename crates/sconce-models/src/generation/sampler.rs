//! One token of a row of logits: the best, or one that is drawn.

use super::config::GenerationConfig;
use super::processors::Processors;
use super::rows::{argmax, exponentials, max, pick};
use super::warpers::{Kept, min_p, temperature, top_k, top_p};

/// Chooses next tokens, and keeps the room it needs for it.
#[derive(Debug)]
pub(super) struct Sampler {
    processors: Processors,
    do_sample: bool,
    temperature: f32,
    top_k: usize,
    top_p: f32,
    min_p: f32,
    /// A copy of the logits, where they are changed.
    row: Vec<f32>,
    kept: Kept,
    order: Vec<(f32, u32)>,
}

impl Sampler {
    pub(super) fn new(config: &GenerationConfig) -> Self {
        Self {
            processors: Processors::new(config),
            do_sample: config.do_sample,
            temperature: config.temperature as f32,
            top_k: config.top_k,
            top_p: config.top_p as f32,
            min_p: config.min_p.unwrap_or(0.) as f32,
            row: Vec::new(),
            kept: Kept::default(),
            order: Vec::new(),
        }
    }

    /// The token after `ids`, of which the first `n_prompt` are the prompt; `uniform` in `[0, 1)`
    /// decides where tokens are drawn. `None` if every token is banned.
    pub(super) fn choose(
        &mut self,
        logits: &[f32],
        ids: &[u32],
        n_prompt: usize,
        uniform: impl FnOnce() -> f64,
    ) -> Option<u32> {
        let is_changed = self.processors.change(ids, n_prompt);
        if is_changed {
            self.copy(logits);
            self.processors.apply(&mut self.row, ids, n_prompt);
        }
        if !self.do_sample {
            let row = if is_changed { &self.row } else { logits };
            return argmax(row).map(|id| id as u32);
        }
        let warps = Warps { temperature: self.temperature, top_p: self.top_p, min_p: self.min_p };
        if self.top_k == 0 || self.top_k >= logits.len() {
            if !is_changed {
                self.copy(logits);
            }
            return draw(&mut self.row, warps, &mut self.order, uniform);
        }
        // Temperature changes no order, so it may come after the choice of the best.
        let row = if is_changed { &self.row } else { logits };
        top_k(row, self.top_k, &mut self.kept);
        let index = draw(&mut self.kept.scores, warps, &mut self.order, uniform)?;
        self.kept.ids.get(index as usize).copied()
    }

    fn copy(&mut self, logits: &[f32]) {
        self.row.clear();
        self.row.extend_from_slice(logits);
    }
}

#[derive(Debug, Clone, Copy)]
struct Warps {
    temperature: f32,
    top_p: f32,
    min_p: f32,
}

/// Draws the index of a score by the softmax of what is left of them.
fn draw(
    scores: &mut [f32],
    warps: Warps,
    order: &mut Vec<(f32, u32)>,
    uniform: impl FnOnce() -> f64,
) -> Option<u32> {
    if warps.temperature != 1. {
        temperature(scores, warps.temperature);
    }
    if warps.top_p < 1. {
        top_p(scores, warps.top_p, order);
    }
    if warps.min_p > 0. {
        min_p(scores, warps.min_p);
    }
    let max = max(scores);
    if max == f32::NEG_INFINITY {
        return None;
    }
    let total = exponentials(scores, max);
    pick(scores, total, uniform()).map(|index| index as u32)
}

#[cfg(test)]
mod tests;
