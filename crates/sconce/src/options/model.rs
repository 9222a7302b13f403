//! What the network looks like.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use super::values::{choice, share};

/// Which network, where its weights are drawn and not those of a pretrained one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// Kim's convolutional network over word vectors.
    Textcnn,
    /// The mean of the word vectors.
    Bag,
    /// A transformer of one of Hugging Face's families, by its `model_type`.
    #[serde(untagged)]
    Transformer(&'static str),
}

impl Arch {
    /// Every name.
    pub const NAMES: [&'static str; 10] = [
        "textcnn",
        "bag",
        "bert",
        "roberta",
        "distilbert",
        "gpt2",
        "llama",
        "mistral",
        "qwen2",
        "qwen3",
    ];
}

impl FromStr for Arch {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        choice(name, &Self::NAMES, &["lstm", "gru", "transformer", "fasttext"])?;
        Ok(match Self::NAMES.into_iter().find(|known| *known == name) {
            Some("bag") => Self::Bag,
            None | Some("textcnn") => Self::Textcnn,
            Some(family) => Self::Transformer(family),
        })
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Textcnn => "textcnn",
            Self::Bag => "bag",
            Self::Transformer(family) => family,
        })
    }
}

/// What the network looks like.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Model")]
#[serde(rename_all = "kebab-case")]
pub struct ModelOptions {
    /// Network: textcnn (Kim 2014), bag (mean of word vectors), or a transformer with fresh weights:
    /// bert, roberta, distilbert, gpt2, llama, mistral, qwen2, qwen3 [default: textcnn]
    #[arg(long, value_name = "NAME", conflicts_with = "from")]
    pub arch: Option<Arch>,
    /// Size of a word vector of textcnn and bag [default: 300, or that of --vectors]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub embedding_size: Option<u32>,
    /// Words that a window of textcnn spans, for each bank of filters
    #[arg(
        long,
        value_name = "N,N,..",
        default_value = "3,4,5",
        value_delimiter = ',',
        value_parser = clap::value_parser!(u32).range(1..=100)
    )]
    pub filter_widths: Vec<u32>,
    /// Filters of each width of textcnn
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    pub n_filters: u32,
    /// Dropout: before the classifier of textcnn and bag [default: 0.5], in all layers of a
    /// transformer [default: as its config says]
    #[arg(long, value_name = "P", value_parser = share)]
    pub dropout: Option<f64>,
    /// Start from word vectors: GloVe or word2vec text, .vec, .bin
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    pub vectors: Option<PathBuf>,
    /// Do not train parameters of this name or prefix, such as `embedding`; `*` stands for anything
    #[arg(long, value_name = "PATTERN", num_args = 1.., value_delimiter = ',')]
    pub freeze: Vec<String>,
    /// Train only the last so many layers of a transformer and what is above them
    #[arg(long, value_name = "N")]
    pub unfreeze_last: Option<u32>,
    #[command(flatten)]
    #[serde(flatten)]
    pub pretrained: PretrainedOptions,
    #[command(flatten)]
    #[serde(flatten)]
    pub sizes: SizeOptions,
}

/// A pretrained transformer, and what is changed of it.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Fine-tuning")]
#[serde(rename_all = "kebab-case")]
pub struct PretrainedOptions {
    /// Start from a pretrained transformer: a Hugging Face folder, a model of sconce, or a hub id
    #[arg(long, value_name = "DIR|ID")]
    pub from: Option<PathBuf>,
    /// Draw the weights of the last so many layers anew
    #[arg(long, value_name = "N")]
    pub reinit_last: Option<u32>,
    /// Train low-rank adapters of this rank in place of the weights
    #[arg(long, value_name = "RANK", value_parser = clap::value_parser!(u32).range(1..))]
    pub lora_rank: Option<u32>,
    /// The adapters' product is multiplied by this over the rank [default: twice the rank]
    #[arg(long, value_name = "ALPHA", value_parser = super::values::positive)]
    pub lora_alpha: Option<f64>,
    /// Dropout of the adapters' input
    #[arg(long, value_name = "P", value_parser = share)]
    pub lora_dropout: Option<f64>,
    /// Maps that get an adapter, by the ends of their names [default: all of the layers]
    #[arg(long, value_name = "NAME,..", num_args = 1.., value_delimiter = ',')]
    pub lora_targets: Vec<String>,
}

/// Sizes of a transformer with fresh weights.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Transformer with fresh weights")]
#[serde(rename_all = "kebab-case")]
pub struct SizeOptions {
    /// Size of a token's vector
    #[arg(long, value_name = "N", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub hidden_size: u32,
    /// Number of layers
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub layers: u32,
    /// Heads of attention
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u32).range(1..))]
    pub heads: u32,
    /// Heads of keys and values (llama, mistral, qwen2, qwen3) [default: as --heads]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub kv_heads: Option<u32>,
    /// Size inside of the feed-forward networks [default: four times --hidden-size]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub intermediate_size: Option<u32>,
    /// Tokens that a text may have
    #[arg(long, value_name = "N", default_value_t = 512, value_parser = clap::value_parser!(u32).range(1..))]
    pub positions: u32,
}
