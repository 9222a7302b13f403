//! What a tokenizer is to be made of, by the options of the command.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use anyhow::{Context, Result, anyhow};
use clap::Args;
use sconce_text_pipeline::{
    NormalizerStep, RecipeToken, SubwordModel, TokenizerRecipe, UnicodeForm,
};
use serde::{Deserialize, Serialize};

use crate::failure::usage;
use crate::options::values::{choice, named, positive_share};

/// The kinds of model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Model {
    /// Byte-pair encoding.
    Bpe,
    /// WordPiece.
    Wordpiece,
    /// Unigram.
    Unigram,
    /// Whole words.
    Word,
}

impl FromStr for Model {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        choice(name, &["bpe", "wordpiece", "unigram", "word"], &[])?;
        Ok(match name {
            "bpe" => Self::Bpe,
            "wordpiece" => Self::Wordpiece,
            "unigram" => Self::Unigram,
            _ => Self::Word,
        })
    }
}

/// Whose steps surround the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Bytes in GPT-2's words, so that nothing is unknown.
    Gpt2,
    /// The same, framed by `<s>` and `</s>`.
    Roberta,
    /// BERT's words, framed by `[CLS]` and `[SEP]`.
    Bert,
    /// Spaces that belong to words, as in SentencePiece.
    Sentencepiece,
    /// Words and runs of punctuation.
    Words,
}

/// What a tokenizer is to be made of.
#[derive(Debug, Clone, Args, Serialize)]
#[command(next_help_heading = "Tokenizer")]
#[serde(rename_all = "kebab-case")]
pub struct RecipeOptions {
    /// What is learnt: bpe, wordpiece, unigram or word
    #[arg(long, required_unless_present_any = ["config", "recipe"])]
    pub model: Option<Model>,
    /// Whose steps surround the model: gpt2 or roberta (bytes, for bpe), bert (for wordpiece),
    /// sentencepiece (for bpe and unigram), words (for word) [default: the first that the model has]
    #[arg(long, value_name = "NAME", value_parser = named::<Preset>(&["gpt2", "roberta", "bert", "sentencepiece", "words"]))]
    pub preset: Option<Preset>,
    /// Take everything from a recipe in JSON: the steps as a tokenizer.json has them; options
    /// below change it
    #[arg(long, value_name = "FILE.json", conflicts_with_all = ["model", "preset"])]
    pub recipe: Option<PathBuf>,
    /// Tokens of the vocabulary, special ones included [default: 30000; unigram: 8000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub vocab_size: Option<u32>,
    /// How often two tokens (bpe, wordpiece) or a word (word) must occur [default: 2; word: 1]
    #[arg(long, value_name = "N")]
    pub min_frequency: Option<u64>,
    /// Special tokens beside those of the preset
    #[arg(long, value_name = "TOKEN", num_args = 1..)]
    pub special_tokens: Vec<String>,
    /// Keep at most so many different characters (bpe, wordpiece) [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub limit_alphabet: Option<u32>,
    /// Characters that are in the vocabulary whether or not the texts have them
    #[arg(long, value_name = "CHARS")]
    pub initial_alphabet: Option<String>,
    /// The most characters of a token (bpe, unigram) [default: bpe: any; unigram: 16]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_token_length: Option<u32>,
    /// What tokens inside a word begin with (bpe, wordpiece; of wordpiece, ## if nothing is said)
    #[arg(long, value_name = "TEXT")]
    pub continuing_subword_prefix: Option<String>,
    /// What the last token of a word ends with (bpe)
    #[arg(long, value_name = "TEXT")]
    pub end_of_word_suffix: Option<String>,
    /// Write what is unknown in bytes (bpe with sentencepiece, unigram)
    #[arg(long)]
    pub byte_fallback: bool,
    /// The share of pieces that is kept each time some are dropped (unigram) [default: 0.75]
    #[arg(long, value_name = "SHARE", value_parser = positive_share)]
    pub shrinking_factor: Option<f64>,
    /// How often scores are learnt anew before pieces are dropped (unigram) [default: 2]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub sub_iterations: Option<u32>,
    /// The most pieces to begin with (unigram) [default: 1000000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub seed_size: Option<u32>,
    /// Map to lower case [default: bert: true; others: false]
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    pub lowercase: Option<bool>,
    /// Remove accents [default: bert: as --lowercase; others: false]
    #[arg(long, value_name = "BOOL", action = clap::ArgAction::Set)]
    pub strip_accents: Option<bool>,
    /// Unicode form: nfc or nfkc [default: sentencepiece: nfkc; others: as it is]
    #[arg(long, value_name = "NAME", value_parser = named::<UnicodeForm>(&["nfc", "nfkc"]))]
    pub unicode: Option<UnicodeForm>,
}

