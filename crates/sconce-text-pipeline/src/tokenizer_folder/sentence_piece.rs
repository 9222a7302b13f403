//! SentencePiece models (Kudo and Richardson 2018, arXiv:1808.06226): Unigram (Kudo 2018,
//! arXiv:1804.10959) and byte-pair encoding, over text in which spaces are written as `▁`.
//!
//! Families that transformers has a class for are cut as its classes do it; any other model as
//! SentencePiece itself would.

pub(crate) mod charsmap;
mod merges;
mod proto;
mod steps;

use std::path::Path;

use serde_json::{Value, json};

use super::family::Family;
use super::post_processor::{self, Token};
use super::settings::{AddedToken, Settings};
use crate::error::{Error, Result};
use crate::subword_tokenizer::{Parts, named};
use proto::{Algorithm, Kind, Model, Piece};
use steps::{SPACE, decoder, escape, metaspace, replace, replace_regex, sequence};

/// Model types whose models expect a beginning before each text, whatever the files leave unsaid.
const BEGIN_TEXTS: [&str; 3] = ["llama", "mistral", "mixtral"];

const BERT_ROLES: [(&str, &str); 7] = [
    ("bos_token", "[CLS]"),
    ("eos_token", "[SEP]"),
    ("unk_token", "<unk>"),
    ("sep_token", "[SEP]"),
    ("pad_token", "<pad>"),
    ("cls_token", "[CLS]"),
    ("mask_token", "[MASK]"),
];

const FAIRSEQ_ROLES: [(&str, &str); 7] = [
    ("bos_token", "<s>"),
    ("eos_token", "</s>"),
    ("sep_token", "</s>"),
    ("cls_token", "<s>"),
    ("unk_token", "<unk>"),
    ("pad_token", "<pad>"),
    ("mask_token", "<mask>"),
];

/// A model, and where it was read.
struct Source<'a> {
    model: Model,
    file: &'a Path,
    settings: &'a Settings,
}

pub(crate) fn read(file: &Path, settings: &Settings) -> Result<Parts> {
    let corrupt = |reason: String| Error::CorruptTokenizer {
        file: file.display().to_string(),
        reason: format!("no SentencePiece model: {reason}"),
    };
    let model = Model::parse(&super::read(file)?).map_err(corrupt)?;
    charsmap::check(&model.charsmap).map_err(|reason| corrupt(reason.to_owned()))?;
    let source = Source { model, file, settings };
    let mut parts = match Family::of(settings, file, false)? {
        Some(Family::Albert) => source.albert()?,
        Some(Family::XlmRoberta) => source.xlm_roberta()?,
        Some(Family::Camembert) => source.camembert()?,
        Some(Family::T5) => source.t5()?,
        Some(Family::Llama) => source.llama()?,
        None => source.plain()?,
        Some(other) => {
            let (file, family) = (file.display().to_string(), format!("{other:?}"));
            return Err(Error::TokenizerFamily { file, family });
        }
    };
    parts.added.extend(source.control());
    Ok(parts)
}

