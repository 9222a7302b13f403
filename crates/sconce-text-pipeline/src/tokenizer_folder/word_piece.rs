//! BERT's `vocab.txt`: WordPiece over words and punctuation (Devlin et al. 2019,
//! arXiv:1810.04805).

use std::path::Path;

use serde_json::{Map, Value, json};

use super::family::Family;
use super::post_processor::{self, Token};
use super::settings::{AddedToken, Settings};
use crate::error::{Error, Result};
use crate::subword_tokenizer::{Parts, named};
use crate::text_source::not_text;

pub(super) fn read(file: &Path, settings: &Settings) -> Result<Parts> {
    let family = Family::of(settings, file, true)?.unwrap_or(Family::Bert);
    if family != Family::Bert {
        return Err(Error::TokenizerFamily {
            file: file.display().to_string(),
            family: format!("{family:?}"),
        });
    }
    let vocabulary = vocabulary(file)?;
    let token = |key: &'static str, default: &str| {
        let content = settings.token_or(key, default)?;
        let id = vocabulary.get(&content).and_then(Value::as_u64);
        let missing =
            || Error::TokenMissing { file: file.display().to_string(), token: content.clone() };
        let id = id.and_then(|id| u32::try_from(id).ok()).ok_or_else(missing)?;
        Ok::<_, Error>(Token { content, id })
    };
    let unk = token("unk_token", "[UNK]")?;
    let (cls, sep) = (token("cls_token", "[CLS]")?, token("sep_token", "[SEP]")?);
    let never_split = settings.texts("never_split")?.into_iter();
    let kept_whole = never_split
        .filter(|word| vocabulary.contains_key(*word))
        .map(|word| AddedToken { special: false, single_word: true, ..AddedToken::special(word) });
    Ok(Parts {
        added: kept_whole.collect(),
        roles: named(&[
            ("unk_token", "[UNK]"),
            ("sep_token", "[SEP]"),
            ("pad_token", "[PAD]"),
            ("cls_token", "[CLS]"),
            ("mask_token", "[MASK]"),
        ]),
        json: json!({
            "normalizer": {
                "type": "BertNormalizer",
                "clean_text": true,
                "handle_chinese_chars": settings.flag("tokenize_chinese_chars")?.unwrap_or(true),
                "strip_accents": settings.flag("strip_accents")?,
                "lowercase": settings.flag("do_lower_case")?.unwrap_or(true),
            },
            "pre_tokenizer": { "type": "BertPreTokenizer" },
            "post_processor": post_processor::bert(&cls, &sep),
            "decoder": { "type": "WordPiece", "prefix": "##", "cleanup": true },
            "model": {
                "type": "WordPiece",
                "unk_token": unk.content,
                "continuing_subword_prefix": "##",
                "max_input_chars_per_word": 100,
                "vocab": vocabulary,
            },
        }),
        ..Parts::default()
    })
}

/// One token a line; its id is the number of the line, from zero.
fn vocabulary(file: &Path) -> Result<Map<String, Value>> {
    let name = file.display().to_string();
    let text = String::from_utf8(super::read(file)?)
        .map_err(|error| not_text(error.as_bytes(), &name, 1))?;
    if text.is_empty() {
        return Err(Error::EmptyFile { path: name });
    }
    Ok(text.lines().enumerate().map(|(id, token)| (token.to_owned(), id.into())).collect())
}
