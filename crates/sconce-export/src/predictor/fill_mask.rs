//! What stands behind a mask.

use sconce_ops::Mode;
use sconce_text_pipeline::{Encoding, Input};
use serde::Serialize;

use super::{Predicted, Predictor, dataset};
use crate::error::{Error, Result};

/// How people write a mask, whatever the model's own is.
const MASKS: [&str; 2] = ["[MASK]", "<mask>"];

/// The masks of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FilledMasks {
    /// For each mask, in order, the most probable tokens, the most probable first. Each mask is filled
    /// by itself: the others stay.
    pub masks: Vec<Vec<Filling>>,
}

/// A token that may stand behind a mask.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Filling {
    /// Its text.
    pub token: String,
    /// Its id.
    pub id: u32,
    /// Its probability.
    pub score: f32,
    /// The text with it, as the tokenizer writes it.
    pub text: String,
}

impl Predictor {
    /// The `n_best` most probable tokens behind each mask of each text. A mask is written as the
    /// model's tokenizer has it, or as `[MASK]` or `<mask>`.
    ///
    /// # Errors
    /// If the model is no masked language model, a text has no mask, cannot be tokenized or is too
    /// long to be taken, or a tensor operation fails.
    pub fn fill_mask(&self, texts: &[&str], n_best: usize) -> Result<Predicted<FilledMasks>> {
        let model = self.bundle.model.masked_lm()?;
        let (mask, written) = self.mask()?;
        let texts: Vec<String> = texts.iter().map(|text| with_mask(text, &written)).collect();
        let inputs: Vec<Input<'_>> = texts.iter().map(|text| Input::Text(text)).collect();
        let (encodings, n_truncated) = self.encode(&inputs)?;
        for (index, (text, encoding)) in texts.iter().zip(&encodings).enumerate() {
            if !encoding.ids.contains(&mask) {
                let is_there = text.contains(written.as_str());
                let reason = if is_there { "its mask was cut off" } else { "it has no mask" };
                return Err(Error::NoMask { index, reason, mask: written });
            }
        }
        let mut rows = vec![FilledMasks { masks: Vec::new() }; texts.len()];
        self.for_each_batch(&dataset(&encodings)?, |numbers, tokens| {
            let is_mask = |(_, id): &(u32, &u32)| **id == mask;
            let places: Vec<u32> =
                (0..).zip(tokens.ids).filter(is_mask).map(|(at, _)| at).collect();
            let logits = model.forward_at(tokens, &places, Mode::Eval)?;
            let mut best = model.decode(&logits, n_best)?.into_iter();
            for (&row, range) in numbers.iter().zip(tokens.offsets.iter()) {
                let first = range.start as u32;
                let within = places.iter().filter(|at| range.contains(&(**at as usize)));
                for (place, scores) in within.map(|at| (at - first) as usize).zip(&mut best) {
                    let filled = scores
                        .iter()
                        .map(|score| self.filling(&encodings[row], place, score.id, score.score));
                    rows[row].masks.push(filled.collect::<Result<_>>()?);
                }
            }
            Ok(())
        })?;
        Ok(Predicted { rows, n_truncated })
    }

    /// The mask token and how it is written.
    ///
    /// # Errors
    /// If the tokenizer has none.
    pub fn mask(&self) -> Result<(u32, String)> {
        let tokenizer = &self.bundle.tokenizer;
        let mask = tokenizer.special_tokens().mask;
        let found = mask.and_then(|id| Some((id, tokenizer.token(id)?)));
        found.ok_or(Error::NoToken { token: "mask", task: "filling masks" })
    }

    fn filling(&self, encoding: &Encoding, place: usize, id: u32, score: f32) -> Result<Filling> {
        let tokenizer = &self.bundle.tokenizer;
        let mask = encoding.ids[place];
        let is_only = encoding.ids.iter().filter(|other| **other == mask).count() == 1;
        let pad = tokenizer.special_tokens().pad;
        // What frames the text, and padding as a filling, are not to be seen; other masks are.
        let of_text = (0..encoding.len()).filter(|at| encoding.sequence_ids[*at].is_some());
        let ids: Vec<u32> = of_text
            .map(|at| if at == place { id } else { encoding.ids[at] })
            .filter(|id| Some(*id) != pad)
            .collect();
        let text = tokenizer.decode(&ids, is_only)?;
        Ok(Filling { token: tokenizer.decode(&[id], false)?, id, score, text })
    }
}

/// A text with the model's own mask.
fn with_mask(text: &str, written: &str) -> String {
    if text.contains(written) {
        return text.to_owned();
    }
    let others = MASKS.into_iter().filter(|mask| *mask != written);
    others.fold(text.to_owned(), |text, mask| text.replace(mask, written))
}

#[cfg(test)]
mod tests;
