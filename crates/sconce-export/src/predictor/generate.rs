//! Texts continued.

use std::ops::ControlFlow;

use sconce_models::{
    FinishReason, Generated, GenerationConfig, Generator, StreamItem, TextError, TokenLogProb,
    TokenText,
};
use sconce_text_pipeline::{DecodeStream, MaxLength, Tokenizer};
use serde::Serialize;
use serde_json::Value;

use super::{Predicted, Predictor};
use crate::error::{Error, Result};

/// Prompts that are continued together.
const TOGETHER: usize = 16;

/// How texts are continued, and what is said of it.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct GenerateOptions {
    /// How tokens are chosen, and when a text ends.
    pub config: GenerationConfig,
    /// Give the log-probability of each token, and of so many others in its place.
    pub log_probs: Option<usize>,
}

/// A continuation of a prompt.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Generation {
    /// Which prompt it continues.
    pub prompt: usize,
    /// The new text: put behind the prompt, it is the whole.
    pub text: String,
    /// Why it ended: `eos`, `length`, `stop`, `positions`, `exhausted` or `cancelled`.
    pub finish: &'static str,
    /// The new tokens; what ended the text is the last of them.
    pub tokens: Vec<GeneratedToken>,
    /// Beam search: the sum of the log-probabilities over the length penalty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

/// A token of a continuation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GeneratedToken {
    /// Its id.
    pub id: u32,
    /// What it is called in the vocabulary.
    pub token: String,
    /// The log-probability that the model gives it, if asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_prob: Option<f32>,
    /// The most probable tokens in its place, the best first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub alternatives: Vec<AlternativeToken>,
}

/// A token that could have come.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AlternativeToken {
    /// Its id.
    pub id: u32,
    /// What it is called in the vocabulary.
    pub token: String,
    /// Its log-probability.
    pub log_prob: f32,
}

impl Predictor {
    /// How the model's folder says that texts are continued: `generation_config.json`, with the end
    /// token of `config.json` if it names none.
    ///
    /// # Errors
    /// If a file is unreadable or asks for what is not implemented.
    pub fn generation_config(&self) -> Result<GenerationConfig> {
        let mut config = GenerationConfig::load(&self.bundle.folder)?;
        let of_model = self.model_tokens("eos_token_id");
        if config.eos_token_id.is_empty() {
            config.eos_token_id = of_model;
        }
        Ok(config)
    }

    /// Continues each prompt: `num_return_sequences` texts of the first, then of the second, and so
    /// on. An empty prompt begins with the model's first token.
    ///
    /// # Errors
    /// If the model is no causal language model, the settings contradict each other, a prompt cannot
    /// be tokenized or is too long to be taken, or the model fails.
    pub fn generate(
        &self,
        prompts: &[&str],
        options: &GenerateOptions,
    ) -> Result<Predicted<Generation>> {
        let model = self.bundle.model.causal_lm()?;
        let (ids, n_truncated) = self.prompts(prompts, &options.config)?;
        let _untracked = self.bundle.store.no_grad();
        let mut rows = Vec::new();
        for (chunk, ids) in ids.chunks(TOGETHER).enumerate() {
            let first = chunk * TOGETHER;
            let generator = self.generator(model, options)?.first_prompt(first as u64);
            let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
            for generated in generator.generate(&ids)? {
                rows.push(self.generation(generated, first));
            }
        }
        Ok(Predicted { rows, n_truncated })
    }

