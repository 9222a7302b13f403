//! Which tokens of a `tokenizer.json` are special, and what they are for: the file says only the
//! first. The roles are those of `tokenizer_config.json`, else they are told by the names that
//! models give them.

use tokenizers::{PostProcessorWrapper, Tokenizer};

use super::beside::Parts;
use crate::error::{Error, Result};
use crate::special_tokens::SpecialTokens;
use crate::tokenizer_folder::settings::Settings;

const CLS: &[&str] = &["[CLS]"];
const SEP: &[&str] = &["[SEP]"];
/// What RoBERTa calls these two; decoders give other roles to tokens of these names, and know no
/// mask.
const FAIRSEQ_CLS: &[&str] = &["<s>"];
const FAIRSEQ_SEP: &[&str] = &["</s>"];
const PAD: &[&str] = &["[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>"];
const MASK: &[&str] = &["[MASK]", "<mask>"];
const BOS: &[&str] = &["<s>", "<|begin_of_text|>", "<|startoftext|>", "<bos>"];
const EOS: &[&str] = &["</s>", "<|im_end|>", "<|end_of_text|>", "<|endoftext|>", "<eos>"];
const UNK: &[&str] = &["[UNK]", "<unk>"];

/// The special tokens of a tokenizer whose post-processor is `post`.
pub(super) fn find(
    tokenizer: &Tokenizer,
    post: Option<&PostProcessorWrapper>,
    settings: &Settings,
    parts: &Parts,
) -> Result<SpecialTokens> {
    let role = |key: &str, names: &[&str]| -> Result<Option<u32>> {
        let given = settings.token(key)?.map(|token| token.content);
        let default = parts.roles.iter().find(|(role, _)| *role == key).map(|(_, name)| name);
        Ok::<_, Error>(match (given, default) {
            (Some(given), _) => tokenizer.token_to_id(&given),
            (None, _) if settings.has(key) => None,
            (None, Some(default)) => tokenizer.token_to_id(default),
            // A family has the roles that it names, and no others.
            (None, None) if !parts.roles.is_empty() => None,
            (None, None) => names.iter().find_map(|name| tokenizer.token_to_id(name)),
        })
    };
    let (cls_names, sep_names) = match tokenizer.token_to_id("<mask>") {
        Some(_) => (FAIRSEQ_CLS, FAIRSEQ_SEP),
        None => (CLS, SEP),
    };
    let (mut cls, mut sep) = (role("cls_token", cls_names)?, role("sep_token", sep_names)?);
    let framing = match post {
        Some(PostProcessorWrapper::Bert(bert)) => Some((bert.cls.1, bert.sep.1)),
        Some(PostProcessorWrapper::Roberta(roberta)) => Some((roberta.cls.1, roberta.sep.1)),
        _ => None,
    };
    if let Some((first, last)) = framing {
        cls = Some(first);
        sep = Some(last);
    }
    let added = tokenizer.get_added_tokens_decoder();
    let found = SpecialTokens {
        cls,
        sep,
        pad: role("pad_token", PAD)?,
        mask: role("mask_token", MASK)?,
        bos: role("bos_token", BOS)?,
        eos: role("eos_token", EOS)?,
        unk: role("unk_token", UNK)?,
        all: added.iter().filter(|(_, token)| token.special).map(|(id, _)| *id).collect(),
    };
    Ok(found.complete())
}