impl Source<'_> {
    fn albert(&self) -> Result<Parts> {
        let mut steps = vec![replace("``", "\""), replace("''", "\"")];
        if !self.settings.flag("keep_accents")?.unwrap_or(false) {
            steps.extend([json!({ "type": "NFKD" }), json!({ "type": "StripAccents" })]);
        }
        if self.settings.flag("do_lower_case")?.unwrap_or(true) {
            steps.push(json!({ "type": "Lowercase" }));
        }
        steps.extend(self.charsmap());
        let vocabulary = self.pieces(0);
        let cls = self.token("cls_token", "[CLS]", &vocabulary)?;
        let sep = self.token("sep_token", "[SEP]", &vocabulary)?;
        let post = post_processor::bert(&cls, &sep);
        self.unigram(vocabulary, &BERT_ROLES, Some(sequence("normalizers", steps)), post)
    }

    /// fairseq's ids: four tokens of its own in the place of SentencePiece's three, and a mask.
    fn xlm_roberta(&self) -> Result<Parts> {
        let names = ["bos_token", "pad_token", "eos_token", "unk_token"];
        let mut vocabulary = Vec::new();
        for (key, default) in names.into_iter().zip(["<s>", "<pad>", "</s>", "<unk>"]) {
            vocabulary.push((self.settings.token_or(key, default)?, 0.0));
        }
        vocabulary.extend(self.pieces(3));
        self.fairseq(vocabulary)
    }

    /// fairseq's ids once more, with the tokens of the model kept out of the way.
    fn camembert(&self) -> Result<Parts> {
        let mut vocabulary = vec![
            ("<s>NOTUSED".to_owned(), 0.0),
            (self.settings.token_or("pad_token", "<pad>")?, 0.0),
            ("</s>NOTUSED".to_owned(), 0.0),
            (self.settings.token_or("unk_token", "<unk>")?, 0.0),
            ("<unk>NOTUSED".to_owned(), -100.0),
        ];
        vocabulary.extend(self.pieces(1));
        self.fairseq(vocabulary)
    }

    fn fairseq(&self, mut vocabulary: Vec<(String, f32)>) -> Result<Parts> {
        vocabulary.push((self.settings.token_or("mask_token", "<mask>")?, 0.0));
        let bos = self.token("bos_token", "<s>", &vocabulary)?;
        let eos = self.token("eos_token", "</s>", &vocabulary)?;
        let post = post_processor::fairseq(&bos, &eos);
        let parts = self.unigram(vocabulary, &FAIRSEQ_ROLES, self.charsmap(), post)?;
        Ok(Parts { mask_takes_space: true, ..parts })
    }

    fn t5(&self) -> Result<Parts> {
        let n_extra = self.settings.count("extra_ids")?.unwrap_or(100);
        let mut vocabulary = self.pieces(0);
        let extra = (0..n_extra).rev().map(|id| format!("<extra_id_{id}>"));
        let added = extra.clone().map(|content| AddedToken::special(&content)).collect();
        vocabulary.extend(extra.map(|content| (content, 0.0)));
        let eos = self.token("eos_token", "</s>", &vocabulary)?;
        let roles = [("eos_token", "</s>"), ("unk_token", "<unk>"), ("pad_token", "<pad>")];
        let post = post_processor::t5(&eos);
        let parts = self.unigram(vocabulary, &roles, self.charsmap(), post)?;
        Ok(Parts { added, ..parts })
    }

    /// The pipeline of the encoders: words between white space, each with a `▁` before it.
    fn unigram(
        &self,
        vocabulary: Vec<(String, f32)>,
        roles: &[(&'static str, &str)],
        normalizer: Option<Value>,
        post_processor: Value,
    ) -> Result<Parts> {
        self.expect(Algorithm::Unigram)?;
        let unk = self.token("unk_token", "<unk>", &vocabulary)?;
        let is_prefixed = self.settings.flag("add_prefix_space")?.unwrap_or(true);
        let metaspace = metaspace(if is_prefixed { "always" } else { "never" }, true);
        let mut steps = vec![json!({ "type": "WhitespaceSplit" }), metaspace.clone()];
        steps.extend(self.user_defined());
        Ok(Parts {
            roles: named(roles),
            json: json!({
                "normalizer": normalizer,
                "pre_tokenizer": sequence("pretokenizers", steps),
                "post_processor": post_processor,
                "decoder": metaspace,
                "model": {
                    "type": "Unigram",
                    "unk_id": unk.id,
                    "vocab": vocabulary,
                    "byte_fallback": false,
                },
            }),
            ..Parts::default()
        })
    }

    fn llama(&self) -> Result<Parts> {
        self.expect(Algorithm::Bpe)?;
        let is_prefixed = self.settings.flag("add_prefix_space")?.unwrap_or(true);
        let is_legacy = self.settings.flag("legacy")?.unwrap_or(false);
        let scheme = match (is_prefixed, is_legacy) {
            (false, _) => "never",
            (true, true) => "always",
            (true, false) => "first",
        };
        let (metaspace, user_defined) = (metaspace(scheme, false), self.user_defined());
        let has_user_defined = user_defined.is_some();
        let roles = [("unk_token", "<unk>"), ("bos_token", "<s>"), ("eos_token", "</s>")];
        Ok(Parts {
            roles: named(&roles),
            json: json!({
                "normalizer": null,
                "pre_tokenizer": match user_defined {
                    None => metaspace,
                    Some(whole) => sequence("pretokenizers", vec![metaspace, whole]),
                },
                "post_processor": self.decoder_frame(true)?,
                "decoder": decoder(true, is_prefixed),
                "model": self.bpe(None, true, has_user_defined),
            }),
            ..Parts::default()
        })
    }

    /// As SentencePiece itself does it: everything that the model says about its normalization.
    fn plain(&self) -> Result<Parts> {
        let Model { dummy_prefix, remove_extra_spaces, escape_spaces, byte_fallback, .. } =
            self.model;
        let is_legacy = self.settings.flag("legacy")?.unwrap_or(true);
        let mut normalizers: Vec<Value> = self.charsmap().into_iter().collect();
        if remove_extra_spaces {
            normalizers.extend([replace_regex(r"\A +| +\z", ""), replace_regex(" {2,}", " ")]);
        }
        if escape_spaces {
            normalizers.push(replace(" ", SPACE));
        }
        if dummy_prefix && is_legacy {
            // The step that adds the prefix skips texts that begin with one; SentencePiece does not.
            normalizers.push(replace_regex(r"\A▁", "▁▁"));
        }
        let mut steps = Vec::new();
        if dummy_prefix {
            steps.push(metaspace(if is_legacy { "always" } else { "first" }, false));
        }
        let user_defined = self.user_defined();
        let has_user_defined = user_defined.is_some();
        steps.extend(user_defined);
        let unk = self.piece(self.model.unk_id).ok_or_else(|| self.missing("<unk>"))?;
        let model = match self.model.algorithm {
            Algorithm::Bpe => self.bpe(Some(&unk.text), byte_fallback, has_user_defined),
            _ => json!({
                "type": "Unigram",
                "unk_id": self.model.unk_id,
                "vocab": self.pieces(0),
                "byte_fallback": byte_fallback,
            }),
        };
        let begins = self.settings.model_type.as_deref();
        let begins = begins.is_some_and(|name| BEGIN_TEXTS.contains(&name));
        Ok(Parts {
            roles: self.own_roles(),
            json: json!({
                "normalizer": sequence("normalizers", normalizers),
                "pre_tokenizer": (!steps.is_empty()).then(|| sequence("pretokenizers", steps)),
                "post_processor": self.decoder_frame(begins)?,
                "decoder": decoder(byte_fallback, dummy_prefix),
                "model": model,
            }),
            ..Parts::default()
        })
    }

    fn bpe(&self, unk: Option<&str>, byte_fallback: bool, ignore_merges: bool) -> Value {
        let pieces = self.model.pieces.iter().enumerate();
        let vocabulary: serde_json::Map<String, Value> =
            pieces.map(|(id, piece)| (piece.text.clone(), id.into())).collect();
        json!({
            "type": "BPE",
            "dropout": null,
            "unk_token": unk,
            "continuing_subword_prefix": null,
            "end_of_word_suffix": null,
            "fuse_unk": true,
            "byte_fallback": byte_fallback,
            "ignore_merges": ignore_merges,
            "vocab": vocabulary,
            "merges": merges::of(&self.model.pieces),
        })
    }

    /// Beginning and end of texts as the settings ask for them.
    fn decoder_frame(&self, begins: bool) -> Result<Value> {
        let vocabulary = self.pieces(0);
        let framed = |flag, default: bool, key, id, name| match self.settings.flag(flag)? {
            Some(false) => Ok(None),
            None if !default => Ok(None),
            _ => {
                let name = self.piece(id).map_or(name, |piece| piece.text.as_str());
                self.token(key, name, &vocabulary).map(Some)
            }
        };
        let bos = framed("add_bos_token", begins, "bos_token", self.model.bos_id, "<s>")?;
        let eos = framed("add_eos_token", false, "eos_token", self.model.eos_id, "</s>")?;
        Ok(post_processor::decoder(bos.as_ref(), eos.as_ref()))
    }

    /// The special tokens that the model itself names.
    fn own_roles(&self) -> Vec<(&'static str, String)> {
        let Model { unk_id, bos_id, eos_id, pad_id, .. } = self.model;
        [("unk_token", unk_id), ("bos_token", bos_id), ("eos_token", eos_id), ("pad_token", pad_id)]
            .into_iter()
            .filter_map(|(role, id)| Some((role, self.piece(id)?.text.clone())))
            .collect()
    }

    fn control(&self) -> impl Iterator<Item = AddedToken> {
        let pieces = self.model.pieces.iter().filter(|piece| piece.kind == Kind::Control);
        pieces.map(|piece| AddedToken::special(&piece.text))
    }

    /// The step that keeps pieces whole which the model's maker asked for; none if there are none.
    ///
    /// They are no added tokens: what follows one begins no word.
    fn user_defined(&self) -> Option<Value> {
        let pieces = self.model.pieces.iter().filter(|piece| piece.kind == Kind::UserDefined);
        let mut texts: Vec<&str> = pieces.map(|piece| piece.text.as_str()).collect();
        // Of those that begin alike the longest counts.
        texts.sort_by_key(|text| std::cmp::Reverse(text.chars().count()));
        let pattern = texts.into_iter().map(escape).collect::<Vec<_>>().join("|");
        (!pattern.is_empty()).then(|| {
            json!({
                "type": "Split",
                "pattern": { "Regex": pattern },
                "behavior": "Isolated",
                "invert": false,
            })
        })
    }

    fn pieces(&self, skipped: usize) -> Vec<(String, f32)> {
        let pieces = self.model.pieces.iter().skip(skipped);
        pieces.map(|piece| (piece.text.clone(), piece.score)).collect()
    }

    fn piece(&self, id: i32) -> Option<&Piece> {
        self.model.pieces.get(usize::try_from(id).ok()?)
    }

    fn charsmap(&self) -> Option<Value> {
        charsmap::normalizer(&self.model.charsmap)
    }

    fn token(
        &self,
        key: &'static str,
        default: &str,
        vocabulary: &[(String, f32)],
    ) -> Result<Token> {
        let content = self.settings.token_or(key, default)?;
        let place = vocabulary.iter().position(|(piece, _)| *piece == content);
        let added = self.settings.added.iter().find(|(_, token)| token.content == content);
        match place.map(|place| place as u32).or(added.map(|(id, _)| *id)) {
            Some(id) => Ok(Token { content, id }),
            None => Err(self.missing(&content)),
        }
    }

    fn missing(&self, token: &str) -> Error {
        Error::TokenMissing { file: self.file.display().to_string(), token: token.to_owned() }
    }

    fn expect(&self, algorithm: Algorithm) -> Result<()> {
        if self.model.algorithm == algorithm {
            return Ok(());
        }
        let (found, expected) = (self.model.algorithm, algorithm);
        Err(Error::CorruptTokenizer {
            file: self.file.display().to_string(),
            reason: format!("its algorithm is {found:?}, but its family has {expected:?}"),
        })
    }
}

#[cfg(test)]
mod tests;
