//! How texts are continued.

use anyhow::Result;
use clap::Args;
use sconce_models::{EarlyStopping, GenerationConfig};

use super::values::{at_least_one, not_negative, positive};
use crate::failure::usage;

/// New tokens where neither an option nor the model's folder says how many.
const NEW_TOKENS: usize = 128;

/// How texts are continued. What is left open is what the model's `generation_config.json` says.
#[derive(Debug, Clone, Default, Args)]
#[command(
    next_help_heading = "Generation (left out: as the model's generation_config.json has it)"
)]
pub struct GenerationOptions {
    /// New tokens at most [default: the model's setting, or 128]
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub max_tokens: Option<u64>,
    /// New tokens before a text may end
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub min_tokens: Option<u64>,
    /// Draw tokens instead of taking the best; on with any of the next four options
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub sample: Option<bool>,
    /// Divide the scores by this before drawing; 0: take the best token
    #[arg(long, value_name = "T", value_parser = not_negative)]
    pub temperature: Option<f64>,
    /// Draw from so many of the best tokens; 0: from all
    #[arg(long, value_name = "K")]
    pub top_k: Option<u32>,
    /// Draw from the fewest tokens that have this probability together
    #[arg(long, value_name = "P", value_parser = part)]
    pub top_p: Option<f64>,
    /// Draw no token that is less probable than this part of the best
    #[arg(long, value_name = "P", value_parser = part)]
    pub min_p: Option<f64>,
    /// Search with so many beams
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub beams: Option<u64>,
    /// Beams: divide the score by the length to this power
    #[arg(long, value_name = "X")]
    pub length_penalty: Option<f64>,
    /// Beams: when to end: true (enough are finished), false, or never (none could be better)
    #[arg(long, value_name = "WHEN", value_parser = ["true", "false", "never"])]
    pub early_stopping: Option<String>,
    /// Texts for each prompt
    #[arg(long, value_name = "N", value_parser = at_least_one::<u64>)]
    pub n: Option<u64>,
    /// Divide the scores of tokens that the text has by this
    #[arg(long, value_name = "X", value_parser = positive)]
    pub repetition_penalty: Option<f64>,
    /// Take this off the scores of tokens that were generated already
    #[arg(long, value_name = "X")]
    pub presence_penalty: Option<f64>,
    /// Let no group of so many tokens occur twice
    #[arg(long, value_name = "N")]
    pub no_repeat_ngram_size: Option<u32>,
    /// End at this text and leave it out; may be given several times
    #[arg(long, value_name = "TEXT")]
    pub stop: Vec<String>,
    /// Go on after the token that ends texts
    #[arg(long)]
    pub ignore_eos: bool,
    /// Seed of what is drawn
    #[arg(long, value_name = "N", default_value_t = 42)]
    pub seed: u64,
}

fn part(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(number) if (0. ..=1.).contains(&number) => Ok(number),
        _ => Err("it must be a number from 0 to 1".into()),
    }
}

impl GenerationOptions {
    /// The model's settings with these in their place.
    ///
    /// # Errors
    /// If they contradict each other.
    pub fn over(&self, mut config: GenerationConfig) -> Result<GenerationConfig> {
        let size = |number: Option<u64>| number.map(|number| number as usize);
        config.seed = self.seed;
        if self.max_tokens.is_some() || config.max_length.is_none() {
            let of_model = config.max_new_tokens.unwrap_or(NEW_TOKENS);
            config.max_new_tokens = Some(size(self.max_tokens).unwrap_or(of_model));
        }
        config.min_new_tokens = size(self.min_tokens).or(config.min_new_tokens);
        self.set_search(&mut config)?;
        config.repetition_penalty = self.repetition_penalty.unwrap_or(config.repetition_penalty);
        config.presence_penalty = self.presence_penalty.unwrap_or(config.presence_penalty);
        if let Some(n) = self.no_repeat_ngram_size {
            config.no_repeat_ngram_size = n as usize;
        }
        if !self.stop.is_empty() {
            config.stop_strings.clone_from(&self.stop);
        }
        if self.ignore_eos {
            config.eos_token_id.clear();
            (config.min_new_tokens, config.min_length) = (None, 0);
        }
        config.check().map_err(usage)?;
        Ok(config)
    }

    /// Greedy, drawn, or with beams.
    fn set_search(&self, config: &mut GenerationConfig) -> Result<()> {
        let is_cold = self.temperature == Some(0.);
        let has_beams = self.beams.is_some_and(|beams| beams > 1);
        let wants_drawing = self.top_k.is_some()
            || self.top_p.is_some()
            || self.min_p.is_some()
            || self.temperature.is_some_and(|temperature| temperature > 0.);
        let default = if wants_drawing { true } else { config.do_sample && !has_beams };
        config.do_sample = self.sample.unwrap_or(default && !is_cold);
        if config.do_sample {
            config.temperature = self.temperature.unwrap_or(config.temperature);
            config.top_k = self.top_k.map_or(config.top_k, |k| k as usize);
            config.top_p = self.top_p.unwrap_or(config.top_p);
            config.min_p = self.min_p.or(config.min_p);
        } else {
            let given = [
                ("--top-k", self.top_k.is_some()),
                ("--top-p", self.top_p.is_some()),
                ("--min-p", self.min_p.is_some()),
                ("--temperature", self.temperature.is_some() && !is_cold),
            ];
            if let Some((flag, _)) = given.iter().find(|(_, is_given)| *is_given) {
                let why = if is_cold { "with --temperature 0" } else { "without drawing" };
                return Err(usage(format_args!("{flag} has no effect {why}; remove it")));
            }
            *config = config.clone().without_sampling();
        }
        config.num_beams = self.beams.map_or(config.num_beams, |beams| beams as usize);
        if config.num_beams == 1 {
            *config = config.clone().without_beams();
        }
        config.length_penalty = self.length_penalty.unwrap_or(config.length_penalty);
        match self.early_stopping.as_deref() {
            Some("true") => config.early_stopping = EarlyStopping::AtOnce,
            Some("never") => config.early_stopping = EarlyStopping::Never,
            Some(_) => config.early_stopping = EarlyStopping::Heuristic,
            None => {}
        }
        config.num_return_sequences = self.n.map_or(config.num_return_sequences, |n| n as usize);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
