//! How text becomes tokens.

use std::path::PathBuf;

use clap::Args;
use sconce_text_pipeline::PreTokenizer;
use serde::Serialize;

use super::values::{at_least_one, named};

/// How text becomes tokens.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Text")]
#[serde(rename_all = "kebab-case")]
pub struct TextOptions {
    /// Use this tokenizer.json, or that of a model folder, instead of the words of the training set
    #[arg(long, value_name = "FILE|DIR", conflicts_with = "from")]
    pub tokenizer: Option<PathBuf>,
    /// How text is cut into words
    #[arg(
        long,
        value_name = "NAME",
        default_value = "basic-english",
        value_parser = named::<PreTokenizer>(&["whitespace", "unicode-words", "basic-english", "kim2014", "characters"])
    )]
    pub pre_tokenizer: PreTokenizer,
    /// Map words to lower case
    #[arg(long, value_name = "BOOL", default_value_t = true, action = clap::ArgAction::Set)]
    pub lowercase: bool,
    /// Leave out words that occur less often
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = at_least_one::<u64>)]
    pub min_freq: u64,
    /// Keep at most so many words, the most frequent ones [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(3..))]
    pub max_tokens: Option<u32>,
    /// Cut texts to so many tokens [default: not cut; a transformer: 128, 256 for tag, 384 for qa, and
    /// never more than it has positions]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_length: Option<u32>,
    /// Refuse texts that would have to be cut
    #[arg(long)]
    pub no_truncate: bool,
}
