//! A label for each word of a text, and the entities that they make.

use std::ops::Range;

use candle_core::DType;
use sconce_ops::Mode;
use sconce_text_pipeline::{Encoding, Input};
use serde::{Deserialize, Serialize};

use super::{Predicted, Predictor, dataset};
use crate::error::Result;

mod entities;
mod words;

use self::entities::{Entities, Unit};
use self::words::{Word, words};

/// How the tokens of a word decide on its label together: transformers' strategies of the same names.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Aggregation {
    /// They do not: tokens make entities by themselves, and a word has the label of its first.
    Simple,
    /// The word has the label of its first token.
    #[default]
    First,
    /// The label whose probability is the highest in the mean over the tokens.
    Average,
    /// The label of the token that is most certain of its own.
    Max,
}

impl Aggregation {
    /// Every strategy's name.
    pub const NAMES: [&'static str; 4] = ["simple", "first", "average", "max"];
}

/// What a tagger says of a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Tagged {
    /// The text; of words the words with a space between them.
    pub text: String,
    /// Its words: those given, or what the tokenizer takes for words. Of a text that was cut to the
    /// limit those that were left.
    pub words: Vec<TaggedWord>,
    /// The entities, in order.
    pub entities: Vec<Entity>,
}

/// A word with its label.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TaggedWord {
    /// The word.
    pub word: String,
    /// Its label; none of a given word that was cut off, or that has no tokens.
    pub label: Option<String>,
    /// The label's probability.
    pub score: Option<f32>,
    /// The byte of the text at which it begins.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

/// Neighbouring words, or tokens, of one kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entity {
    /// What it is: the label without `B-` or `I-`.
    pub label: String,
    /// The mean probability of the labels.
    pub score: f32,
    /// The bytes of the text.
    pub text: String,
    /// The byte of the text at which it begins.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
}

impl Predictor {
    /// The labels of the words of each text, and the entities they make.
    ///
    /// As in transformers' pipeline, `B-` begins an entity, other labels of a kind go on with it, and
    /// `O` is none; `E-`, `L-`, `S-` and `U-` are understood as well. Labels without such letters and
    /// without `O` (parts of speech) make no entities. Words are the tokenizer's own, and whatever
    /// follows white space.
    ///
    /// # Errors
    /// If the model is no tagger, a text cannot be tokenized or is too long to be taken, or a tensor
    /// operation fails.
    pub fn tag(&self, inputs: &[Input<'_>], aggregation: Aggregation) -> Result<Predicted<Tagged>> {
        let model = self.bundle.model.token_classifier()?;
        let (encodings, n_truncated) = self.encode(inputs)?;
        let mut rows: Vec<Option<Tagged>> = vec![None; inputs.len()];
        let entities = Entities::new(model.labels());
        self.for_each_batch(&dataset(&encodings)?, |numbers, tokens| {
            let logits = model.forward(tokens, Mode::Eval)?.to_dtype(DType::F32)?;
            let mut scores = logits.to_vec2::<f32>()?;
            scores.iter_mut().for_each(|row| softmax(row));
            for (&row, range) in numbers.iter().zip(tokens.offsets.iter()) {
                let tokens = Scored { encoding: &encodings[row], scores: &scores[range] };
                rows[row] = Some(tagged(inputs[row], &tokens, &entities, aggregation));
            }
            Ok(())
        })?;
        Ok(Predicted { rows: rows.into_iter().flatten().collect(), n_truncated })
    }
}

/// The tokens of a text with the probability of each label.
struct Scored<'a> {
    encoding: &'a Encoding,
    scores: &'a [Vec<f32>],
}

fn tagged(
    input: Input<'_>,
    tokens: &Scored<'_>,
    entities: &Entities<'_>,
    aggregation: Aggregation,
) -> Tagged {
    let (text, words) = words(input, tokens.encoding);
    let label = |word: &Word| label_of(&word.tokens, tokens.scores, aggregation);
    let units: Vec<Unit> = match aggregation {
        Aggregation::Simple => words
            .iter()
            .flat_map(|word| &word.tokens)
            .filter_map(|(token, span)| {
                let (label, score) = best(&tokens.scores[*token])?;
                Some(Unit { label, score, span: span.clone() })
            })
            .collect(),
        _ => words
            .iter()
            .filter_map(|word| {
                let (label, score) = label(word)?;
                Some(Unit { label, score, span: word.of_tokens()? })
            })
            .collect(),
    };
    let named = |word: &Word| {
        let found = label(word);
        TaggedWord {
            word: text[word.span.clone()].to_owned(),
            label: found.map(|(label, _)| entities.labels[label].clone()),
            score: found.map(|(_, score)| score),
            start: word.span.start,
            end: word.span.end,
        }
    };
    let (words, entities) = (words.iter().map(named).collect(), entities.of(&text, &units));
    Tagged { text, words, entities }
}

/// The label of tokens together, and its probability.
fn label_of(
    tokens: &[(usize, Range<usize>)],
    scores: &[Vec<f32>],
    aggregation: Aggregation,
) -> Option<(usize, f32)> {
    let mut rows = tokens.iter().map(|(token, _)| &scores[*token]);
    match aggregation {
        Aggregation::Simple | Aggregation::First => best(rows.next()?),
        Aggregation::Max => rows.filter_map(|row| best(row)).reduce(|best, next| {
            // Of equals the first.
            if next.1 > best.1 { next } else { best }
        }),
        Aggregation::Average => {
            let mut mean = rows.next()?.clone();
            for row in rows {
                mean.iter_mut().zip(row).for_each(|(sum, score)| *sum += score);
            }
            mean.iter_mut().for_each(|sum| *sum /= tokens.len() as f32);
            best(&mean)
        }
    }
}

/// The first of the most probable labels.
fn best(scores: &[f32]) -> Option<(usize, f32)> {
    let scores = scores.iter().copied().enumerate();
    scores.reduce(|best, next| if next.1 > best.1 { next } else { best })
}

/// Logits become probabilities.
pub(super) fn softmax(row: &mut [f32]) {
    let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|x| *x = (*x - max).exp());
    let sum: f32 = row.iter().sum();
    row.iter_mut().for_each(|x| *x /= sum);
}

#[cfg(test)]
mod tests;
