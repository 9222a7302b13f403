//! The keys of a config that say how fast rotary positions turn: `rope_theta` and `rope_scaling`, or
//! both in `rope_parameters` as transformers 5 writes them.

use sconce_ops::{Rotary, RotaryScaling};
use serde::Deserialize;

/// The keys, old and new.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Rope {
    rope_theta: Option<f64>,
    rope_scaling: Option<Parameters>,
    rope_parameters: Option<Parameters>,
}

/// A kind of scaling with its numbers.
#[derive(Debug, Default, Clone, Deserialize)]
#[serde(default)]
struct Parameters {
    rope_theta: Option<f64>,
    #[serde(alias = "type")]
    rope_type: Option<String>,
    factor: Option<f64>,
    low_freq_factor: Option<f64>,
    high_freq_factor: Option<f64>,
    original_max_position_embeddings: Option<usize>,
    beta_fast: Option<f64>,
    beta_slow: Option<f64>,
    attention_factor: Option<f64>,
    mscale: Option<f64>,
    mscale_all_dim: Option<f64>,
    truncate: Option<bool>,
    partial_rotary_factor: Option<f64>,
}

/// The base of Llama's frequencies.
const THETA: f64 = 10_000.;

impl Rope {
    pub(super) fn rotary(&self, head_dim: usize, max_positions: usize) -> Result<Rotary, String> {
        let given = self.rope_parameters.as_ref().or(self.rope_scaling.as_ref());
        let parameters = given.cloned().unwrap_or_default();
        let theta = parameters.rope_theta.or(self.rope_theta).unwrap_or(THETA);
        if parameters.partial_rotary_factor.is_some_and(|factor| factor != 1.) {
            return Err("partial_rotary_factor other than 1 is not implemented".into());
        }
        let rotary = Rotary::new(head_dim, theta).map_err(|error| error.to_string())?;
        match parameters.scaling(theta, max_positions)? {
            Some(scaling) => rotary.scaled(&scaling).map_err(|error| error.to_string()),
            None => Ok(rotary),
        }
    }
}

impl Parameters {
    fn scaling(&self, theta: f64, max_positions: usize) -> Result<Option<RotaryScaling>, String> {
        let kind = self.rope_type.as_deref().unwrap_or("default");
        let needed = |key: &str, value: Option<f64>| {
            value.ok_or_else(|| format!("rope_scaling of type {kind:?} lacks `{key}`"))
        };
        let original = self.original_max_position_embeddings;
        Ok(Some(match kind {
            "default" => return Ok(None),
            "linear" => RotaryScaling::Linear { factor: needed("factor", self.factor)? },
            "llama3" => RotaryScaling::Llama3 {
                factor: needed("factor", self.factor)?,
                low_frequency_factor: needed("low_freq_factor", self.low_freq_factor)?,
                high_frequency_factor: needed("high_freq_factor", self.high_freq_factor)?,
                original_max_positions: original.unwrap_or(max_positions),
            },
            "yarn" => {
                let special = [self.attention_factor, self.mscale, self.mscale_all_dim];
                if special.iter().any(Option::is_some) || self.truncate == Some(false) {
                    let keys = "attention_factor, mscale, mscale_all_dim, truncate";
                    return Err(format!(
                        "rope_scaling of type \"yarn\" with {keys} is not implemented"
                    ));
                }
                RotaryScaling::Yarn {
                    factor: needed("factor", self.factor)?,
                    beta_fast: self.beta_fast.unwrap_or(32.),
                    beta_slow: self.beta_slow.unwrap_or(1.),
                    original_max_positions: original.unwrap_or(max_positions),
                    theta,
                }
            }
            _ => {
                return Err(format!(
                    "rope_scaling of type {kind:?} is not implemented; known are default, linear, llama3, yarn"
                ));
            }
        }))
    }
}
