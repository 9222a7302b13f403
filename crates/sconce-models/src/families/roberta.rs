//! RoBERTa (Liu et al., 2019, arXiv:1907.11692), XLM-RoBERTa (Conneau et al., 2020, arXiv:1911.02116)
//! and CamemBERT (Martin et al., 2020, arXiv:1911.03894): BERT's layers; positions are counted from
//! behind the padding id, and the classifier has a layer of its own instead of a pooler.

use sconce_ops::Activation;
use serde_json::{Map, Value};

use super::bert::{BertConfig, DROPOUT_KEYS, IGNORED, NAMES};
use super::{Blueprint, DensePlan, Heads, MaskedLmPlan, SequencePlan, read};
use crate::transformer::Pick;

pub(super) fn blueprint(
    class: &'static str,
    keys: &Map<String, Value>,
) -> Result<Blueprint, String> {
    let mut config: BertConfig = read(keys)?;
    if !keys.contains_key("vocab_size") {
        config.vocab_size = if class == "Roberta" { 50265 } else { 30522 };
    }
    let dropout = config.head_dropout();
    let first = config.pad_token_id.unwrap_or(1) + 1;
    Ok(Blueprint {
        class,
        prefix: "roberta",
        transformer: config.transformer(first)?,
        names: NAMES,
        pooler: Some("pooler.dense"),
        heads: Heads {
            sequence: SequencePlan {
                pick: Pick::First,
                dropout_before: dropout,
                dense: Some(DensePlan {
                    name: "classifier.dense",
                    is_in_prefix: false,
                    activation: Activation::Tanh,
                }),
                dropout,
                output: "classifier.out_proj",
                has_bias: true,
            },
            tokens: ("classifier", dropout),
            answers: ("qa_outputs", 0.),
            masked_lm: Some(MaskedLmPlan {
                dense: "lm_head.dense",
                norm: "lm_head.layer_norm",
                decoder: "lm_head.decoder",
                bias: "lm_head.bias",
                // Whatever the layers use.
                activation: Activation::Gelu,
            }),
            causal_lm: None,
        },
        is_tied: config.tie_word_embeddings,
        dropout_keys: DROPOUT_KEYS,
        ignored: IGNORED,
    })
}
