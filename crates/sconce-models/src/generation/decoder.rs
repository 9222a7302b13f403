//! Greedy decoding and sampling: one step feeds the newest token of each sequence and chooses the
//! next.

use std::ops::ControlFlow;

use sconce_ops::{Offsets, Random};

use super::log_probs::TokenLogProb;
use super::rows::with_rows;
use super::sampler::Sampler;
use super::text::{Text, TextError};
use super::warpers::Kept;
use super::{FinishReason, Generated, Generator, OnToken, Room, StreamItem, expect_numbers};
use crate::error::{Error, Result};

/// One continuation in the making.
struct Sequence<'a> {
    /// Its index among the results.
    index: usize,
    prompt: usize,
    room: Room,
    /// The prompt and what was generated.
    ids: Vec<u32>,
    /// Its row in the latest logits, and its place in the caches.
    row: usize,
    random: Random,
    text: Option<Text<'a>>,
    log_probs: Vec<TokenLogProb>,
    finish: Option<FinishReason>,
}

impl Sequence<'_> {
    fn n_new(&self) -> usize {
        self.ids.len() - self.room.n_prompt
    }

    fn into_generated(self) -> Generated {
        Generated {
            prompt: self.prompt,
            ids: self.ids[self.room.n_prompt..].to_vec(),
            text: self.text.map(Text::into_string),
            // Every sequence goes on until it has a reason to end.
            finish: self.finish.unwrap_or(FinishReason::Cancelled),
            log_probs: self.log_probs,
            score: None,
        }
    }
}

pub(super) fn decode(
    generator: &Generator<'_>,
    prompts: &[&[u32]],
    rooms: &[Room],
    on_token: OnToken<'_>,
) -> Result<Vec<Generated>> {
    let mut decoder = Decoder {
        generator,
        sampler: Sampler::new(&generator.config),
        kept: Kept::default(),
        on_token,
    };
    let mut running = decoder.sequences(prompts, rooms);
    let mut ended = Vec::with_capacity(running.len());
    for sequence in running.extract_if(.., |sequence| sequence.room.n_new == 0) {
        ended.push(decoder.end(sequence, FinishReason::Positions)?);
    }
    decoder.run(prompts, running, &mut ended)?;
    ended.sort_by_key(|sequence| sequence.index);
    Ok(ended.into_iter().map(Sequence::into_generated).collect())
}

struct Decoder<'g, 'a, 'f> {
    generator: &'g Generator<'a>,
    sampler: Sampler,
    kept: Kept,
    on_token: OnToken<'f>,
}

