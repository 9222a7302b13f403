//! A recipe and its trained model as the parts of a `tokenizer.json`.

use serde_json::{Value, json};

use super::steps::sequence;
use super::{PostProcessorStep, RecipeToken, TokenRole, TokenizerRecipe};
use crate::error::{Result, TrainerError};
use crate::subword_tokenizer::Parts;
use crate::tokenizer_folder::post_processor::{Piece, Token, template};
use crate::tokenizer_folder::settings::AddedToken;

impl TokenizerRecipe {
    /// The parts of the tokenizer whose model is `model`, of which `id` gives the ids.
    pub(crate) fn to_parts(&self, model: Value, id: impl Fn(&str) -> Option<u32>) -> Result<Parts> {
        let frames = self.post_processor.iter().map(|step| frame(step, &id));
        let frames = frames.collect::<Result<Vec<_>>>()?;
        let json = json!({
            "normalizer": self.normalizer_json()?,
            "pre_tokenizer": self.pre_tokenizer_json()?,
            "post_processor": sequence(&frames, "processors").map_err(TrainerError::step)?,
            "decoder": sequence(&self.decoder, "decoders").map_err(TrainerError::step)?,
            "model": model,
        });
        let roles = self
            .special_tokens
            .iter()
            .flat_map(|token| token.roles.iter().map(|role| (role.key(), token.content.clone())));
        let (roles, added) = (roles.collect(), self.special_tokens.iter().map(RecipeToken::added));
        Ok(Parts { json, roles, added: added.collect(), mask_takes_space: false })
    }

    pub(crate) fn normalizer_json(&self) -> Result<Value> {
        Ok(sequence(&self.normalizer, "normalizers").map_err(TrainerError::step)?)
    }

    pub(crate) fn pre_tokenizer_json(&self) -> Result<Value> {
        Ok(sequence(&self.pre_tokenizer, "pretokenizers").map_err(TrainerError::step)?)
    }
}

impl RecipeToken {
    fn added(&self) -> AddedToken {
        AddedToken {
            content: self.content.clone(),
            single_word: self.single_word,
            lstrip: self.lstrip,
            rstrip: self.rstrip,
            normalized: self.normalized,
            special: true,
        }
    }
}

impl TokenRole {
    fn key(self) -> &'static str {
        match self {
            Self::Bos => "bos_token",
            Self::Eos => "eos_token",
            Self::Unk => "unk_token",
            Self::Sep => "sep_token",
            Self::Pad => "pad_token",
            Self::Cls => "cls_token",
            Self::Mask => "mask_token",
        }
    }
}

/// A frame with the ids of its tokens.
fn frame(step: &PostProcessorStep, id: &impl Fn(&str) -> Option<u32>) -> Result<Value> {
    let token = |content: &str| match id(content) {
        Some(id) => Ok(Token { content: content.to_owned(), id }),
        None => Err(TrainerError::FrameToken { token: content.to_owned() }),
    };
    Ok(match step {
        PostProcessorStep::Template { single, pair } => {
            let (single, pair) = (slots(single, &token)?, slots(pair, &token)?);
            let [single, pair] = [&single, &pair].map(|slots| slots.iter().map(Slot::piece));
            template(&single.collect::<Vec<_>>(), &pair.collect::<Vec<_>>())
        }
        PostProcessorStep::Bert { cls, sep } => {
            let (cls, sep) = (token(cls)?, token(sep)?);
            json!({
                "type": "BertProcessing",
                "sep": [sep.content, sep.id],
                "cls": [cls.content, cls.id],
            })
        }
        PostProcessorStep::Roberta { cls, sep, trim_offsets, add_prefix_space } => {
            let (cls, sep) = (token(cls)?, token(sep)?);
            json!({
                "type": "RobertaProcessing",
                "sep": [sep.content, sep.id],
                "cls": [cls.content, cls.id],
                "trim_offsets": trim_offsets,
                "add_prefix_space": add_prefix_space,
            })
        }
        PostProcessorStep::ByteLevel { .. } => {
            serde_json::to_value(step).map_err(TrainerError::step)?
        }
    })
}

/// One place of a template, with its type id.
enum Slot {
    First(u32),
    Second(u32),
    Special(Token, u32),
}

impl Slot {
    fn piece(&self) -> Piece<'_> {
        match self {
            Self::First(type_id) => Piece::First(*type_id),
            Self::Second(type_id) => Piece::Second(*type_id),
            Self::Special(token, type_id) => Piece::Token(token, *type_id),
        }
    }
}

/// Reads a template: words such as `$A`, `$B:1`, `[SEP]:1`.
fn slots(
    template: &str,
    token: &impl Fn(&str) -> Result<Token, TrainerError>,
) -> Result<Vec<Slot>, TrainerError> {
    let slot = |word: &str| {
        let typed = word.rsplit_once(':').and_then(|(name, id)| Some((name, id.parse().ok()?)));
        let (name, type_id) = typed.unwrap_or((word, 0));
        Ok(match name {
            "$A" | "$" => Slot::First(type_id),
            "$B" => Slot::Second(type_id),
            _ => Slot::Special(token(name)?, type_id),
        })
    };
    template.split_whitespace().map(slot).collect()
}