    /// Continues a prompt and hands out its text as it comes; `on_text` may break it off.
    ///
    /// # Errors
    /// As [`generate`](Self::generate), or if beams are searched or several texts asked for.
    pub fn generate_streamed(
        &self,
        prompt: &str,
        options: &GenerateOptions,
        mut on_text: impl FnMut(&str) -> ControlFlow<()>,
    ) -> Result<Predicted<Generation>> {
        let model = self.bundle.model.causal_lm()?;
        let (ids, n_truncated) = self.prompts(&[prompt], &options.config)?;
        let _untracked = self.bundle.store.no_grad();
        let generator = self.generator(model, options)?;
        let ids: Vec<&[u32]> = ids.iter().map(Vec::as_slice).collect();
        let on_token = |item: &StreamItem<'_>| match item.text {
            "" => ControlFlow::Continue(()),
            text => on_text(text),
        };
        let generated = generator.stream(&ids, on_token)?;
        let rows = generated.into_iter().map(|generated| self.generation(generated, 0)).collect();
        Ok(Predicted { rows, n_truncated })
    }

    fn generator<'a>(
        &'a self,
        model: &'a sconce_models::CausalLanguageModel,
        options: &GenerateOptions,
    ) -> Result<Generator<'a>> {
        let tokenizer = &*self.bundle.tokenizer;
        let generator = Generator::new(model, options.config.clone())?
            .text_after(|prompt| StreamedText::after(tokenizer, prompt));
        Ok(match options.log_probs {
            Some(n_alternatives) => generator.log_probs(n_alternatives),
            None => generator,
        })
    }

    /// The tokens of each prompt, its last ones if it is too long; and how many were cut.
    fn prompts(
        &self,
        prompts: &[&str],
        config: &GenerationConfig,
    ) -> Result<(Vec<Vec<u32>>, usize)> {
        let mut n_truncated = 0;
        let mut all = Vec::with_capacity(prompts.len());
        for (index, prompt) in prompts.iter().enumerate() {
            let mut ids = Vec::new();
            self.bundle.tokenizer.encode_ids(prompt, &mut ids)?;
            if ids.is_empty() {
                ids.push(self.first_token(config)?);
            }
            match self.limit {
                // A prompt that fills all positions leaves none for its continuation.
                MaxLength::Truncate(max_length) if ids.len() >= max_length => {
                    let n_new =
                        config.max_new_tokens.unwrap_or(GenerationConfig::DEFAULT_NEW_TOKENS);
                    let n_kept = max_length - n_new.min(max_length / 2);
                    ids.drain(..ids.len() - n_kept);
                    n_truncated += 1;
                }
                MaxLength::Refuse(max_length) if ids.len() >= max_length => {
                    return Err(Error::TooLong { index, n_tokens: ids.len(), max_length });
                }
                _ => {}
            }
            all.push(ids);
        }
        Ok((all, n_truncated))
    }

    /// What an empty prompt begins with.
    fn first_token(&self, config: &GenerationConfig) -> Result<u32> {
        let given = config.other.get("bos_token_id").and_then(token);
        let of_model = || self.model_tokens("bos_token_id").first().copied();
        let of_tokenizer = || self.bundle.tokenizer.special_tokens().bos;
        let found = given.or_else(of_model).or_else(of_tokenizer);
        found.ok_or(Error::NoToken { token: "bos", task: "a text without a prompt" })
    }

    /// Tokens that `config.json` names.
    fn model_tokens(&self, key: &str) -> Vec<u32> {
        let sconce_models::ModelConfig::Pretrained(config) = self.bundle.model.config() else {
            return Vec::new();
        };
        match config.json().get(key) {
            Some(Value::Array(ids)) => ids.iter().filter_map(token).collect(),
            Some(id) => token(id).into_iter().collect(),
            None => Vec::new(),
        }
    }

    fn generation(&self, generated: Generated, first: usize) -> Generation {
        let Generated { prompt, ids, text, finish, log_probs, score } = generated;
        let name = |id: u32| self.bundle.tokenizer.token(id).unwrap_or_default();
        let alternative =
            |(id, log_prob): (u32, f32)| AlternativeToken { id, token: name(id), log_prob };
        let mut log_probs = log_probs.into_iter();
        let tokens = ids.into_iter().map(|id| {
            let (log_prob, others) = match log_probs.next() {
                Some(TokenLogProb { log_prob, alternatives }) => (Some(log_prob), alternatives),
                None => (None, Vec::new()),
            };
            let alternatives = others.into_iter().map(alternative).collect();
            GeneratedToken { id, token: name(id), log_prob, alternatives }
        });
        Generation {
            prompt: first + prompt,
            text: text.unwrap_or_default(),
            finish: reason(finish),
            tokens: tokens.collect(),
            score,
        }
    }
}

fn token(value: &Value) -> Option<u32> {
    value.as_u64().and_then(|id| u32::try_from(id).ok())
}

fn reason(finish: FinishReason) -> &'static str {
    match finish {
        FinishReason::Eos => "eos",
        FinishReason::Length => "length",
        FinishReason::StopString { .. } => "stop",
        FinishReason::Positions => "positions",
        FinishReason::Exhausted => "exhausted",
        FinishReason::Cancelled => "cancelled",
    }
}

/// The text of new tokens behind those of a prompt.
struct StreamedText<'a> {
    stream: DecodeStream<'a>,
    /// Why the prompt could not be decoded.
    failure: Option<TextError>,
}

impl<'a> StreamedText<'a> {
    fn after(tokenizer: &'a dyn Tokenizer, prompt: &[u32]) -> Self {
        let mut stream = DecodeStream::new(tokenizer, true);
        // Whether a word begins with a space depends on what stands before it.
        let pushed = prompt.iter().try_for_each(|&id| stream.push(id).map(drop));
        Self { stream, failure: pushed.err().map(TextError::from) }
    }
}

impl TokenText for StreamedText<'_> {
    fn push(&mut self, id: u32) -> Result<String, TextError> {
        match self.failure.take() {
            Some(failure) => Err(failure),
            None => Ok(self.stream.push(id)?),
        }
    }

    fn finish(self: Box<Self>) -> Result<String, TextError> {
        Ok(self.stream.finish()?)
    }
}

#[cfg(test)]
mod tests;
