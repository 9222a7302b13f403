//! What the files beside a `tokenizer.json` add to it: tokens, roles, the longest row.

use serde_json::Value;
use tokenizers::{Tokenizer, TruncationDirection, TruncationParams};

use super::guard::guard;
use crate::error::{Error, Result};
use crate::special_tokens::SpecialTokens;
use crate::tokenizer_folder::settings::{AddedToken, CONFIG_FILE, Settings};

/// A tokenizer brought into the form of `tokenizer.json`, but for its added tokens.
#[derive(Debug, Default)]
pub(crate) struct Parts {
    /// Normalizer, pre-tokenizer, post-processor, decoder and model.
    pub json: Value,
    /// What the family calls its special tokens: keys such as `cls_token`, and contents.
    pub roles: Vec<(&'static str, String)>,
    /// Tokens that the vocabulary itself sets apart.
    pub added: Vec<AddedToken>,
    /// Whether the mask stands for the space before it too.
    pub mask_takes_space: bool,
}

/// Roles from a table.
pub(crate) fn named(roles: &[(&'static str, &str)]) -> Vec<(&'static str, String)> {
    roles.iter().map(|(role, content)| (*role, (*content).to_owned())).collect()
}

/// The keys of the roles that a special token can have.
pub(super) const ROLES: [&str; 7] =
    ["bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token"];

/// The longest row that truncation may name where nothing says how long rows may be.
const ANY_LENGTH: usize = 1 << 20;

/// Adds to `tokenizer` what `settings` and `parts` name and it does not know. Says whether that
/// was anything.
pub(super) fn add(
    tokenizer: &mut Tokenizer,
    settings: &Settings,
    parts: &Parts,
    file: &str,
) -> Result<bool> {
    let failed = |reason: tokenizers::Error| Error::CorruptTokenizer {
        file: file.to_owned(),
        reason: reason.to_string(),
    };
    let declared = settings.added.iter().map(|(_, token)| token.clone());
    let mut n_added = add_new(tokenizer, declared).map_err(failed)?;
    for (expected, AddedToken { content, .. }) in &settings.added {
        let got = tokenizer.token_to_id(content).unwrap_or(u32::MAX);
        if got != *expected {
            let (file, token) = (file.to_owned(), content.clone());
            return Err(Error::AddedTokenId { file, token, expected: *expected, got });
        }
    }
    let mut others = Vec::new();
    for key in ROLES {
        let default = parts.roles.iter().find(|(role, _)| *role == key);
        let default = default.filter(|(_, content)| tokenizer.token_to_id(content).is_some());
        let mut token = match settings.token(key)? {
            None if settings.has(key) => None,
            None => default.map(|(_, content)| {
                let added = parts.added.iter().find(|token| token.content == *content);
                added.cloned().unwrap_or_else(|| AddedToken::special(content))
            }),
            given => given,
        };
        if key == "mask_token" && parts.mask_takes_space && !settings.is_spelled_out(key) {
            token.iter_mut().for_each(|token| token.lstrip = true);
        }
        others.extend(token);
    }
    others.extend(settings.more_special()?);
    others.extend(parts.added.iter().cloned());
    n_added += add_new(tokenizer, others.into_iter()).map_err(failed)?;
    Ok(n_added > 0)
}

fn add_new(
    tokenizer: &mut Tokenizer,
    tokens: impl Iterator<Item = AddedToken>,
) -> tokenizers::Result<usize> {
    let mut new: Vec<tokenizers::AddedToken> = Vec::new();
    for token in tokens {
        let is_known = tokenizer.get_added_vocabulary().get_vocab().contains_key(&token.content);
        if !is_known && new.iter().all(|other| other.content != token.content) {
            let AddedToken { content, single_word, lstrip, rstrip, normalized, special } = token;
            let token = tokenizers::AddedToken::from(content, special);
            let token = token.single_word(single_word).lstrip(lstrip).rstrip(rstrip);
            new.push(token.normalized(normalized));
        }
    }
    guard(|| tokenizer.add_tokens(new))
}

/// Makes `tokenizer` cut the beginning of long texts if `settings` say so. Says whether it did not
/// do so before.
pub(super) fn set_side(tokenizer: &mut Tokenizer, settings: &Settings) -> Result<bool> {
    let direction = match settings.text("truncation_side")? {
        Some("left") => TruncationDirection::Left,
        Some("right") => TruncationDirection::Right,
        Some(_) | None => return Ok(false),
    };
    let current = tokenizer.get_truncation().map(|truncation| truncation.direction);
    if current.unwrap_or_default() == direction {
        return Ok(false);
    }
    let max_length = settings.count("model_max_length")?.unwrap_or(ANY_LENGTH).max(ANY_LENGTH);
    let truncation = TruncationParams { direction, max_length, ..TruncationParams::default() };
    // Cannot fail: the length has room for any frame.
    let set = tokenizer.with_truncation(Some(truncation)).map(|_| true);
    set.map_err(|error| Error::CorruptTokenizer {
        file: CONFIG_FILE.to_owned(),
        reason: error.to_string(),
    })
}

/// `tokenizer_config.json` for a `tokenizer.json` that holds all that `settings` say.
pub(super) fn config(
    tokenizer: &Tokenizer,
    settings: &Settings,
    special: &SpecialTokens,
) -> Vec<u8> {
    let SpecialTokens { cls, sep, pad, mask, bos, eos, unk, .. } = special;
    let ids = [bos, eos, unk, sep, pad, cls, mask];
    let content = |id: &Option<u32>| id.and_then(|id| tokenizer.id_to_token(id));
    let tokens: Vec<_> = ROLES.into_iter().zip(ids.map(content)).collect();
    let config = Value::Object(settings.config_beside(&tokens));
    format!("{config:#}\n").into_bytes()
}
