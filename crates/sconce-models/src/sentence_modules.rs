//! What sentence-transformers keeps beside a transformer: `modules.json` and a folder for each step
//! from the vectors of the tokens to one of the sentence (Reimers and Gurevych, 2019,
//! arXiv:1908.10084).

use std::fs;
use std::path::Path;

use sconce_ops::Activation;
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};

mod read;

/// The list of steps.
pub(crate) const MODULES_FILE: &str = "modules.json";
const LENGTH_FILE: &str = "sentence_bert_config.json";
pub(crate) const WEIGHTS_FILE: &str = "model.safetensors";
const CONFIG_FILE: &str = "config.json";

/// The steps from the vectors of the tokens to one of the sentence.
#[derive(Debug, Clone, PartialEq)]
pub struct SentenceModules {
    /// How the tokens are pooled; several are put side by side.
    pub pooling: Vec<PoolingMode>,
    /// A layer after it.
    pub dense: Option<DenseModule>,
    /// Whether the vectors are made of length 1 at the end.
    pub normalize: bool,
    /// Tokens of a text that are kept, where that is said.
    pub max_seq_length: Option<usize>,
}

/// How the tokens of a sentence become one vector.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolingMode {
    /// The first token.
    Cls,
    /// The largest value of each column.
    Max,
    /// The mean.
    Mean,
    /// The sum over the root of the number of tokens.
    MeanSqrtLength,
    /// The mean with the weights 1, 2, 3, ... (Muennighoff, 2022, arXiv:2202.08904).
    WeightedMean,
    /// The last token.
    Last,
}

/// A layer after pooling.
#[derive(Debug, Clone, PartialEq)]
pub struct DenseModule {
    /// Its folder, which is its scope in the store.
    pub folder: String,
    /// Size of what comes out.
    pub out_features: usize,
    /// Whether it has a bias.
    pub bias: bool,
    /// What follows it.
    pub activation: Option<Activation>,
}

impl Default for SentenceModules {
    /// The mean of the tokens, of length 1.
    fn default() -> Self {
        let pooling = vec![PoolingMode::Mean];
        Self { pooling, dense: None, normalize: true, max_seq_length: None }
    }
}

impl PoolingMode {
    /// Every mode, in the order in which sentence-transformers puts them side by side.
    pub const ALL: [Self; 6] =
        [Self::Cls, Self::Max, Self::Mean, Self::MeanSqrtLength, Self::WeightedMean, Self::Last];

    /// The name that sentence-transformers gives it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Cls => "cls",
            Self::Max => "max",
            Self::Mean => "mean",
            Self::MeanSqrtLength => "mean_sqrt_len_tokens",
            Self::WeightedMean => "weightedmean",
            Self::Last => "lasttoken",
        }
    }

    /// The mode of this name; `last` stands for `lasttoken`.
    pub fn from_name(name: &str) -> Option<Self> {
        let name = if name == "last" { "lasttoken" } else { name };
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }

    /// The key that switches it on in older files.
    fn switch(self) -> &'static str {
        match self {
            Self::Cls => "pooling_mode_cls_token",
            Self::Max => "pooling_mode_max_tokens",
            Self::Mean => "pooling_mode_mean_tokens",
            Self::MeanSqrtLength => "pooling_mode_mean_sqrt_len_tokens",
            Self::WeightedMean => "pooling_mode_weightedmean_tokens",
            Self::Last => "pooling_mode_lasttoken",
        }
    }
}

impl SentenceModules {
    /// Size of a sentence's vector, over a transformer of this width.
    pub fn output_dim(&self, hidden_size: usize) -> usize {
        let pooled = self.pooling.len() * hidden_size;
        self.dense.as_ref().map_or(pooled, |dense| dense.out_features)
    }

    /// Writes all files but the weights, and gives their names.
    pub(crate) fn save(&self, folder: &Path, hidden_size: usize) -> Result<Vec<String>> {
        let mut written = Vec::new();
        let mut write = |name: String, value: &Value| {
            let path = folder.join(&name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent).map_err(|source| Error::file(parent, source))?;
            }
            fs::write(&path, format!("{value:#}\n"))
                .map_err(|source| Error::file(&path, source))?;
            written.push(name);
            Ok::<_, Error>(())
        };
        let mut modules = vec![step(0, "", "Transformer"), step(1, "1_Pooling", "Pooling")];
        let mut pooling = Map::from_iter([("word_embedding_dimension".into(), json!(hidden_size))]);
        for mode in PoolingMode::ALL {
            pooling.insert(mode.switch().into(), json!(self.pooling.contains(&mode)));
        }
        pooling.insert("include_prompt".into(), json!(true));
        write(format!("1_Pooling/{CONFIG_FILE}"), &Value::Object(pooling))?;
        if let Some(dense) = &self.dense {
            modules.push(step(modules.len(), &dense.folder, "Dense"));
            let config = dense.config(self.pooling.len() * hidden_size);
            write(format!("{}/{CONFIG_FILE}", dense.folder), &config)?;
        }
        if self.normalize {
            let n = modules.len();
            modules.push(step(n, &format!("{n}_Normalize"), "Normalize"));
        }
        write(MODULES_FILE.into(), &Value::Array(modules))?;
        let length = json!({ "max_seq_length": self.max_seq_length, "do_lower_case": false });
        write(LENGTH_FILE.into(), &length)?;
        Ok(written)
    }
}

fn step(n: usize, path: &str, kind: &str) -> Value {
    let kind = format!("sentence_transformers.models.{kind}");
    json!({ "idx": n, "name": n.to_string(), "path": path, "type": kind })
}

impl DenseModule {
    fn config(&self, in_features: usize) -> Value {
        let function = match self.activation {
            None => "linear.Identity",
            Some(Activation::Tanh) => "activation.Tanh",
            Some(Activation::Relu) => "activation.ReLU",
            Some(Activation::Silu) => "activation.SiLU",
            Some(_) => "activation.GELU",
        };
        json!({
            "in_features": in_features,
            "out_features": self.out_features,
            "bias": self.bias,
            "activation_function": format!("torch.nn.modules.{function}"),
        })
    }
}
