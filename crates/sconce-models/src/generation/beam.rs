//! Beam search, step by step as Hugging Face's transformers does it: the same scores, ties aside,
//! the same end, and so the same texts.

use sconce_ops::Offsets;

use super::config::{EarlyStopping, GenerationConfig};
use super::decoder::{row, undecodable};
use super::log_probs::TokenLogProb;
use super::processors::Processors;
use super::rows::{LogSoftmax, with_rows};
use super::warpers::{Kept, top_k};
use super::{FinishReason, Generated, Generator, Room, expect_numbers};
use crate::error::Result;

/// What is taken off the score of a continuation that must not be chosen, as transformers does.
const EXCLUDED: f32 = -1e9;

/// A continuation that the search goes on with, or one that has ended.
#[derive(Debug, Clone)]
struct Hypothesis {
    /// The prompt and what was generated.
    ids: Vec<u32>,
    /// Running: the sum of the processed log-probabilities. Ended: divided by the length penalty.
    score: f32,
    /// The model's own log-probability of each new token.
    log_probs: Vec<f32>,
    /// The row of the latest logits that it was made from.
    row: usize,
    has_ended: bool,
}

/// A token that may go on a hypothesis.
#[derive(Debug, Clone, Copy)]
struct Candidate {
    score: f32,
    beam: usize,
    id: u32,
    log_prob: f32,
}

/// The search for one prompt's continuations.
struct Search {
    prompt: usize,
    room: Room,
    running: Vec<Hypothesis>,
    /// Always `num_beams`, the best first; those that have not ended are there to be replaced.
    ended: Vec<Hypothesis>,
    /// False once no running hypothesis is expected to come among the ended.
    is_open: bool,
    is_done: bool,
}

pub(super) fn search(
    generator: &Generator<'_>,
    prompts: &[&[u32]],
    rooms: &[Room],
) -> Result<Vec<Generated>> {
    let n_beams = generator.config.num_beams;
    let searches = prompts.iter().zip(rooms).enumerate();
    let mut searches: Vec<Search> =
        searches.map(|(prompt, (ids, &room))| Search::new(prompt, ids, room, n_beams)).collect();
    let mut beams = Beams {
        generator,
        processors: Processors::new(&generator.config),
        processed: Vec::new(),
        kept: Kept::default(),
        candidates: Vec::new(),
    };
    let mut open: Vec<&mut Search> = searches.iter_mut().filter(|search| !search.is_done).collect();
    beams.run(prompts, &mut open)?;
    let n_returned = generator.config.num_return_sequences;
    let all = searches.into_iter().flat_map(|search| {
        let (prompt, room) = (search.prompt, search.room);
        search.ended.into_iter().take(n_returned).map(move |ended| (prompt, room, ended))
    });
    all.map(|(prompt, room, ended)| generated(generator, prompt, room, ended)).collect()
}

/// What the search needs besides its state, and room to work in.
struct Beams<'g, 'a> {
    generator: &'g Generator<'a>,
    processors: Processors,
    processed: Vec<f32>,
    kept: Kept,
    candidates: Vec<Candidate>,
}

impl Beams<'_, '_> {
    fn run(&mut self, prompts: &[&[u32]], open: &mut Vec<&mut Search>) -> Result<()> {
        if open.is_empty() {
            return Ok(());
        }
        // Each prompt is read once: its beams are alike until the first tokens are chosen.
        for (row, search) in open.iter_mut().enumerate() {
            search.running.iter_mut().for_each(|beam| beam.row = row);
        }
        let fed = |search: &&mut Search| prompts[search.prompt];
        let mut ids: Vec<u32> =
            open.iter().flat_map(|search| fed(search).iter().copied()).collect();
        let mut offsets = Offsets::from_lengths(open.iter().map(|search| fed(search).len()));
        let model = self.generator.model;
        let mut caches = model.caches(open.len());
        loop {
            let logits = model.next_logits(&ids, &offsets, &mut caches)?;
            with_rows(&logits, |rows| {
                open.iter_mut().try_for_each(|search| self.step(rows, search))
            })??;
            open.retain(|search| !search.is_done);
            if open.is_empty() {
                return Ok(());
            }
            ids.clear();
            let mut order = Vec::with_capacity(open.len() * self.generator.config.num_beams);
            for beam in open.iter_mut().flat_map(|search| &mut search.running) {
                ids.extend(beam.ids.last());
                order.push(std::mem::replace(&mut beam.row, order.len()));
            }
            if !order.iter().copied().eq(0..offsets.n_rows()) {
                caches.reorder(&order)?;
            }
            if offsets.n_tokens() != order.len() || offsets.n_rows() != order.len() {
                offsets = Offsets::from_lengths(order.iter().map(|_| 1));
            }
        }
    }

