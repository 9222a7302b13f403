//! One predictor for each kind of model, over folders as transformers and sentence-transformers write
//! them: tiny ones with random weights, so the answers mean nothing.
//!
//! `cargo run -p sconce-export --example tasks` prints
//!
//! ```text
//! label: negative (0.406)
//! entity: PER "The" (0.383)
//! entity: PER "cat" (0.566)
//! entity: PER "by the" (0.534)
//! entity: PER "river" (0.325)
//! entity: PER "." (0.561)
//! answer: "by the river."
//! mask: [MASK] (0.187)
//! mask: house (0.104)
//! similarity: 0.844 and 1.000
//! text: " catp,pqqo."
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::path::Path;

use candle_core::Device;
use sconce_export::{Aggregation, Bundle, GenerateOptions, Predictor};
use sconce_text_pipeline::Input;

/// A predictor over a folder of the tests of `sconce-models`.
fn open(name: &str) -> Result<Predictor, sconce_export::Error> {
    let folders = Path::new(env!("CARGO_MANIFEST_DIR")).join("../sconce-models/tests/golden");
    Ok(Predictor::new(Bundle::open(&folders.join(name), &Device::Cpu)?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = "The old cat walked by the river.";

    let prediction = &open("bert_sequence_classification")?.predict(&[text])?[0];
    println!("label: {} ({:.3})", prediction.label, prediction.score);

    let tagged =
        open("bert_token_classification")?.tag(&[Input::Text(text)], Aggregation::First)?;
    for entity in &tagged.rows[0].entities {
        println!("entity: {} {:?} ({:.3})", entity.label, entity.text, entity.score);
        assert_eq!(entity.text, text[entity.start..entity.end]);
    }

    let predictor = open("bert_question_answering")?;
    let answered = predictor.answer(&[("Who walked?", text)], &predictor.answer_options())?;
    println!("answer: {:?}", answered[0].answers[0].text);

    let filled = open("bert_masked_lm")?.fill_mask(&["The old [MASK] walked."], 2)?;
    for filling in &filled.rows[0].masks[0] {
        println!("mask: {} ({:.3})", filling.token, filling.score);
    }

    let predictor = open("sentence_mean")?;
    let alike = predictor.similarity(&[(text, "A young cat walked."), (text, text)])?.rows;
    println!("similarity: {:.3} and {:.3}", alike[0], alike[1]);
    assert!(alike[0] < alike[1]);

    let predictor = open("generation_gpt2")?;
    let mut options = GenerateOptions { config: predictor.generation_config()?, log_probs: None };
    options.config.max_new_tokens = Some(8);
    let generated = predictor.generate(&["the cat"], &options)?;
    println!("text: {:?}", generated.rows[0].text);
    Ok(())
}
