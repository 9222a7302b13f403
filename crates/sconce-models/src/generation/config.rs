//! `generation_config.json`: how a text is continued, with Hugging Face's field names and defaults.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

mod check;
mod file;
mod json;

/// The config's file name in a model folder.
pub const GENERATION_CONFIG_FILE: &str = "generation_config.json";

/// How texts are continued. Names, defaults and meaning are those of transformers' class of the same
/// name; `presence_penalty` and `seed` are not in it.
///
/// Greedy by default; `do_sample` draws, `num_beams` above 1 searches. What contradicts itself is an
/// error of [`check`](Self::check), where transformers warns and goes on.
///
/// ```
/// use sconce_models::GenerationConfig;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let json = r#"{"do_sample": true, "top_p": 0.9, "eos_token_id": [2, 5], "top_k": null}"#;
/// let config: GenerationConfig = serde_json::from_str(json)?;
/// assert_eq!((config.top_p, config.top_k, config.temperature), (0.9, 50, 1.));
/// config.check()?;
/// let beams = GenerationConfig { num_beams: 4, ..config };
/// let error = beams.check().unwrap_err().to_string();
/// assert!(error.contains("num_beams 4 with do_sample"));
/// beams.without_sampling().check()?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Map<String, Value>", into = "Map<String, Value>")]
pub struct GenerationConfig {
    /// New tokens at most. Goes before `max_length`; without either 20.
    pub max_new_tokens: Option<usize>,
    /// Tokens at most, the prompt's included.
    pub max_length: Option<usize>,
    /// New tokens before the end of the text may come. Goes before `min_length`.
    pub min_new_tokens: Option<usize>,
    /// Tokens, the prompt's included, before the end of the text may come.
    pub min_length: usize,
    /// Draw tokens by their probabilities instead of taking the best.
    pub do_sample: bool,
    /// Sampling: what the scores are divided by, above 0.
    pub temperature: f64,
    /// Sampling: how many of the best tokens are drawn from; 0 is all. Equals of the last stay.
    pub top_k: usize,
    /// Sampling: the probability of the nucleus that is drawn from, in `[0, 1]`.
    pub top_p: f64,
    /// Sampling: tokens less probable than this part of the best one's are not drawn.
    pub min_p: Option<f64>,
    /// What the scores of tokens that the text has are divided by (multiplied where negative).
    pub repetition_penalty: f64,
    /// What is taken off the scores of tokens that were generated already (OpenAI's; the prompt does
    /// not count).
    pub presence_penalty: f64,
    /// Groups of so many tokens occur once in a text, its prompt included; 0 does not care.
    pub no_repeat_ngram_size: usize,
    /// Lists of tokens that never occur, one after the other.
    pub bad_words_ids: Vec<Vec<u32>>,
    /// Continuations that beam search goes on with; 1 is no beam search.
    pub num_beams: usize,
    /// Continuations of each prompt.
    pub num_return_sequences: usize,
    /// Beams: the sum of the log-probabilities is divided by the length to the power of this.
    pub length_penalty: f64,
    /// Beams: when the search ends.
    pub early_stopping: EarlyStopping,
    /// Tokens that end a text.
    pub eos_token_id: Vec<u32>,
    /// Token that others fill batches with; nothing here does.
    pub pad_token_id: Option<u32>,
    /// Texts that end a continuation, which loses them.
    pub stop_strings: Vec<String>,
    /// Sampling: what all draws follow from.
    pub seed: u64,
    /// Fields of the file that nothing here reads (`bos_token_id`, `transformers_version`), kept to
    /// be written again.
    pub other: Map<String, Value>,
}

impl Default for GenerationConfig {
    fn default() -> Self {
        Self {
            max_new_tokens: None,
            max_length: None,
            min_new_tokens: None,
            min_length: 0,
            do_sample: false,
            temperature: 1.,
            top_k: 50,
            top_p: 1.,
            min_p: None,
            repetition_penalty: 1.,
            presence_penalty: 0.,
            no_repeat_ngram_size: 0,
            bad_words_ids: Vec::new(),
            num_beams: 1,
            num_return_sequences: 1,
            length_penalty: 1.,
            early_stopping: EarlyStopping::Heuristic,
            eos_token_id: Vec::new(),
            pad_token_id: None,
            stop_strings: Vec::new(),
            seed: 0,
            other: Map::new(),
        }
    }
}

impl GenerationConfig {
    /// New tokens where neither `max_new_tokens` nor `max_length` says how many.
    pub const DEFAULT_NEW_TOKENS: usize = 20;

    /// The same without what sampling alone reads: greedy, or beams if there are several.
    #[must_use]
    pub fn without_sampling(self) -> Self {
        let Self { do_sample, temperature, top_k, top_p, min_p, .. } = Self::default();
        Self { do_sample, temperature, top_k, top_p, min_p, ..self }
    }

    /// The same without what beam search alone reads.
    #[must_use]
    pub fn without_beams(self) -> Self {
        let Self { num_beams, length_penalty, early_stopping, .. } = Self::default();
        Self { num_beams, length_penalty, early_stopping, ..self }
    }
}

/// When a beam search ends: what `early_stopping` is in JSON.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum EarlyStopping {
    /// `true`: as soon as there are `num_beams` finished continuations.
    AtOnce,
    /// `false`: when the best unfinished one would not be among them if it ended at its length.
    #[default]
    Heuristic,
    /// `"never"`: when it could not be among them at any length.
    Never,
}

#[cfg(test)]
mod tests;