    fn step(&mut self, rows: &[f32], search: &mut Search) -> Result<()> {
        let n_candidates = self.generator.config.n_candidates();
        self.candidates.clear();
        for beam in 0..search.running.len() {
            self.collect(rows, search, beam, n_candidates)?;
        }
        // Stable: of equal scores the earlier beam, then the lower id, is first.
        self.candidates.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.candidates.truncate(n_candidates);
        search.advance(&self.candidates, self.generator);
        Ok(())
    }

    /// The best tokens to go on one beam with.
    fn collect(
        &mut self,
        rows: &[f32],
        search: &Search,
        beam: usize,
        n_candidates: usize,
    ) -> Result<()> {
        let Hypothesis { ids, score, row: at, .. } = &search.running[beam];
        let logits = row(rows, *at, self.generator.model.vocab_size())?;
        expect_numbers(logits, search.prompt, ids.len())?;
        let log_softmax = LogSoftmax::of(logits);
        let n_prompt = search.room.n_prompt;
        let is_changed = self.processors.change(ids, n_prompt);
        if is_changed {
            self.processed.clear();
            self.processed.extend(logits.iter().map(|&logit| log_softmax.at(logit)));
            self.processors.apply(&mut self.processed, ids, n_prompt);
            top_k(&self.processed, n_candidates, &mut self.kept);
        } else {
            top_k(logits, n_candidates, &mut self.kept);
        }
        for (&id, &kept) in self.kept.ids.iter().zip(&self.kept.scores) {
            let log_prob = log_softmax.at(logits[id as usize]);
            let step = if is_changed { kept } else { log_prob };
            self.candidates.push(Candidate { score: step + score, beam, id, log_prob });
        }
        Ok(())
    }
}

impl Search {
    fn new(prompt: usize, ids: &[u32], room: Room, n_beams: usize) -> Self {
        let hypothesis = |score| Hypothesis {
            ids: ids.to_vec(),
            score,
            log_probs: Vec::new(),
            row: 0,
            has_ended: false,
        };
        // All beams but the first are excluded, or all would go on with the same tokens.
        let running = (0..n_beams).map(|beam| hypothesis(if beam == 0 { 0. } else { EXCLUDED }));
        Self {
            prompt,
            room,
            running: running.collect(),
            ended: vec![hypothesis(EXCLUDED); n_beams],
            is_open: true,
            is_done: room.n_new == 0,
        }
    }

    /// One step with the best candidates of all beams, the best first.
    fn advance(&mut self, candidates: &[Candidate], generator: &Generator<'_>) {
        let config = &generator.config;
        let n_new = self.running[0].ids.len() + 1 - self.room.n_prompt;
        if candidates.is_empty() {
            return self.give_up(n_new - 1, config);
        }
        let is_last = n_new >= self.room.n_new;
        let ends = |id: u32| is_last || config.eos_token_id.contains(&id);
        let best = self.best_running(candidates, ends);
        self.update_ended(candidates, ends, n_new, generator);
        self.running = best;
        let length = match config.early_stopping {
            EarlyStopping::Never if config.length_penalty > 0. => self.room.n_new,
            _ => n_new,
        };
        let best_possible = self.running.first().map_or(f32::NEG_INFINITY, |beam| beam.score);
        let best_possible = best_possible / penalty(length, config);
        let worst = self.ended.iter().map(|ended| ended.score).fold(f32::INFINITY, f32::min);
        let beaten = |ended: &Hypothesis| if ended.has_ended { worst } else { EXCLUDED };
        self.is_open &= self.ended.iter().any(|ended| best_possible > beaten(ended));
        let all_ended = self.ended.iter().all(|ended| ended.has_ended);
        let is_full = all_ended && config.early_stopping == EarlyStopping::AtOnce;
        let can_go_on = candidates.iter().any(|candidate| !ends(candidate.id));
        self.is_done = !self.is_open || is_full || !can_go_on;
    }

