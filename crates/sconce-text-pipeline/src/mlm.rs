//! Masked language modelling (Devlin et al., 2018, arXiv:1810.04805): some tokens are hidden and
//! to be guessed, others every time (Liu et al., 2019, arXiv:1907.11692).

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::batch::{Collator, PackedBatch};
use crate::dataset::{EncodedDataset, Rows};
use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::in_parallel::in_parallel;
use crate::max_length::MaxLength;
use crate::sampler::random;
use crate::targets::{IGNORE, Targets};
use crate::tokenizer::Tokenizer;
use crate::truncation::Truncate;

/// Which tokens are to be guessed, and what stands in their place.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Masking {
    /// The chance of a token, or of a word, to be chosen; 0.15 by default.
    pub probability: f64,
    /// The share of the chosen tokens that become the mask token; 0.8 by default.
    pub masked: f64,
    /// The share that become a random token; 0.1 by default. The rest stay as they are.
    pub replaced: f64,
    /// Whether all tokens of a word are chosen together; false by default. What becomes of each
    /// is still decided for it alone.
    pub whole_words: bool,
    /// What the choice follows from, together with the epoch and the row.
    pub seed: u64,
}

impl Default for Masking {
    fn default() -> Self {
        Self { probability: 0.15, masked: 0.8, replaced: 0.1, whole_words: false, seed: 0 }
    }
}

/// A token's place in its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Never chosen.
    Special,
    First,
    Later,
}

/// Texts to be masked, with the words of their tokens.
#[derive(Debug, Clone, PartialEq)]
pub struct MlmDataset {
    encoded: EncodedDataset,
    parts: Vec<Part>,
    mask: u32,
    vocab_size: u32,
    /// Special tokens, which never stand in for another, in rising order.
    special: Vec<u32>,
}

impl MlmDataset {
    /// Encodes texts in parallel, each as one row.
    ///
    /// # Errors
    /// If the tokenizer has no mask token, or a text cannot be tokenized or is too long under
    /// [`MaxLength::Refuse`].
    pub fn encode(
        tokenizer: &dyn Tokenizer,
        texts: &[&str],
        max_length: impl Into<MaxLength>,
    ) -> Result<Self> {
        let (encoded, parts) = encode(tokenizer, texts, max_length.into())?;
        Self::new(tokenizer, encoded, parts)
    }

    /// Encodes texts in parallel and joins them, framing tokens included, to rows of `block_size`
    /// tokens, the last one perhaps shorter: no row is cut short, and none is nearly empty.
    ///
    /// # Errors
    /// If the tokenizer has no mask token, a text cannot be tokenized, or no block comes of them.
    pub fn blocks(tokenizer: &dyn Tokenizer, texts: &[&str], block_size: usize) -> Result<Self> {
        let (encoded, parts) = encode(tokenizer, texts, MaxLength::Unlimited)?;
        let n_tokens = encoded.n_tokens();
        if block_size == 0 || n_tokens == 0 {
            return Err(Error::StreamTooShort { n_tokens, block_size });
        }
        let mut offsets: Vec<usize> = (0..n_tokens).step_by(block_size).collect();
        offsets.push(n_tokens);
        let ids = encoded.ids().to_vec();
        let blocks = EncodedDataset::new(ids, Vec::new(), offsets, Targets::None)?;
        Self::new(tokenizer, blocks, parts)
    }

    /// Takes rows that were encoded elsewhere, such as those of a [`TokenCache`](crate::TokenCache),
    /// which stay in its file. They do not say where words begin: each token is a word.
    ///
    /// # Errors
    /// If the tokenizer, which must be that of the rows, has no mask token.
    pub fn from_encoded(tokenizer: &dyn Tokenizer, encoded: EncodedDataset) -> Result<Self> {
        let parts = vec![Part::First; encoded.n_tokens()];
        Self::new(tokenizer, encoded, parts)
    }

    fn new(
        tokenizer: &dyn Tokenizer,
        encoded: EncodedDataset,
        mut parts: Vec<Part>,
    ) -> Result<Self> {
        let special = tokenizer.special_tokens();
        let mask = special.mask.ok_or(Error::NoMaskToken)?;
        let mut ids = Vec::new();
        for row in 0..encoded.len() {
            let tokens = encoded.tokens_of(row)?;
            ids.clear();
            encoded.append_ids(tokens.clone(), &mut ids);
            for (part, id) in parts[tokens].iter_mut().zip(&ids) {
                // Also those that stand in the text itself.
                if special.contains(*id) && Some(*id) != special.unk {
                    *part = Part::Special;
                }
            }
        }
        let vocab_size = tokenizer.vocab_size() as u32;
        Ok(Self { encoded, parts, mask, vocab_size, special: special.all.clone() })
    }

