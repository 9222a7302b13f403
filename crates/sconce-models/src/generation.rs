//! Continuing texts with a [`CausalLm`]: greedy, drawn or by beam search, token by token over the
//! keys and values of what went before.
//!
//! Prompts of different lengths go together without padding, and a sequence that has ended leaves
//! the batch. With equal settings the tokens are those of Hugging Face's transformers, drawn ones
//! aside: those follow from a seed.

use std::ops::ControlFlow;

use crate::causal_lm::CausalLm;
use crate::error::{Error, Result};

mod beam;
mod config;
mod decoder;
mod log_probs;
mod processors;
mod rows;
mod sampler;
mod score;
#[cfg(test)]
mod tables_lm;
mod text;
mod warpers;

pub use self::config::{EarlyStopping, GENERATION_CONFIG_FILE, GenerationConfig};
pub use self::log_probs::TokenLogProb;
pub use self::score::{TextScore, ToScore, perplexity, score};
pub use self::text::{DecodeText, TextError, TokenText};

/// Continues prompts with a model, as a [`GenerationConfig`] says.
///
/// ```no_run
/// # use std::ops::ControlFlow;
/// use sconce_models::{AnyModel, Generator, GenerationConfig, checkpoint};
/// use sconce_text_pipeline::DecodeStream;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::path::Path::new("gpt2");
/// # let tokenizer = sconce_text_pipeline::load_tokenizer_folder(folder)?;
/// # let loaded = checkpoint::load(folder, &candle_core::Device::Cpu)?;
/// # let AnyModel::CausalLm(model) = &loaded.model else { return Ok(()) };
/// let config = GenerationConfig { max_new_tokens: Some(50), ..GenerationConfig::load(folder)? };
/// let generator =
///     Generator::new(model, config)?.text(|| DecodeStream::new(tokenizer.as_ref(), true));
/// let mut prompt = Vec::new();
/// tokenizer.encode_ids("Once upon a time", &mut prompt)?;
/// let generated = generator.stream(&[&prompt], |item| {
///     // Show `item.text`; `ControlFlow::Break(())` would end it.
///     ControlFlow::Continue(())
/// })?;
/// let text = generated[0].text.as_deref();
/// # Ok(())
/// # }
/// ```
pub struct Generator<'a> {
    model: &'a dyn CausalLm,
    config: GenerationConfig,
    n_alternatives: Option<usize>,
    new_text: Option<NewText<'a>>,
    first_prompt: u64,
}

type NewText<'a> = Box<dyn Fn(&[u32]) -> Box<dyn TokenText + 'a> + 'a>;

/// One continuation of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Generated {
    /// Which prompt it continues.
    pub prompt: usize,
    /// The new tokens; the token that ended the text is the last of them.
    pub ids: Vec<u32>,
    /// Their text, if the generator [makes text](Generator::text): without the token that ended it,
    /// and up to a stop string.
    pub text: Option<String>,
    /// Why it ended.
    pub finish: FinishReason,
    /// One for each new token, if the generator [was asked for them](Generator::log_probs).
    pub log_probs: Vec<TokenLogProb>,
    /// Beam search: the sum of the processed log-probabilities divided by the length penalty.
    pub score: Option<f32>,
}

/// Why a continuation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FinishReason {
    /// A token of `eos_token_id` came.
    Eos,
    /// It has as many tokens as `max_new_tokens` or `max_length` allows.
    Length,
    /// The stop string with this index came.
    StopString {
        /// Its index in `stop_strings`.
        index: usize,
    },
    /// Prompt and continuation fill the model's positions.
    Positions,
    /// Every next token was banned.
    Exhausted,
    /// The caller broke it off.
    Cancelled,
}

/// What a caller hears of each token as it comes.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StreamItem<'a> {
    /// Index of the continuation among those that [`Generator::stream`] will return.
    pub sequence: usize,
    /// Which prompt it continues.
    pub prompt: usize,
    /// The token; `None` where a sequence ends without another one.
    pub id: Option<u32>,
    /// Text that became certain with it, possibly none: bytes of an unfinished character, and what
    /// may become a stop string, are held back.
    pub text: &'a str,
    /// Its log-probability, if the generator was asked for them.
    pub log_prob: Option<&'a TokenLogProb>,
    /// Why the sequence ends with it, if it does.
    pub finish: Option<FinishReason>,
}

