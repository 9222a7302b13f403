//! Which tokens of a `tokenizer.json` are special, and what they are for: the file says only the
//! first, so roles are told by the names that models give them.

use tokenizers::{PostProcessorWrapper, Tokenizer};

use crate::special_tokens::SpecialTokens;

const CLS: &[&str] = &["[CLS]", "<s>"];
const SEP: &[&str] = &["[SEP]", "</s>"];
const PAD: &[&str] = &["[PAD]", "<pad>", "<|pad|>", "<|finetune_right_pad_id|>"];
const MASK: &[&str] = &["[MASK]", "<mask>"];
const BOS: &[&str] = &["<s>", "<|begin_of_text|>", "<|startoftext|>", "<bos>"];
const EOS: &[&str] = &["</s>", "<|im_end|>", "<|end_of_text|>", "<|endoftext|>", "<eos>"];
const UNK: &[&str] = &["[UNK]", "<unk>"];

/// The special tokens of a tokenizer whose post-processor is `post`.
pub(super) fn find(tokenizer: &Tokenizer, post: Option<&PostProcessorWrapper>) -> SpecialTokens {
    let added = tokenizer.get_added_tokens_decoder();
    let special = added.iter().filter(|(_, token)| token.special);
    let first = |names: &[&str]| names.iter().find_map(|name| tokenizer.token_to_id(name));
    let (cls, sep) = match post {
        Some(PostProcessorWrapper::Bert(bert)) => (Some(bert.cls.1), Some(bert.sep.1)),
        Some(PostProcessorWrapper::Roberta(roberta)) => (Some(roberta.cls.1), Some(roberta.sep.1)),
        _ => (first(CLS), first(SEP)),
    };
    let found = SpecialTokens {
        cls,
        sep,
        pad: first(PAD),
        mask: first(MASK),
        bos: first(BOS),
        eos: first(EOS),
        unk: first(UNK),
        all: special.map(|(id, _)| *id).collect(),
    };
    found.complete()
}