    /// The rows before anything is masked, without targets.
    pub fn encoded(&self) -> &EncodedDataset {
        &self.encoded
    }

    /// The given rows with tokens masked anew for the epoch: [`Targets::Tokens`] holds the ids of
    /// the chosen tokens and [`IGNORE`] for all others. What happens to a row depends on seed,
    /// epoch and row alone, not on its batch.
    ///
    /// # Errors
    /// If a share is not between 0 and 1, a row is past the end, or there are more tokens than 32
    /// bits can count.
    pub fn collate(&self, rows: &[usize], masking: &Masking, epoch: u64) -> Result<PackedBatch> {
        masking.check()?;
        let mut batch = Collator::new(&self.encoded).collate(rows)?;
        let mut targets = vec![IGNORE; batch.ids.len()];
        for (place, &row) in rows.iter().enumerate() {
            let (start, end) = (batch.offsets[place] as usize, batch.offsets[place + 1] as usize);
            let parts = &self.parts[self.encoded.tokens_of(row)?];
            let mut random = masking.random(epoch, row);
            let (ids, targets) = (&mut batch.ids[start..end], &mut targets[start..end]);
            self.mask(ids, targets, parts, masking, &mut random);
        }
        batch.targets = Targets::Tokens(targets);
        Ok(batch)
    }

    fn mask(
        &self,
        ids: &mut [u32],
        targets: &mut [u32],
        parts: &[Part],
        masking: &Masking,
        random: &mut Rng,
    ) {
        let mut is_chosen = false;
        for ((id, target), part) in ids.iter_mut().zip(targets).zip(parts) {
            // A word that a block cuts in two is drawn again in the second: `is_chosen` is false.
            is_chosen = match (part, masking.whole_words) {
                (Part::Special, _) => false,
                (Part::Later, true) => is_chosen,
                (Part::First, _) | (Part::Later, false) => random.f64() < masking.probability,
            };
            if !is_chosen {
                continue;
            }
            *target = *id;
            let fate = random.f64();
            if fate < masking.masked {
                *id = self.mask;
            } else if fate < masking.masked + masking.replaced {
                *id = self.random_token(random).unwrap_or(*id);
            }
        }
    }

    /// Any token but the special ones.
    fn random_token(&self, random: &mut Rng) -> Option<u32> {
        let n_special = self.special.iter().take_while(|id| **id < self.vocab_size).count() as u32;
        let n_others = self.vocab_size.checked_sub(n_special).filter(|n| *n > 0)?;
        let mut id = random.u32(..n_others);
        for special in &self.special {
            id += u32::from(id >= *special);
        }
        Some(id)
    }
}

impl Masking {
    fn check(&self) -> Result<()> {
        let shares = [self.probability, self.masked, self.replaced, self.masked + self.replaced];
        // Sums of shares such as 0.8 and 0.2 may be off by the last bit.
        match shares.into_iter().find(|share| !(0.0..=1.0 + 1e-9).contains(share)) {
            Some(ratio) => Err(Error::InvalidRatio { ratio }),
            None => Ok(()),
        }
    }

    fn random(&self, epoch: u64, row: usize) -> Rng {
        random(random(self.seed, epoch).u64(..), row as u64)
    }
}

fn encode(
    tokenizer: &dyn Tokenizer,
    texts: &[&str],
    max_length: MaxLength,
) -> Result<(EncodedDataset, Vec<Part>)> {
    let encode = |row: usize| {
        max_length.encode(tokenizer, Input::Text(texts[row]), row, Truncate::LongestFirst)
    };
    let mut rows = Rows::with_capacity(0, texts.len());
    let mut parts = Vec::new();
    in_parallel(texts.len(), encode, |_, encoding: Encoding| {
        rows.push(&encoding);
        let mut before = None;
        parts.extend(encoding.word_ids.iter().map(|word| {
            let is_later = *word == std::mem::replace(&mut before, *word);
            match word {
                None => Part::Special,
                Some(_) if is_later => Part::Later,
                Some(_) => Part::First,
            }
        }));
    })?;
    Ok((rows.finish(Targets::None)?, parts))
}

#[cfg(test)]
mod tests;
