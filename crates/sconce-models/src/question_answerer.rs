//! Answers that are spans of a text (Devlin et al., 2019, arXiv:1810.04805): for each token how well
//! an answer begins there, and how well it ends there.

use candle_core::{DType, Tensor};
use sconce_ops::{Mode, Offsets, Params, dropout};

use crate::backbone::Backbone;
use crate::config::PretrainedConfig;
use crate::error::Result;
use crate::lora::Adapters;
use crate::tokens::Tokens;
use crate::transformer::Projection;

const DROPOUT: u64 = 1 << 32;
const TRANSFORMER: u64 = 1;

/// A model that finds answers. Cheap to clone: clones share their weights.
#[derive(Debug, Clone)]
pub struct QuestionAnswerer {
    backbone: Backbone,
    dropout: f64,
    output: Projection,
}

/// A span that could be an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AnswerSpan {
    /// Its first token, counted from the begin of its row.
    pub start: usize,
    /// Its last token.
    pub end: usize,
    /// Sum of the logits of both.
    pub logit: f32,
}

/// The spans of one row, a question with a part of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The best spans, the best first.
    pub spans: Vec<AnswerSpan>,
    /// Logit of there being no answer: that of the first token as begin and end.
    pub no_answer: f32,
}

impl QuestionAnswerer {
    /// Creates or finds the parameters.
    ///
    /// # Errors
    /// If the config contradicts itself or the parameters.
    pub fn new(config: &PretrainedConfig, params: &Params) -> Result<Self> {
        let backbone = Backbone::new(config, params)?;
        let (name, dropout) = config.blueprint().heads.answers;
        let output = backbone.map(name, 2, true)?;
        backbone.finish()?;
        Ok(Self { backbone, dropout, output })
    }

    /// The config that the model was built from.
    pub fn config(&self) -> &PretrainedConfig {
        &self.backbone.config
    }

    /// The low-rank adapters, if it has any.
    pub fn adapters(&self) -> Option<&Adapters> {
        self.backbone.adapters.as_ref()
    }

    /// Scores every token as begin and as end.
    ///
    /// # Shapes
    /// - tokens: `n_tokens`
    /// - output: logits `(n_tokens, 2)`
    ///
    /// # Errors
    /// If an id is not in the vocabulary, the offsets do not cover the ids, or a row is longer than
    /// the model's positions.
    pub fn forward(&self, tokens: &Tokens<'_>, mode: Mode) -> candle_core::Result<Tensor> {
        let x = self.backbone.transformer.forward(tokens, mode.layer(TRANSFORMER))?;
        let x = dropout(&x, self.dropout, mode.layer(DROPOUT))?;
        self.output.forward(&x, mode)
    }

    /// The `n_best` best spans of each row that lie within the tokens for which `is_context` holds and
    /// have at most `max_tokens` of them.
    ///
    /// # Shapes
    /// - logits: `(n_tokens, 2)`; is_context: `n_tokens`
    ///
    /// # Errors
    /// If the lengths differ or a device copy fails.
    pub fn decode(
        &self,
        logits: &Tensor,
        offsets: &Offsets,
        is_context: &[bool],
        n_best: usize,
        max_tokens: usize,
    ) -> candle_core::Result<Vec<Answers>> {
        let rows = logits.to_dtype(DType::F32)?.to_vec2::<f32>()?;
        if rows.len() != offsets.n_tokens() || rows.len() != is_context.len() {
            candle_core::bail!(
                "question answerer: logits of {} tokens, offsets of {}, context marks of {}",
                rows.len(),
                offsets.n_tokens(),
                is_context.len()
            );
        }
        let answers = offsets.iter().map(|tokens| {
            best_spans(&rows[tokens.clone()], &is_context[tokens], n_best, max_tokens)
        });
        Ok(answers.collect())
    }
}

fn best_spans(
    logits: &[Vec<f32>],
    is_context: &[bool],
    n_best: usize,
    max_tokens: usize,
) -> Answers {
    // A best span begins at one of the best begins and ends at one of the best ends only if no better
    // pairs stand in the way, which they do when a begin lies behind an end: so all pairs are looked at.
    let mut spans: Vec<AnswerSpan> = Vec::new();
    let worst = |spans: &[AnswerSpan]| spans.last().map_or(f32::NEG_INFINITY, |span| span.logit);
    for start in (0..logits.len()).filter(|&i| is_context[i]) {
        let ends = (start..logits.len()).take(max_tokens).take_while(|&i| is_context[i]);
        for end in ends {
            let logit = logits[start][0] + logits[end][1];
            if spans.len() == n_best && logit <= worst(&spans) {
                continue;
            }
            let at = spans.partition_point(|span| span.logit >= logit);
            spans.insert(at, AnswerSpan { start, end, logit });
            spans.truncate(n_best);
        }
    }
    let no_answer = logits.first().map_or(f32::NEG_INFINITY, |first| first[0] + first[1]);
    Answers { spans, no_answer }
}

#[cfg(test)]
mod tests;