impl RecipeOptions {
    /// What `--model` is called; of a recipe what it says itself.
    pub fn model_name(&self) -> Option<Model> {
        self.model
    }

    /// The recipe.
    ///
    /// # Errors
    /// If options do not go together, or the file of the recipe is not one.
    pub fn recipe(&self) -> Result<TokenizerRecipe> {
        let mut recipe = match (&self.recipe, self.model) {
            (Some(path), _) => read(path)?,
            (None, Some(model)) => self.preset(model)?,
            (None, None) => return Err(usage("--model is required, as a flag or a key")),
        };
        if let Some(size) = self.vocab_size {
            recipe.vocab_size = size as usize;
        }
        let further = self
            .special_tokens
            .iter()
            .filter(|token| !recipe.special_tokens.iter().any(|known| known.content == **token));
        let further: Vec<RecipeToken> = further.map(|token| RecipeToken::new(token, &[])).collect();
        recipe.special_tokens.extend(further);
        recipe.initial_alphabet.extend(self.initial_alphabet.iter().flat_map(|text| text.chars()));
        self.set_model(&mut recipe.model)?;
        self.set_normalizer(&mut recipe.normalizer);
        Ok(recipe)
    }

    fn preset(&self, model: Model) -> Result<TokenizerRecipe> {
        let known: &[Preset] = match model {
            Model::Bpe => &[Preset::Gpt2, Preset::Roberta, Preset::Sentencepiece],
            Model::Wordpiece => &[Preset::Bert],
            Model::Unigram => &[Preset::Sentencepiece],
            Model::Word => &[Preset::Words],
        };
        let preset = self.preset.or(known.first().copied()).unwrap_or(Preset::Words);
        if !known.contains(&preset) {
            let names: Vec<String> = known.iter().map(name).collect();
            let (preset, model) = (name(&preset), name(&model));
            return Err(usage(format_args!(
                "--preset {preset} is not for --model {model}; there is: {}",
                names.join(", ")
            )));
        }
        Ok(match (model, preset) {
            (Model::Unigram, _) => TokenizerRecipe::sentence_piece_unigram(self.byte_fallback),
            (_, Preset::Gpt2) => TokenizerRecipe::gpt2(),
            (_, Preset::Roberta) => TokenizerRecipe::roberta(),
            (_, Preset::Bert) => TokenizerRecipe::bert(self.lowercase.unwrap_or(true)),
            (_, Preset::Sentencepiece) => TokenizerRecipe::sentence_piece(self.byte_fallback),
            (_, Preset::Words) => TokenizerRecipe::word(),
        })
    }

