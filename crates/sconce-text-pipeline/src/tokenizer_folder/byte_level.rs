//! `vocab.json` and `merges.txt`: byte-pair encoding over bytes (Radford et al. 2019), as in
//! GPT-2, RoBERTa and Qwen2.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::family::Family;
use super::post_processor::{self, Token};
use super::settings::Settings;
use crate::error::{Error, Result};
use crate::subword_tokenizer::{Parts, named};
use crate::text_source::not_text;

/// How Qwen2 cuts text into words: numbers digit by digit, line breaks with what is before them.
const QWEN2_WORDS: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

pub(super) fn read(vocab: &Path, merges: &Path, settings: &Settings) -> Result<Parts> {
    for (file, other) in [(vocab, merges), (merges, vocab)] {
        if !file.is_file() {
            let (file, other) = (file.display().to_string(), other.display().to_string());
            return Err(Error::TokenizerPartMissing { file, other });
        }
    }
    let name = vocab.display().to_string();
    let vocabulary: Map<String, Value> =
        serde_json::from_slice(&super::read(vocab)?).map_err(|error| Error::CorruptTokenizer {
            file: name.clone(),
            reason: error.to_string(),
        })?;
    let model = json!({
        "type": "BPE",
        "dropout": null,
        "unk_token": null,
        "continuing_subword_prefix": "",
        "end_of_word_suffix": "",
        "fuse_unk": false,
        "byte_fallback": false,
        "merges": read_merges(merges)?,
        "vocab": vocabulary,
    });
    match Family::of(settings, vocab, true)? {
        None | Some(Family::Gpt2) => gpt2(vocab, settings, model),
        Some(Family::Roberta) => roberta(vocab, settings, model),
        Some(Family::Qwen2) => qwen2(settings, model),
        Some(other) => Err(Error::TokenizerFamily { file: name, family: format!("{other:?}") }),
    }
}

fn gpt2(file: &Path, settings: &Settings, model: Value) -> Result<Parts> {
    let end = "<|endoftext|>";
    let framed = |flag, key| match settings.flag(flag)? {
        Some(true) => token(file, settings, &model, key, end).map(Some),
        _ => Ok(None),
    };
    let (bos, eos) = (framed("add_bos_token", "bos_token")?, framed("add_eos_token", "eos_token")?);
    let prefix = settings.flag("add_prefix_space")?.unwrap_or(false);
    let bytes = byte_level(prefix, true);
    let post = match (&bos, &eos) {
        (None, None) => {
            json!({ "type": "ByteLevel", "add_prefix_space": prefix, "trim_offsets": false, "use_regex": true })
        }
        (bos, eos) => post_processor::decoder(bos.as_ref(), eos.as_ref()),
    };
    Ok(Parts {
        roles: named(&[("unk_token", end), ("bos_token", end), ("eos_token", end)]),
        json: json!({
            "normalizer": null,
            "pre_tokenizer": bytes,
            "post_processor": post,
            "decoder": byte_level(true, true),
            "model": model,
        }),
        ..Parts::default()
    })
}

fn roberta(file: &Path, settings: &Settings, model: Value) -> Result<Parts> {
    let prefix = settings.flag("add_prefix_space")?.unwrap_or(false);
    let cls = token(file, settings, &model, "cls_token", "<s>")?;
    let sep = token(file, settings, &model, "sep_token", "</s>")?;
    Ok(Parts {
        roles: named(&[
            ("bos_token", "<s>"),
            ("eos_token", "</s>"),
            ("sep_token", "</s>"),
            ("cls_token", "<s>"),
            ("unk_token", "<unk>"),
            ("pad_token", "<pad>"),
            ("mask_token", "<mask>"),
        ]),
        mask_takes_space: true,
        json: json!({
            "normalizer": null,
            "pre_tokenizer": byte_level(prefix, true),
            "post_processor": {
                "type": "RobertaProcessing",
                "sep": [sep.content, sep.id],
                "cls": [cls.content, cls.id],
                "trim_offsets": settings.flag("trim_offsets")?.unwrap_or(true),
                "add_prefix_space": prefix,
            },
            "decoder": byte_level(true, true),
            "model": model,
        }),
        ..Parts::default()
    })
}

fn qwen2(settings: &Settings, model: Value) -> Result<Parts> {
    let prefix = settings.flag("add_prefix_space")?.unwrap_or(false);
    let split = json!({
        "type": "Split",
        "pattern": { "Regex": QWEN2_WORDS },
        "behavior": "Isolated",
        "invert": false,
    });
    let end = "<|endoftext|>";
    Ok(Parts {
        roles: named(&[("unk_token", end), ("eos_token", end), ("pad_token", end)]),
        json: json!({
            "normalizer": { "type": "NFC" },
            "pre_tokenizer": {
                "type": "Sequence",
                "pretokenizers": [split, byte_level(prefix, false)],
            },
            "post_processor": post_processor::decoder(None, None),
            "decoder": byte_level(false, false),
            "model": model,
        }),
        ..Parts::default()
    })
}

fn byte_level(add_prefix_space: bool, use_regex: bool) -> Value {
    json!({
        "type": "ByteLevel",
        "add_prefix_space": add_prefix_space,
        "trim_offsets": true,
        "use_regex": use_regex,
    })
}

fn token(
    file: &Path,
    settings: &Settings,
    model: &Value,
    key: &'static str,
    default: &str,
) -> Result<Token> {
    let content = settings.token_or(key, default)?;
    let in_vocabulary = model["vocab"][&content].as_u64().and_then(|id| u32::try_from(id).ok());
    let added = settings.added.iter().find(|(_, token)| token.content == content);
    match in_vocabulary.or(added.map(|(id, _)| *id)) {
        Some(id) => Ok(Token { content, id }),
        None => Err(Error::TokenMissing { file: file.display().to_string(), token: content }),
    }
}

/// Pairs of pieces in the order in which they are joined; the first line may name the version.
fn read_merges(file: &Path) -> Result<Vec<Value>> {
    let name = file.display().to_string();
    let text = String::from_utf8(super::read(file)?)
        .map_err(|error| not_text(error.as_bytes(), &name, 1))?;
    let lines = text.lines().enumerate();
    let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with("#version"));
    lines
        .map(|(number, line)| match line.split_once(' ') {
            Some((left, right)) if !right.contains(' ') => Ok(json!([left, right])),
            _ => Err(Error::MergeLine { path: name.clone(), line: number + 1 }),
        })
        .collect()
}
