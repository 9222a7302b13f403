//! How probable given texts are under a model.

use candle_core::DType;
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Mode, Offsets, Reduction};

use crate::causal_lm::CausalLm;
use crate::error::{Error, Result};
use crate::tokens::Tokens;

/// Logits that one forward pass makes at most, where it reads more than one text: 128 MiB of `f32`.
const MAX_LOGITS: usize = 1 << 25;

/// A text to be scored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToScore<'a> {
    /// Its tokens.
    pub ids: &'a [u32],
    /// The first tokens, which are given and not scored: at least one, since nothing predicts the
    /// first.
    pub n_context: usize,
}

impl<'a> ToScore<'a> {
    /// All tokens but the first.
    pub fn new(ids: &'a [u32]) -> Self {
        Self { ids, n_context: 1 }
    }
}

/// How probable a text is.
#[derive(Debug, Clone, PartialEq)]
pub struct TextScore {
    /// Log-probability of each scored token after all before it.
    pub log_probs: Vec<f32>,
}

impl TextScore {
    /// The log-probability of the text after its context.
    pub fn sum(&self) -> f64 {
        self.log_probs.iter().map(|&log_prob| f64::from(log_prob)).sum()
    }

    /// `e` to the mean negative log-probability of a token; not a number for no tokens.
    pub fn perplexity(&self) -> f64 {
        perplexity(std::slice::from_ref(self))
    }
}

/// The perplexity of texts together: each token weighs the same. Not a number for no tokens.
pub fn perplexity(scores: &[TextScore]) -> f64 {
    let n: usize = scores.iter().map(|score| score.log_probs.len()).sum();
    let sum: f64 = scores.iter().map(TextScore::sum).sum();
    (-sum / n as f64).exp()
}

/// Scores texts, several in one forward pass.
///
/// # Errors
/// If a text has no context token, less tokens than its context, or more than the model's positions;
/// if the model fails or its logits are not numbers.
pub fn score(model: &dyn CausalLm, texts: &[ToScore<'_>]) -> Result<Vec<TextScore>> {
    for (index, text) in texts.iter().enumerate() {
        check(index, text, model.max_positions())?;
    }
    let mut scores = Vec::with_capacity(texts.len());
    let max_tokens = MAX_LOGITS / model.vocab_size().max(1);
    while scores.len() < texts.len() {
        let rest = &texts[scores.len()..];
        let mut n_tokens = 0;
        let batch = rest.iter().take_while(|text| {
            n_tokens += n_read(text);
            n_tokens <= max_tokens
        });
        let batch = &rest[..batch.count().max(1)];
        let first = scores.len();
        scores.extend(score_batch(model, batch, first)?);
    }
    Ok(scores)
}

/// Tokens that the model reads: the last predicts nothing that is asked for.
fn n_read(text: &ToScore<'_>) -> usize {
    if text.ids.len() > text.n_context { text.ids.len() - 1 } else { 0 }
}

fn check(index: usize, text: &ToScore<'_>, max_positions: Option<usize>) -> Result<()> {
    let fail = |message: String| Err(Error::Prompt { index, message });
    let n = text.ids.len();
    if text.n_context == 0 {
        return fail("needs a context of at least one token, such as the model's bos".into());
    }
    if n < text.n_context {
        return fail(format!("{n} tokens are less than its context of {}", text.n_context));
    }
    match max_positions {
        Some(positions) if n_read(text) > positions => fail(format!(
            "{n} tokens are more than the model's {positions} positions predict; score it in parts"
        )),
        _ => Ok(()),
    }
}

fn score_batch(
    model: &dyn CausalLm,
    texts: &[ToScore<'_>],
    first: usize,
) -> Result<Vec<TextScore>> {
    let offsets = Offsets::from_lengths(texts.iter().map(n_read));
    let mut ids = Vec::with_capacity(offsets.n_tokens());
    let mut targets = Vec::with_capacity(offsets.n_tokens());
    for text in texts.iter().filter(|text| n_read(text) > 0) {
        ids.extend_from_slice(&text.ids[..text.ids.len() - 1]);
        targets.resize(targets.len() + text.n_context - 1, IGNORE_INDEX);
        targets.extend_from_slice(&text.ids[text.n_context..]);
    }
    let losses = if ids.is_empty() {
        Vec::new()
    } else {
        let tokens = Tokens { ids: &ids, type_ids: &[], offsets: &offsets };
        let logits = model.logits(&tokens, Mode::Eval)?.to_dtype(DType::F32)?;
        let loss = CrossEntropy::default().reduced_loss(&logits, &targets, Reduction::None)?;
        loss.to_vec1::<f32>()?
    };
    let scored = texts.iter().zip(offsets.iter()).enumerate().map(|(index, (text, rows))| {
        let skipped = (text.n_context - 1).min(rows.len());
        let losses = &losses[rows][skipped..];
        if let Some(at) = losses.iter().position(|loss| loss.is_nan()) {
            let position = text.n_context + at;
            return Err(Error::NotANumber { index: first + index, position });
        }
        Ok(TextScore { log_probs: losses.iter().map(|loss| -loss).collect() })
    });
    scored.collect()
}

#[cfg(test)]
mod tests;