    fn set_model(&self, model: &mut SubwordModel) -> Result<()> {
        let mut left = self.of_models();
        let mut take = |flags: &[&str]| left.retain(|name| !flags.contains(name));
        match model {
            SubwordModel::Bpe(bpe) => {
                take(&["--min-frequency", "--limit-alphabet", "--max-token-length"]);
                take(&["--continuing-subword-prefix", "--end-of-word-suffix", "--byte-fallback"]);
                bpe.min_frequency = self.min_frequency.unwrap_or(bpe.min_frequency);
                let size = |given: Option<u32>| given.map(|n| n as usize);
                bpe.limit_alphabet = size(self.limit_alphabet).or(bpe.limit_alphabet);
                bpe.max_token_length = size(self.max_token_length).or(bpe.max_token_length);
                let prefix = &mut bpe.continuing_subword_prefix;
                *prefix = self.continuing_subword_prefix.clone().or(prefix.take());
                let suffix = &mut bpe.end_of_word_suffix;
                *suffix = self.end_of_word_suffix.clone().or(suffix.take());
                bpe.byte_fallback |= self.byte_fallback;
            }
            SubwordModel::WordPiece(pieces) => {
                take(&["--min-frequency", "--limit-alphabet", "--continuing-subword-prefix"]);
                pieces.min_frequency = self.min_frequency.unwrap_or(pieces.min_frequency);
                pieces.limit_alphabet =
                    self.limit_alphabet.map(|n| n as usize).or(pieces.limit_alphabet);
                if let Some(prefix) = &self.continuing_subword_prefix {
                    pieces.continuing_subword_prefix.clone_from(prefix);
                }
            }
            SubwordModel::WordLevel(words) => {
                take(&["--min-frequency"]);
                words.min_frequency = self.min_frequency.unwrap_or(words.min_frequency);
            }
            SubwordModel::Unigram(pieces) => {
                take(&["--byte-fallback", "--max-token-length"]);
                take(&["--shrinking-factor", "--sub-iterations", "--seed-size"]);
                let size = |given: Option<u32>, default| given.map_or(default, |n| n as usize);
                pieces.byte_fallback |= self.byte_fallback;
                pieces.max_piece_length = size(self.max_token_length, pieces.max_piece_length);
                pieces.n_sub_iterations = size(self.sub_iterations, pieces.n_sub_iterations);
                pieces.seed_size = size(self.seed_size, pieces.seed_size);
                pieces.shrinking_factor = self.shrinking_factor.unwrap_or(pieces.shrinking_factor);
            }
            // A kind that only a recipe can name.
            _ => {}
        }
        match left.first() {
            Some(flag) => Err(usage(format_args!("{flag} is not for this model; leave it out"))),
            None => Ok(()),
        }
    }

    /// The flags given that only some models have.
    fn of_models(&self) -> Vec<&'static str> {
        [
            ("--min-frequency", self.min_frequency.is_some()),
            ("--limit-alphabet", self.limit_alphabet.is_some()),
            ("--max-token-length", self.max_token_length.is_some()),
            ("--continuing-subword-prefix", self.continuing_subword_prefix.is_some()),
            ("--end-of-word-suffix", self.end_of_word_suffix.is_some()),
            ("--byte-fallback", self.byte_fallback),
            ("--shrinking-factor", self.shrinking_factor.is_some()),
            ("--sub-iterations", self.sub_iterations.is_some()),
            ("--seed-size", self.seed_size.is_some()),
        ]
        .into_iter()
        .filter_map(|(flag, is_given)| is_given.then_some(flag))
        .collect()
    }

    /// Form, accents, case, in this order and before whatever the preset does; BERT's step has
    /// accents and case itself.
    fn set_normalizer(&self, steps: &mut Vec<NormalizerStep>) {
        let bert = steps.iter_mut().find_map(|step| match step {
            NormalizerStep::Bert { strip_accents, lowercase, .. } => {
                Some((strip_accents, lowercase))
            }
            _ => None,
        });
        let mut first = Vec::new();
        match self.unicode {
            Some(UnicodeForm::Nfc) => first.push(NormalizerStep::Nfc),
            Some(UnicodeForm::Nfkc) => first.push(NormalizerStep::Nfkc),
            None => {}
        }
        if let Some((strip_accents, lowercase)) = bert {
            *strip_accents = self.strip_accents.or(*strip_accents);
            *lowercase = self.lowercase.unwrap_or(*lowercase);
        } else {
            if self.strip_accents == Some(true) {
                first.extend([NormalizerStep::Nfd, NormalizerStep::StripAccents]);
            }
            if self.lowercase == Some(true) {
                first.push(NormalizerStep::Lowercase);
            }
        }
        first.retain(|step| !steps.contains(step));
        steps.splice(0..0, first);
    }
}

/// Reads a recipe.
fn read(path: &Path) -> Result<TokenizerRecipe> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => anyhow!("{name}: no such file; check the path"),
        _ => anyhow!("{name}: cannot be read: {error}"),
    })?;
    serde_json::from_str(&text).with_context(|| format!("{name}: not a recipe of a tokenizer"))
}

/// How an option's value is written.
fn name(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}
