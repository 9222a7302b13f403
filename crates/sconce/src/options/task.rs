//! What is learned, and the settings of each task.

use std::fmt;
use std::str::FromStr;

use clap::Args;
use sconce_models::PoolingMode;
use sconce_text_pipeline::{LabelAlignment, TagScheme};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::values::{choice, named, positive, positive_share};

/// What is learned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Task {
    /// One label, or several, for each text.
    Classify,
    /// A number for each text or pair of texts.
    Regress,
    /// One label for each pair of texts.
    Pair,
    /// A label for each word.
    Tag,
    /// Answers that are spans of a text.
    Qa,
    /// The tokens behind masks.
    Mlm,
    /// The next token.
    Lm,
    /// One vector for each text.
    Embed,
}

impl Task {
    const ALL: [Self; 8] = [
        Self::Classify,
        Self::Regress,
        Self::Pair,
        Self::Tag,
        Self::Qa,
        Self::Mlm,
        Self::Lm,
        Self::Embed,
    ];

    /// The name on the command line and in `sconce.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Classify => "classify",
            Self::Regress => "regress",
            Self::Pair => "pair",
            Self::Tag => "tag",
            Self::Qa => "qa",
            Self::Mlm => "mlm",
            Self::Lm => "lm",
            Self::Embed => "embed",
        }
    }
}

impl FromStr for Task {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        choice(name, &Self::ALL.map(Self::name), &["parse", "choice", "seq2seq"])?;
        let found = Self::ALL.into_iter().find(|task| task.name() == name);
        found.ok_or_else(|| format!("{name} is no task"))
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Loss of `embed`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EmbedLoss {
    /// The right text among those of the batch.
    Mnr,
    /// The order of scored pairs.
    Cosent,
}

/// How tokens are pooled to a vector of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooling(pub PoolingMode);

impl FromStr for Pooling {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        choice(name, &["mean", "cls", "max", "last"], &[])?;
        PoolingMode::from_name(name).map(Self).ok_or_else(|| format!("{name} is no pooling"))
    }
}

impl Serialize for Pooling {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(if self.0 == PoolingMode::Last { "last" } else { self.0.name() })
    }
}

/// Settings of single tasks.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Single tasks")]
#[serde(rename_all = "kebab-case")]
pub struct TaskOptions {
    /// classify: a text may have any number of labels
    #[arg(long)]
    pub multi_label: bool,
    /// classify --multi-label: what separates the labels of a text
    #[arg(long, value_name = "CHAR", default_value_t = ',')]
    pub label_separator: char,
    /// tag: tokens of a word that carry its label: first or all
    #[arg(long, value_name = "NAME", default_value = "first", value_parser = named::<LabelAlignment>(&["first", "all"]))]
    pub label_alignment: LabelAlignment,
    /// tag: what the tags mark: iob1 (read as bio), bio, bioes, or plain labels [default: as they look]
    #[arg(long, value_name = "NAME", value_parser = named::<TagScheme>(&["iob1", "bio", "bioes", "plain"]))]
    pub scheme: Option<TagScheme>,
    /// tag: column of the word, by name or number from 1 [default: the first]
    #[arg(long, value_name = "COLUMN")]
    pub token_column: Option<String>,
    /// qa: tokens that neighbouring windows of a long text share
    #[arg(long, value_name = "N", default_value_t = 128)]
    pub stride: u32,
    /// qa: tokens that an answer may have
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_answer_length: u32,
    /// qa: spans of a window that may become the answer
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub n_best: u32,
    /// mlm: share of the tokens that are to be guessed
    #[arg(long, value_name = "SHARE", default_value_t = 0.15, value_parser = positive_share)]
    pub mask_probability: f64,
    /// mlm: mask whole words
    #[arg(long)]
    pub whole_word: bool,
    /// lm, mlm: tokens of a block that the texts are cut into [default: the model's positions, at most
    /// 512]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..))]
    pub block_size: Option<u32>,
    /// lm: take blocks from random places of the text, as nanoGPT does
    #[arg(long)]
    pub stream: bool,
    /// embed: mnr (the right text among those of the batch) or cosent (scored pairs) [default: cosent if
    /// the pairs have scores]
    #[arg(long, value_name = "NAME", value_parser = named::<EmbedLoss>(&["mnr", "cosent"]))]
    pub loss: Option<EmbedLoss>,
    /// embed: factor of the cosines in the loss
    #[arg(long, value_name = "FACTOR", default_value_t = 20., value_parser = positive)]
    pub scale: f64,
    /// embed: how tokens become one vector: mean, cls, max or last [default: the model's, or mean]
    #[arg(long, value_name = "NAME")]
    pub pooling: Option<Pooling>,
    /// embed: whether vectors get length 1 [default: as the model's, or true]
    #[arg(long, value_name = "BOOL", num_args = 0..=1, default_missing_value = "true", action = clap::ArgAction::Set)]
    pub normalize: Option<bool>,
}

impl TaskOptions {
    /// Takes from the settings of a trained model what no flag changed from its default: a model is
    /// measured as it was trained.
    pub fn fill_from(&mut self, settings: &Value) {
        let number = |key: &str| settings[key].as_u64().and_then(|n| u32::try_from(n).ok());
        let take = |own: &mut u32, default: u32, key: &str| {
            if *own == default {
                *own = number(key).unwrap_or(default);
            }
        };
        take(&mut self.stride, 128, "stride");
        take(&mut self.max_answer_length, 30, "max-answer-length");
        take(&mut self.n_best, 20, "n-best");
        self.block_size = self.block_size.or_else(|| number("block-size"));
        self.whole_word |= settings["whole-word"].as_bool().unwrap_or_default();
        if self.label_separator == ',' {
            let separator = settings["label-separator"].as_str().and_then(|s| s.chars().next());
            self.label_separator = separator.unwrap_or(',');
        }
        if self.mask_probability == 0.15 {
            self.mask_probability = settings["mask-probability"].as_f64().unwrap_or(0.15);
        }
        if self.label_alignment == LabelAlignment::First && settings["label-alignment"] == "all" {
            self.label_alignment = LabelAlignment::All;
        }
    }
}
