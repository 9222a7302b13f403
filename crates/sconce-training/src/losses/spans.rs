//! The loss of extractive question answering: the first and the last token of an answer, each the
//! right one among the tokens of its row (Devlin et al., 2019, arXiv:1810.04805, section 4.2).

use candle_core::{Result, Tensor, bail};
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Offsets};

/// The mean of the cross-entropies of the first and of the last tokens. A place past the end of its
/// row is left out, as in Hugging Face's models: `(u32::MAX, u32::MAX)` is no answer at all.
///
/// # Shapes
/// - logits: `(n_tokens, 2)`, of packed rows; spans: one for each row, places inside the row
/// - output: a scalar
///
/// # Errors
/// If the numbers of tokens or rows do not fit.
pub fn span_loss(logits: &Tensor, offsets: &Offsets, spans: &[(u32, u32)]) -> Result<Tensor> {
    let (n_tokens, n_ends) = logits.dims2()?;
    if n_ends != 2 || n_tokens != offsets.n_tokens() || spans.len() != offsets.n_rows() {
        bail!(
            "span_loss: logits {:?}, {} spans for {} rows of {} tokens: expected (n_tokens, 2) and a \
             span for each row",
            logits.dims(),
            spans.len(),
            offsets.n_rows(),
            offsets.n_tokens()
        );
    }
    let targets = targets(offsets, spans);
    // Rows of equal length, filled up with a logit that has no probability and no gradient.
    let places = padded_places(offsets);
    let longest = places.len() / spans.len().max(1);
    let places = Tensor::new(places, logits.device())?;
    let nothing = Tensor::full(f32::NEG_INFINITY, (1, 2), logits.device())?;
    let logits = Tensor::cat(&[logits, &nothing.to_dtype(logits.dtype())?], 0)?;
    let loss = |end: usize, targets: &[u32]| {
        let column = logits.narrow(1, end, 1)?.contiguous()?;
        let rows = column.index_select(&places, 0)?.reshape((spans.len(), longest))?;
        CrossEntropy::default().loss(&rows, targets)
    };
    (loss(0, &targets[0])? + loss(1, &targets[1])?)? * 0.5
}

/// What the mean loss divides by: how many ends of the spans lie inside their rows, halved. The
/// [`weight`](crate::StepLoss::weight) of a step.
pub fn span_weight(offsets: &Offsets, spans: &[(u32, u32)]) -> f64 {
    let targets = targets(offsets, spans);
    targets.iter().flatten().filter(|target| **target != IGNORE_INDEX).count() as f64 / 2.
}

/// The first and the last places of all spans.
fn targets(offsets: &Offsets, spans: &[(u32, u32)]) -> [Vec<u32>; 2] {
    let inside = |(row, place): (usize, u32)| {
        if (place as usize) < offsets.range(row).len() { place } else { IGNORE_INDEX }
    };
    let firsts = spans.iter().map(|span| span.0).enumerate().map(inside);
    let lasts = spans.iter().map(|span| span.1).enumerate().map(inside);
    [firsts.collect(), lasts.collect()]
}

/// The tokens of each row, as many as the longest row has; after a row's end the place of the token
/// after all others.
fn padded_places(offsets: &Offsets) -> Vec<u32> {
    let (n_rows, n_tokens) = (offsets.n_rows(), offsets.n_tokens() as u32);
    let longest = offsets.iter().map(|tokens| tokens.len()).max().unwrap_or_default();
    let mut places = Vec::with_capacity(n_rows * longest);
    for tokens in offsets.iter() {
        let n = longest - tokens.len();
        places.extend(tokens.map(|token| token as u32));
        places.extend(std::iter::repeat_n(n_tokens, n));
    }
    places
}
