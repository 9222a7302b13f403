//! Fillings against transformers' pipeline.

use super::*;
use crate::predictor::tests::{assert_close, floats, pipelines, predictor};

#[test]
fn fillings_are_those_of_the_pipeline() {
    let golden = pipelines();
    let texts = golden.strings("mask.texts").unwrap();
    let predictor = predictor("bert_masked_lm");
    // However the mask is written, and together with longer texts.
    for written in ["[MASK]", "<mask>"] {
        let texts: Vec<String> = texts.iter().map(|text| text.replace("[MASK]", written)).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let filled = predictor.fill_mask(&texts, 3).unwrap();
        assert_eq!(filled.n_truncated, 0);
        let n_masks: Vec<u32> = filled.rows.iter().map(|row| row.masks.len() as u32).collect();
        assert_eq!(n_masks, golden.u32s("mask.n_masks").unwrap());
        let fillings: Vec<&Filling> =
            filled.rows.iter().flat_map(|row| row.masks.iter().flatten()).collect();
        let ids: Vec<u32> = fillings.iter().map(|filling| filling.id).collect();
        assert_eq!(ids, golden.u32s("mask.ids").unwrap());
        let tokens: Vec<&str> = fillings.iter().map(|filling| filling.token.as_str()).collect();
        assert_eq!(tokens, golden.strings("mask.tokens").unwrap());
        let scores: Vec<f32> = fillings.iter().map(|filling| filling.score).collect();
        assert_close("scores", &scores, &floats(&golden, "mask.scores"));
        for (filling, expected) in fillings.iter().zip(golden.strings("mask.filled").unwrap()) {
            // With several masks the pipeline shows what frames the text too.
            let expected = expected.trim_start_matches("[CLS] ").trim_end_matches(" [SEP]");
            assert_eq!(filling.text, expected);
        }
    }
}

#[test]
fn a_text_without_a_mask_is_refused_by_its_number() {
    let predictor = predictor("bert_masked_lm");
    let error = predictor.fill_mask(&["a [MASK].", "no mask"], 1).unwrap_err().to_string();
    assert_eq!(error, "text 1: it has no mask; write [MASK] where a word is to be found");
    let short = predictor.with_limit(sconce_text_pipeline::MaxLength::Truncate(5));
    let error = short.fill_mask(&["the cat sat on the [MASK]."], 1).unwrap_err().to_string();
    assert!(error.contains("text 0: its mask was cut off"), "{error}");
}
