//! Families of pretrained transformers: what their `config.json` means and what their parameters
//! are called.
//!
//! A family is one file that turns a config into a [`Blueprint`]: sizes for the shared
//! [`Transformer`](crate::Transformer), names of the parameters, and what the heads look like. A new
//! one is a file and a line in `FAMILIES`.

use sconce_ops::Activation;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::transformer::{Pick, TransformerConfig, TransformerNames};

mod bert;
mod distilbert;
mod gpt2;
mod llama;
mod roberta;
mod rope;

/// How a family is built, made of its config.
#[derive(Debug, Clone)]
pub struct Blueprint {
    /// What the names of its classes begin with, such as `Bert`.
    pub class: &'static str,
    /// Scope of the transformer in a model with a head, such as `bert`.
    pub prefix: &'static str,
    /// Sizes and kinds.
    pub transformer: TransformerConfig,
    /// Names of the transformer's parameters.
    pub names: TransformerNames,
    /// Scope of the map of `[CLS]` that the bare model has as well, if there is one.
    pub pooler: Option<&'static str>,
    /// What the heads look like.
    pub heads: Heads,
    /// Whether a language model's output layer is the table of the token ids.
    pub is_tied: bool,
    /// Keys of the config that are probabilities of dropout inside of the transformer.
    pub dropout_keys: &'static [&'static str],
    /// Ends of tensor names in old files that are buffers: left out without a word.
    pub ignored: &'static [&'static str],
}