/// What hears of each token; `Break` ends the sequence that the item belongs to.
type OnToken<'f> = &'f mut dyn FnMut(&StreamItem<'_>) -> ControlFlow<()>;

impl<'a> Generator<'a> {
    /// A generator of tokens.
    ///
    /// # Errors
    /// If the config contradicts itself or the model's vocabulary.
    pub fn new(model: &'a dyn CausalLm, config: GenerationConfig) -> Result<Self> {
        config.check_for(model.vocab_size())?;
        Ok(Self { model, config, n_alternatives: None, new_text: None, first_prompt: 0 })
    }

    /// Makes text as well: `new_text` makes the decoder of one sequence. Stop strings need it.
    #[must_use]
    pub fn text<T: TokenText + 'a>(self, new_text: impl Fn() -> T + 'a) -> Self {
        self.text_after(move |_| new_text())
    }

    /// [`text`](Self::text) of a decoder that has to know the prompt's tokens: how a text goes on may
    /// depend on what it begins with, if only by a space.
    #[must_use]
    pub fn text_after<T: TokenText + 'a>(mut self, new_text: impl Fn(&[u32]) -> T + 'a) -> Self {
        self.new_text = Some(Box::new(move |prompt| Box::new(new_text(prompt))));
        self
    }

    /// Gives the log-probability of each token, and the `n_alternatives` most probable tokens in
    /// its place: those of the model, before penalties and temperature.
    #[must_use]
    pub fn log_probs(mut self, n_alternatives: usize) -> Self {
        self.n_alternatives = Some(n_alternatives);
        self
    }

    /// Numbers the prompts from here on instead of 0: what is drawn for a prompt follows from the
    /// seed and its number, so a long list may be given in parts.
    #[must_use]
    pub fn first_prompt(mut self, number: u64) -> Self {
        self.first_prompt = number;
        self
    }

    /// The settings.
    pub fn config(&self) -> &GenerationConfig {
        &self.config
    }

    /// Continues all prompts together: `num_return_sequences` continuations of the first, then of
    /// the second, and so on, the best first where beams are searched.
    ///
    /// # Errors
    /// If a prompt is empty, longer than the model's positions, or leaves no room for a token under
    /// `max_length`; if stop strings are set and the generator makes no text; if the model fails or
    /// its logits are not numbers.
    pub fn generate(&self, prompts: &[&[u32]]) -> Result<Vec<Generated>> {
        let rooms = self.rooms(prompts)?;
        if self.config.num_beams > 1 {
            return beam::search(self, prompts, &rooms);
        }
        decoder::decode(self, prompts, &rooms, &mut |_| ControlFlow::Continue(()))
    }

    /// [`generate`](Self::generate), and `on_token` hears of each token as it comes. Its `Break` ends
    /// the sequence of that token; the others go on.
    ///
    /// # Errors
    /// As [`generate`](Self::generate), or if `num_beams` is above 1: a beam's tokens may change
    /// until the end.
    pub fn stream(
        &self,
        prompts: &[&[u32]],
        mut on_token: impl FnMut(&StreamItem<'_>) -> ControlFlow<()>,
    ) -> Result<Vec<Generated>> {
        if self.config.num_beams > 1 {
            let message = format!("{} cannot be streamed; set 1", self.config.num_beams);
            return Err(Error::Generation { field: "num_beams", message });
        }
        decoder::decode(self, prompts, &self.rooms(prompts)?, &mut on_token)
    }

    /// Checks the prompts; how much room each has.
    fn rooms(&self, prompts: &[&[u32]]) -> Result<Vec<Room>> {
        if self.new_text.is_none() && !self.config.stop_strings.is_empty() {
            let message = "stop strings need a generator that makes text (Generator::text)".into();
            return Err(Error::Generation { field: "stop_strings", message });
        }
        if self.config.num_beams > 1 && self.n_alternatives.is_some_and(|n| n > 0) {
            let message = "alternatives of tokens are not kept by beam search; ask for 0".into();
            return Err(Error::Generation { field: "num_beams", message });
        }
        prompts.iter().enumerate().map(|(index, prompt)| self.room(index, prompt)).collect()
    }

    fn room(&self, index: usize, prompt: &[u32]) -> Result<Room> {
        let n_prompt = prompt.len();
        let fail = |message: String| Err(Error::Prompt { index, message });
        if n_prompt == 0 {
            return fail("has no tokens; begin with the model's bos token".into());
        }
        let wanted = match (self.config.max_new_tokens, self.config.max_length) {
            (Some(new), _) => new,
            (None, None) => GenerationConfig::DEFAULT_NEW_TOKENS,
            (None, Some(length)) if length > n_prompt => length - n_prompt,
            (None, Some(length)) => {
                return fail(format!(
                    "{n_prompt} tokens leave no room in max_length {length}; set max_new_tokens"
                ));
            }
        };
        let positions = self.model.max_positions().unwrap_or(usize::MAX);
        let Some(free) = positions.checked_sub(n_prompt) else {
            return fail(format!(
                "{n_prompt} tokens are more than the model's {positions} positions; cut it"
            ));
        };
        let reason = if wanted <= free { FinishReason::Length } else { FinishReason::Positions };
        Ok(Room { n_prompt, n_new: wanted.min(free), reason })
    }

    fn new_text(&self, prompt: &[u32]) -> Option<text::Text<'a>> {
        let new_text = self.new_text.as_ref()?;
        Some(text::Text::new(new_text(prompt), &self.config.stop_strings))
    }
}

impl std::fmt::Debug for Generator<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Generator").field("config", &self.config).finish_non_exhaustive()
    }
}

/// How far a prompt may be continued.
#[derive(Debug, Clone, Copy)]
struct Room {
    n_prompt: usize,
    /// New tokens at most.
    n_new: usize,
    /// What ends it then.
    reason: FinishReason,
}

/// Fails if a row of logits holds something that is no number.
fn expect_numbers(row: &[f32], prompt: usize, position: usize) -> Result<()> {
    if rows::has_nan(row) { Err(Error::NotANumber { index: prompt, position }) } else { Ok(()) }
}

#[cfg(test)]
mod tests;
