//! What is done to the scores of all next tokens before one is chosen: penalties and bans, in the
//! order in which Hugging Face's transformers applies them. The prompt counts as text so far.

use super::config::GenerationConfig;

/// The penalties and bans that a config asks for.
#[derive(Debug, Clone)]
pub(super) struct Processors {
    repetition_penalty: f32,
    presence_penalty: f32,
    no_repeat_ngram_size: usize,
    bad_words: Vec<Vec<u32>>,
    eos: Vec<u32>,
    min_length: usize,
    min_new_tokens: usize,
    /// Scores of the text's tokens, kept between calls for its room.
    scratch: Vec<f32>,
}

impl Processors {
    pub(super) fn new(config: &GenerationConfig) -> Self {
        let eos = &config.eos_token_id;
        let is_eos = |word: &Vec<u32>| word.len() == 1 && eos.contains(&word[0]);
        Self {
            repetition_penalty: config.repetition_penalty as f32,
            presence_penalty: config.presence_penalty as f32,
            no_repeat_ngram_size: config.no_repeat_ngram_size,
            // As transformers does: the end of the text cannot be banned this way.
            bad_words: config.bad_words_ids.iter().filter(|word| !is_eos(word)).cloned().collect(),
            eos: eos.clone(),
            min_length: if config.min_new_tokens.is_some() { 0 } else { config.min_length },
            min_new_tokens: config.min_new_tokens.unwrap_or(0),
            scratch: Vec::new(),
        }
    }

    /// True if [`apply`](Self::apply) would change a row: nothing needs a copy otherwise.
    pub(super) fn change(&self, ids: &[u32], n_prompt: usize) -> bool {
        self.repetition_penalty != 1.
            || (self.presence_penalty != 0. && ids.len() > n_prompt)
            || self.no_repeat_ngram_size > 0
            || !self.bad_words.is_empty()
            || self.forbids_end(ids, n_prompt)
    }

    /// Changes the scores `row` of the tokens that may follow `ids`, a prompt of `n_prompt` tokens
    /// and what was generated so far.
    pub(super) fn apply(&mut self, row: &mut [f32], ids: &[u32], n_prompt: usize) {
        if self.repetition_penalty != 1. {
            repetition_penalty(row, ids, self.repetition_penalty, &mut self.scratch);
        }
        if self.presence_penalty != 0. {
            presence_penalty(row, &ids[n_prompt..], self.presence_penalty, &mut self.scratch);
        }
        if self.no_repeat_ngram_size > 0 {
            no_repeat_ngram(row, ids, self.no_repeat_ngram_size);
        }
        bad_words(row, ids, &self.bad_words);
        if self.forbids_end(ids, n_prompt) {
            ban(row, &self.eos);
        }
    }

    fn forbids_end(&self, ids: &[u32], n_prompt: usize) -> bool {
        let is_early = ids.len() < self.min_length || ids.len() - n_prompt < self.min_new_tokens;
        is_early && !self.eos.is_empty()
    }
}

/// Divides the positive and multiplies the negative scores of the tokens of `ids` by `penalty`,
/// however often they occur (CTRL, Keskar et al., 2019, arXiv:1909.05858).
pub(super) fn repetition_penalty(
    row: &mut [f32],
    ids: &[u32],
    penalty: f32,
    scratch: &mut Vec<f32>,
) {
    let penalized = |score: f32| if score < 0. { score * penalty } else { score / penalty };
    once_each(row, ids, penalized, scratch);
}

/// Takes `penalty` off the scores of the tokens of `ids`, however often they occur (OpenAI's).
pub(super) fn presence_penalty(row: &mut [f32], ids: &[u32], penalty: f32, scratch: &mut Vec<f32>) {
    once_each(row, ids, |score| score - penalty, scratch);
}

/// Applies `change` once to the score of each token that occurs: all scores are read before the
/// first is written.
fn once_each(row: &mut [f32], ids: &[u32], change: impl Fn(f32) -> f32, scratch: &mut Vec<f32>) {
    scratch.clear();
    scratch.extend(ids.iter().map(|&id| row.get(id as usize).map_or(0., |&score| change(score))));
    for (&id, &score) in ids.iter().zip(scratch.iter()) {
        if let Some(slot) = row.get_mut(id as usize) {
            *slot = score;
        }
    }
}

/// Bans the tokens that would complete a group of `n` tokens that `ids` already has.
pub(super) fn no_repeat_ngram(row: &mut [f32], ids: &[u32], n: usize) {
    if n == 0 || ids.len() < n {
        return;
    }
    let begun = &ids[ids.len() + 1 - n..];
    for group in ids.windows(n) {
        if let Some((&last, before)) = group.split_last()
            && before == begun
        {
            ban(row, &[last]);
        }
    }
}

/// Bans the last token of each word of which `ids` ends with all others.
pub(super) fn bad_words(row: &mut [f32], ids: &[u32], words: &[Vec<u32>]) {
    for word in words {
        if let Some((&last, before)) = word.split_last()
            && ids.ends_with(before)
        {
            ban(row, &[last]);
        }
    }
}

fn ban(row: &mut [f32], ids: &[u32]) {
    for &id in ids {
        if let Some(score) = row.get_mut(id as usize) {
            *score = f32::NEG_INFINITY;
        }
    }
}

#[cfg(test)]
mod tests;