impl<'a> Decoder<'_, 'a, '_> {
    fn sequences(&self, prompts: &[&[u32]], rooms: &[Room]) -> Vec<Sequence<'a>> {
        let n = self.generator.config.num_return_sequences;
        let seed = Random::new(self.generator.config.seed);
        let sequence = |index: usize| {
            let (prompt, sample) = (index / n, index % n);
            let number = self.generator.first_prompt.wrapping_add(prompt as u64);
            Sequence {
                index,
                prompt,
                room: rooms[prompt],
                ids: prompts[prompt].to_vec(),
                row: 0,
                random: seed.fork(number).fork(sample as u64),
                text: self.generator.new_text(prompts[prompt]),
                log_probs: Vec::new(),
                finish: None,
            }
        };
        (0..prompts.len() * n).map(sequence).collect()
    }

    fn run(
        &mut self,
        prompts: &[&[u32]],
        mut running: Vec<Sequence<'a>>,
        ended: &mut Vec<Sequence<'a>>,
    ) -> Result<()> {
        let Some(first) = running.first().map(|sequence| sequence.prompt) else { return Ok(()) };
        // Each prompt is read once, however many continuations it has.
        let mut fed = vec![first];
        for sequence in &mut running {
            if fed.last() != Some(&sequence.prompt) {
                fed.push(sequence.prompt);
            }
            sequence.row = fed.len() - 1;
        }
        let mut offsets = Offsets::from_lengths(fed.iter().map(|&prompt| prompts[prompt].len()));
        let mut ids: Vec<u32> = fed.iter().flat_map(|&p| prompts[p].iter().copied()).collect();
        let model = self.generator.model;
        let mut caches = model.caches(fed.len());
        loop {
            let logits = model.next_logits(&ids, &offsets, &mut caches)?;
            let n_rows = offsets.n_rows();
            with_rows(&logits, |rows| self.step(rows, &mut running))??;
            ended.extend(running.extract_if(.., |sequence| sequence.finish.is_some()));
            if running.is_empty() {
                return Ok(());
            }
            if !running.iter().map(|sequence| sequence.row).eq(0..n_rows) {
                let order: Vec<usize> = running.iter().map(|sequence| sequence.row).collect();
                caches.reorder(&order)?;
            }
            ids.clear();
            for (row, sequence) in running.iter_mut().enumerate() {
                sequence.row = row;
                ids.extend(sequence.ids.last());
            }
            if offsets.n_tokens() != running.len() || offsets.n_rows() != running.len() {
                offsets = Offsets::from_lengths(running.iter().map(|_| 1));
            }
        }
    }

    fn step(&mut self, rows: &[f32], running: &mut [Sequence<'a>]) -> Result<()> {
        let vocab = self.generator.model.vocab_size();
        for sequence in running {
            let logits = row(rows, sequence.row, vocab)?;
            expect_numbers(logits, sequence.prompt, sequence.ids.len())?;
            let (random, n_new) = (sequence.random, sequence.n_new());
            let uniform = || random.uniform(n_new as u64);
            let n_prompt = sequence.room.n_prompt;
            match self.sampler.choose(logits, &sequence.ids, n_prompt, uniform) {
                Some(id) => self.add(sequence, id, logits)?,
                None => self.finish(sequence, None, FinishReason::Exhausted)?,
            }
        }
        Ok(())
    }

    fn add(&mut self, sequence: &mut Sequence<'a>, id: u32, logits: &[f32]) -> Result<()> {
        if let Some(n) = self.generator.n_alternatives {
            sequence.log_probs.push(TokenLogProb::of(logits, id, n, &mut self.kept));
        }
        sequence.ids.push(id);
        let mut finish = None;
        if self.generator.config.eos_token_id.contains(&id) {
            finish = Some(FinishReason::Eos);
        } else if let Some(text) = &mut sequence.text {
            let stop = text.push(id).map_err(|source| undecodable(sequence.prompt, source))?;
            finish = stop.map(|index| FinishReason::StopString { index });
        }
        if finish.is_none() && sequence.n_new() >= sequence.room.n_new {
            finish = Some(sequence.room.reason);
        }
        if let Some(reason) = finish {
            return self.finish(sequence, Some(id), reason);
        }
        if self.report(sequence, Some(id)).is_break() {
            self.flush(sequence, FinishReason::Cancelled)?;
        }
        Ok(())
    }

    fn end(&mut self, mut sequence: Sequence<'a>, reason: FinishReason) -> Result<Sequence<'a>> {
        self.finish(&mut sequence, None, reason)?;
        Ok(sequence)
    }

    /// Ends a sequence and reports its last token.
    fn finish(
        &mut self,
        sequence: &mut Sequence<'a>,
        id: Option<u32>,
        reason: FinishReason,
    ) -> Result<()> {
        self.flush(sequence, reason)?;
        // Whatever the caller says, it has ended.
        let _ = self.report(sequence, id);
        Ok(())
    }

    /// Ends a sequence and its text, in which a stop string may be found yet.
    fn flush(&self, sequence: &mut Sequence<'a>, mut reason: FinishReason) -> Result<()> {
        if let Some(text) = &mut sequence.text
            && !matches!(reason, FinishReason::StopString { .. })
        {
            let stop = text.finish().map_err(|source| undecodable(sequence.prompt, source))?;
            if let Some(index) = stop {
                reason = FinishReason::StopString { index };
            }
        }
        sequence.finish = Some(reason);
        Ok(())
    }

    fn report(&mut self, sequence: &mut Sequence<'a>, id: Option<u32>) -> ControlFlow<()> {
        let log_prob = if id.is_some() { sequence.log_probs.last() } else { None };
        (self.on_token)(&StreamItem {
            sequence: sequence.index,
            prompt: sequence.prompt,
            id,
            text: sequence.text.as_mut().map_or("", Text::piece),
            log_prob,
            finish: sequence.finish,
        })
    }
}

/// One row of logits.
pub(super) fn row(rows: &[f32], row: usize, vocab: usize) -> candle_core::Result<&[f32]> {
    match rows.get(row * vocab..(row + 1) * vocab) {
        Some(row) => Ok(row),
        None => candle_core::bail!(
            "the model gave {} logits, none for sequence {row} with a vocabulary of {vocab}",
            rows.len()
        ),
    }
}

pub(super) fn undecodable(prompt: usize, source: TextError) -> Error {
    Error::TokenText { index: prompt, source }
}

#[cfg(test)]
mod tests;