    /// Every next token is banned: what there is goes among the ended.
    fn give_up(&mut self, n_new: usize, config: &GenerationConfig) {
        for mut beam in std::mem::take(&mut self.running) {
            beam.score /= penalty(n_new.max(1), config);
            self.ended.push(beam);
        }
        self.ended.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.ended.truncate(config.num_beams);
        self.is_done = true;
    }

    /// The best candidates that have not ended.
    fn best_running(
        &self,
        candidates: &[Candidate],
        ends: impl Fn(u32) -> bool,
    ) -> Vec<Hypothesis> {
        let mut best: Vec<Candidate> = candidates.to_vec();
        for candidate in &mut best {
            candidate.score += if ends(candidate.id) { EXCLUDED } else { 0. };
        }
        best.sort_by(|a, b| b.score.total_cmp(&a.score));
        best.truncate(self.running.len());
        best.iter().map(|candidate| self.extend(candidate, candidate.score, false)).collect()
    }

    fn extend(&self, candidate: &Candidate, score: f32, has_ended: bool) -> Hypothesis {
        let beam = &self.running[candidate.beam];
        let mut ids = Vec::with_capacity(beam.ids.len() + 1);
        ids.extend_from_slice(&beam.ids);
        ids.push(candidate.id);
        let mut log_probs = beam.log_probs.clone();
        log_probs.push(candidate.log_prob);
        Hypothesis { ids, score, log_probs, row: beam.row, has_ended }
    }

    /// Puts the candidates that end among those that have ended, if they are good enough.
    fn update_ended(
        &mut self,
        candidates: &[Candidate],
        ends: impl Fn(u32) -> bool,
        n_new: usize,
        generator: &Generator<'_>,
    ) {
        let config = &generator.config;
        let n_beams = config.num_beams;
        let is_full = config.early_stopping == EarlyStopping::AtOnce
            && self.ended.iter().all(|ended| ended.has_ended);
        if is_full || !self.is_open {
            return;
        }
        let penalty = penalty(n_new, config);
        // Those behind the first `num_beams` are only there to go on with.
        for candidate in candidates.iter().take(n_beams).filter(|candidate| ends(candidate.id)) {
            let ended = self.extend(candidate, candidate.score / penalty, true);
            self.ended.push(ended);
        }
        self.ended.sort_by(|a, b| b.score.total_cmp(&a.score));
        self.ended.truncate(n_beams);
    }
}

/// What the score of so many new tokens is divided by.
fn penalty(length: usize, config: &GenerationConfig) -> f32 {
    (length as f64).powf(config.length_penalty) as f32
}

fn generated(
    generator: &Generator<'_>,
    prompt: usize,
    room: Room,
    hypothesis: Hypothesis,
) -> Result<Generated> {
    let ids = hypothesis.ids[room.n_prompt..].to_vec();
    let is_eos = |id: &u32| generator.config.eos_token_id.contains(id);
    let finish = match ids.last() {
        Some(last) if hypothesis.has_ended && is_eos(last) => FinishReason::Eos,
        Some(_) if hypothesis.has_ended => room.reason,
        _ if room.n_new == 0 => room.reason,
        _ => FinishReason::Exhausted,
    };
    let text = match generator.new_text(&hypothesis.ids[..room.n_prompt]) {
        Some(mut text) => {
            let decoded = ids.iter().filter(|id| !is_eos(id));
            let fed = decoded.copied().try_for_each(|id| text.push(id).map(|_| ()));
            let fed = fed.and_then(|()| text.finish().map(|_| ()));
            fed.map_err(|source| undecodable(prompt, source))?;
            Some(text.into_string())
        }
        None => None,
    };
    let token = |&log_prob: &f32| TokenLogProb { log_prob, alternatives: Vec::new() };
    let log_probs = match generator.n_alternatives {
        Some(_) => hypothesis.log_probs.iter().map(token).collect(),
        None => Vec::new(),
    };
    let score = (!ids.is_empty()).then_some(hypothesis.score);
    Ok(Generated { prompt, ids, text, finish, log_probs, score })
}

#[cfg(test)]
mod tests;
