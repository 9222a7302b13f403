//! Which family of models a tokenizer is of: what its files alone do not say.

use std::path::Path;

use super::settings::Settings;
use crate::error::{Error, Result};

/// How the files of a tokenizer are to be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    Bert,
    Gpt2,
    Roberta,
    Qwen2,
    Albert,
    XlmRoberta,
    Camembert,
    Llama,
    T5,
}

const CLASSES: &[(&str, Family)] = &[
    ("BertTokenizer", Family::Bert),
    ("DistilBertTokenizer", Family::Bert),
    ("ElectraTokenizer", Family::Bert),
    ("MobileBertTokenizer", Family::Bert),
    ("SqueezeBertTokenizer", Family::Bert),
    ("GPT2Tokenizer", Family::Gpt2),
    ("RobertaTokenizer", Family::Roberta),
    ("LongformerTokenizer", Family::Roberta),
    ("BartTokenizer", Family::Roberta),
    ("Qwen2Tokenizer", Family::Qwen2),
    ("AlbertTokenizer", Family::Albert),
    ("XLMRobertaTokenizer", Family::XlmRoberta),
    ("CamembertTokenizer", Family::Camembert),
    ("LlamaTokenizer", Family::Llama),
    ("T5Tokenizer", Family::T5),
];

const MODEL_TYPES: &[(&str, Family)] = &[
    ("bert", Family::Bert),
    ("distilbert", Family::Bert),
    ("electra", Family::Bert),
    ("mobilebert", Family::Bert),
    ("squeezebert", Family::Bert),
    ("gpt2", Family::Gpt2),
    ("gpt_neo", Family::Gpt2),
    ("gptj", Family::Gpt2),
    ("roberta", Family::Roberta),
    ("longformer", Family::Roberta),
    ("bart", Family::Roberta),
    ("qwen2", Family::Qwen2),
    ("qwen2_moe", Family::Qwen2),
    ("qwen3", Family::Qwen2),
    ("qwen3_moe", Family::Qwen2),
    ("albert", Family::Albert),
    ("xlm-roberta", Family::XlmRoberta),
    ("camembert", Family::Camembert),
    ("t5", Family::T5),
    ("mt5", Family::T5),
];

/// Classes that say nothing about the tokenizer.
const PLAIN_CLASSES: &[&str] = &["PreTrainedTokenizer", "TokenizersBackend"];

impl Family {
    /// The family that the settings name, if they name one.
    ///
    /// A class that is not known is an error. A model type that is not known is none, unless
    /// `must_know` says that the files cannot be understood without.
    pub fn of(settings: &Settings, file: &Path, must_know: bool) -> Result<Option<Self>> {
        let find = |table: &[(&str, Self)], name: &str| {
            table.iter().find(|(known, _)| *known == name).map(|(_, family)| *family)
        };
        let class = settings.class()?.filter(|class| !PLAIN_CLASSES.contains(class));
        let unknown = |kind, name: &str| Error::UnknownTokenizerClass {
            file: file.display().to_string(),
            kind,
            name: name.to_owned(),
        };
        match (class, settings.model_type.as_deref()) {
            (Some(class), _) => {
                find(CLASSES, class).map(Some).ok_or_else(|| unknown("tokenizer class", class))
            }
            (None, Some(name)) => match find(MODEL_TYPES, name) {
                None if must_know => Err(unknown("model type", name)),
                family => Ok(family),
            },
            (None, None) => Ok(None),
        }
    }
}
