//! What the network looks like.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use serde::Serialize;

use super::values::{choice, share};

/// Which encoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arch {
    /// Kim's convolutional network.
    Textcnn,
    /// The mean of the word vectors.
    Bag,
}

impl FromStr for Arch {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        choice(name, &["textcnn", "bag"], &["lstm", "gru", "transformer", "fasttext"])?;
        Ok(if name == "bag" { Self::Bag } else { Self::Textcnn })
    }
}

impl fmt::Display for Arch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if *self == Self::Bag { "bag" } else { "textcnn" })
    }
}

/// What the network looks like.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Model")]
#[serde(rename_all = "kebab-case")]
pub struct ModelOptions {
    /// Network: textcnn (Kim 2014) or bag (mean of word vectors)
    #[arg(long, value_name = "NAME", default_value_t = Arch::Textcnn)]
    pub arch: Arch,
    /// Size of a word vector [default: 300, or that of --vectors]
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
    /// Dropout before the classifier
    #[arg(long, value_name = "P", default_value_t = 0.5, value_parser = share)]
    pub dropout: f64,
    /// Start from word vectors: GloVe or word2vec text, .vec, .bin
    #[arg(long, value_name = "FILE")]
    pub vectors: Option<PathBuf>,
    /// Do not train parameters of this name or prefix, such as `embedding`; `*` stands for anything
    #[arg(long, value_name = "PATTERN", num_args = 1.., value_delimiter = ',')]
    pub freeze: Vec<String>,
}