/// What the heads of a family look like.
#[derive(Debug, Clone)]
pub struct Heads {
    /// Labels of a sentence.
    pub sequence: SequencePlan,
    /// Scope of the map to labels of tokens, and the dropout before it.
    pub tokens: (&'static str, f64),
    /// Scope of the map to begins and ends of answers, and the dropout before it.
    pub answers: (&'static str, f64),
    /// Masked language model, if the family has one.
    pub masked_lm: Option<MaskedLmPlan>,
    /// Scope of the output layer of a causal language model, if the family has one, and the end of
    /// that class's name.
    pub causal_lm: Option<(&'static str, &'static str)>,
}

/// The head that gives a sentence labels.
#[derive(Debug, Clone)]
pub struct SequencePlan {
    /// The token that stands for the sentence.
    pub pick: Pick,
    /// Dropout before the dense layer.
    pub dropout_before: f64,
    /// A layer of the same width, if there is one.
    pub dense: Option<DensePlan>,
    /// Dropout before the output.
    pub dropout: f64,
    /// Scope of the output layer.
    pub output: &'static str,
    /// Whether that has a bias.
    pub has_bias: bool,
}

impl SequencePlan {
    /// The head of decoders: the last token, which has seen all others, and one map without bias.
    fn last_token() -> Self {
        Self {
            pick: Pick::Last,
            dropout_before: 0.,
            dense: None,
            dropout: 0.,
            output: "score",
            has_bias: false,
        }
    }
}

/// A layer between the encoder and the labels.
#[derive(Debug, Clone, Copy)]
pub struct DensePlan {
    /// Its scope.
    pub name: &'static str,
    /// Whether that is below the transformer's prefix.
    pub is_in_prefix: bool,
    /// What follows it.
    pub activation: Activation,
}

/// The head of a masked language model: a layer, a norm, and the output.
#[derive(Debug, Clone, Copy)]
pub struct MaskedLmPlan {
    /// Scope of the layer.
    pub dense: &'static str,
    /// Scope of the norm.
    pub norm: &'static str,
    /// Scope of the output layer, whose weight is the table of the token ids if that is tied.
    pub decoder: &'static str,
    /// Name of its bias, where that is not in its scope.
    pub bias: &'static str,
    /// What follows the layer.
    pub activation: Activation,
}

impl Heads {
    /// Scopes of the layers that give labels.
    pub(crate) fn outputs(&self) -> [&'static str; 2] {
        [self.sequence.output, self.tokens.0]
    }
}

/// Turns the keys of a config into a blueprint, or says what is wrong with them.
type Build = fn(&'static str, &Map<String, Value>) -> Result<Blueprint, String>;

/// Every family by its `model_type`, with the begin of its class names.
const FAMILIES: &[(&str, &str, Build)] = &[
    ("bert", "Bert", bert::blueprint),
    ("roberta", "Roberta", roberta::blueprint),
    ("xlm-roberta", "XLMRoberta", roberta::blueprint),
    ("camembert", "Camembert", roberta::blueprint),
    ("distilbert", "DistilBert", distilbert::blueprint),
    ("gpt2", "GPT2", gpt2::blueprint),
    ("llama", "Llama", llama::llama),
    ("mistral", "Mistral", llama::mistral),
    ("qwen2", "Qwen2", llama::qwen2),
    ("qwen3", "Qwen3", llama::qwen3),
];

impl Blueprint {
    /// Every `model_type` there is.
    pub fn model_types() -> impl Iterator<Item = &'static str> {
        FAMILIES.iter().map(|(model_type, ..)| *model_type)
    }

    /// The blueprint of a config.
    ///
    /// # Errors
    /// If `model_type` is unknown, a key is missing or of another kind, or a value is not
    /// implemented: what this crate cannot do is never replaced by something else.
    pub fn of(config: &Map<String, Value>) -> Result<Self, String> {
        let model_type = config.get("model_type").and_then(Value::as_str).unwrap_or_default();
        let family = FAMILIES.iter().find(|(name, ..)| *name == model_type);
        let Some((_, class, build)) = family else {
            let known: Vec<&str> = Self::model_types().collect();
            return Err(format!(
                "model_type {model_type:?} is none of those known here: {}",
                known.join(", ")
            ));
        };
        let blueprint = build(class, config)?;
        blueprint.check()?;
        Ok(blueprint)
    }

    fn check(&self) -> Result<(), String> {
        let config = &self.transformer;
        let sizes = [
            ("vocabulary", config.vocab_size),
            ("hidden size", config.hidden_size),
            ("number of heads", config.n_heads),
            ("number of key and value heads", config.n_kv_heads),
            ("head size", config.head_dim),
            ("intermediate size", config.intermediate_size),
            ("number of positions", config.positions.max()),
        ];
        if let Some((name, _)) = sizes.into_iter().find(|(_, size)| *size == 0) {
            return Err(format!("the {name} is 0"));
        }
        if !config.n_heads.is_multiple_of(config.n_kv_heads) {
            return Err(format!(
                "{} heads cannot share {} key and value heads",
                config.n_heads, config.n_kv_heads
            ));
        }
        let dropouts = [
            config.attention_output_dropout,
            config.feed_forward_dropout,
            config.embedding_dropout,
            config.attention_dropout,
            self.heads.sequence.dropout,
            self.heads.sequence.dropout_before,
            self.heads.tokens.1,
            self.heads.answers.1,
        ];
        match dropouts.into_iter().find(|p| !(0. ..1.).contains(p)) {
            Some(p) => Err(format!("a dropout probability must be from 0 to below 1, got {p}")),
            None => Ok(()),
        }
    }
}

/// The keys of a config as a family's own type.
fn read<T: DeserializeOwned>(config: &Map<String, Value>) -> Result<T, String> {
    // A key that is null stands for one that is absent.
    let given = config.iter().filter(|(_, value)| !value.is_null());
    let given: Map<String, Value> =
        given.map(|(key, value)| (key.clone(), value.clone())).collect();
    serde_json::from_value(Value::Object(given)).map_err(|error| error.to_string())
}

/// The function of this name.
fn activation(key: &str, name: &str) -> Result<Activation, String> {
    Activation::from_name(name).ok_or_else(|| {
        let known: Vec<&str> = Activation::names().collect();
        format!("{key} {name:?} is not implemented; known are {}", known.join(", "))
    })
}

/// Size of a head, if the width divides.
fn head_dim(hidden_size: usize, n_heads: usize) -> Result<usize, String> {
    if n_heads == 0 || !hidden_size.is_multiple_of(n_heads) {
        return Err(format!("hidden size {hidden_size} does not divide into {n_heads} heads"));
    }
    Ok(hidden_size / n_heads)
}

/// Fails if a switch that changes what is computed is set to what is not implemented.
fn expect<T: PartialEq + std::fmt::Debug>(key: &str, found: &T, known: &T) -> Result<(), String> {
    match found == known {
        true => Ok(()),
        false => Err(format!("{key} {found:?} is not implemented, only {known:?} is")),
    }
}

#[cfg(test)]
mod tests;
