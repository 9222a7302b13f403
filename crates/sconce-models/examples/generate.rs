//! A language model of counted pairs of characters continues texts: greedy, drawn, by beam search,
//! streamed up to a stop string; and says how probable texts are.
//!
//! `cargo run -p sconce-models --example generate` prints
//!
//! ```text
//! greedy: " the the the "
//! drawn: " cat. t t can athe t"
//! drawn: " cate cat. t. athe h"
//! drawn: " then he caten he ca"
//! beam: "nd at" with score -1.065
//! beam: "nd an t cat" with score -1.075
//! streamed: "n mathe the the then cat"
//! perplexity forwards and backwards: [2.4, 284.1]
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use sconce_models::{
    CausalLm, DecodeText, FinishReason, GenerationConfig, Generator, LayerCaches, TextError,
    ToScore, Tokens, score,
};
use sconce_ops::{Mode, Offsets};

const TEXT: &str = "the hen and the cat sat on the mat. then the cat ran. the hen ate and sat. ";

/// How often each character follows another: the logits are the logarithms of the counts.
struct Pairs {
    letters: Vec<char>,
    /// `(vocab, vocab)`
    logits: Tensor,
}

impl Pairs {
    fn count(text: &str) -> candle_core::Result<Self> {
        let mut letters: Vec<char> = text.chars().collect();
        letters.sort_unstable();
        letters.dedup();
        let n = letters.len();
        let ids = ids_of(&letters, text);
        let mut counts = vec![0.01f32; n * n];
        for pair in ids.windows(2) {
            counts[pair[0] as usize * n + pair[1] as usize] += 1.;
        }
        let logits = Tensor::from_vec(counts, (n, n), &Device::Cpu)?.log()?;
        Ok(Self { letters, logits })
    }

    fn ids(&self, text: &str) -> Vec<u32> {
        ids_of(&self.letters, text)
    }

    fn decode(&self, ids: &[u32]) -> Result<String, TextError> {
        Ok(ids.iter().filter_map(|&id| self.letters.get(id as usize)).collect())
    }

    fn after(&self, ids: &[u32]) -> candle_core::Result<Tensor> {
        self.logits.index_select(&Tensor::new(ids, &Device::Cpu)?, 0)
    }
}

fn ids_of(letters: &[char], text: &str) -> Vec<u32> {
    let id = |letter| letters.iter().position(|&known| known == letter);
    text.chars().filter_map(id).map(|id| id as u32).collect()
}

impl CausalLm for Pairs {
    fn vocab_size(&self) -> usize {
        self.letters.len()
    }

    fn max_positions(&self) -> Option<usize> {
        None
    }

    /// The last character is all it looks at: there is nothing to keep.
    fn caches(&self, n_sequences: usize) -> LayerCaches {
        LayerCaches::new(0, n_sequences, 1, 1, DType::F32, &Device::Cpu)
    }

    fn next_logits(
        &self,
        ids: &[u32],
        offsets: &Offsets,
        _: &mut LayerCaches,
    ) -> candle_core::Result<Tensor> {
        let last: Vec<u32> = offsets.iter().map(|row| ids[row.end - 1]).collect();
        self.after(&last)
    }

    fn logits(&self, tokens: &Tokens<'_>, _: Mode) -> candle_core::Result<Tensor> {
        self.after(tokens.ids)
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let lm = Pairs::count(TEXT)?;
    let prompt = lm.ids("the");
    let generator = |json: &str| -> Result<Generator<'_>, Box<dyn std::error::Error>> {
        let config: GenerationConfig = serde_json::from_str(json)?;
        Ok(Generator::new(&lm, config)?.text(|| DecodeText::new(|ids: &[u32]| lm.decode(ids))))
    };

    let generated = generator(r#"{"max_new_tokens": 13}"#)?.generate(&[&prompt])?;
    println!("greedy: {:?}", generated[0].text.as_deref().unwrap_or_default());
    assert_eq!(generated[0].finish, FinishReason::Length);

    // Three texts of one prompt; the same seed gives the same texts.
    let json = r#"{"do_sample": true, "top_k": 4, "temperature": 0.8, "seed": 1,
                   "num_return_sequences": 3, "max_new_tokens": 20}"#;
    let drawn = generator(json)?.generate(&[&prompt])?;
    for generated in &drawn {
        println!("drawn: {:?}", generated.text.as_deref().unwrap_or_default());
    }
    assert_eq!(generator(json)?.generate(&[&prompt])?, drawn);

    // The end of a sentence is the end of the text.
    let end = lm.ids(".")[0];
    let json = format!(
        r#"{{"num_beams": 4, "num_return_sequences": 2, "eos_token_id": {end}, "no_repeat_ngram_size": 2}}"#
    );
    let searched = generator(&json)?.log_probs(0).generate(&[&prompt])?;
    for generated in &searched {
        let text = generated.text.as_deref().unwrap_or_default();
        println!("beam: {text:?} with score {:.3}", generated.score.unwrap_or_default());
    }
    assert!(searched[0].score >= searched[1].score);

    let json = r#"{"do_sample": true, "seed": 3, "stop_strings": ["."], "max_new_tokens": 200}"#;
    let mut streamed = String::new();
    let generated = generator(json)?.stream(&[&prompt], |item| {
        streamed.push_str(item.text);
        ControlFlow::Continue(())
    })?;
    println!("streamed: {streamed:?}");
    assert_eq!(generated[0].text.as_ref(), Some(&streamed));
    assert_eq!(generated[0].finish, FinishReason::StopString { index: 0 });

    let texts = ["the cat sat.", "tac eht tas."].map(|text| lm.ids(text));
    let scores = score(&lm, &[ToScore::new(&texts[0]), ToScore::new(&texts[1])])?;
    let perplexities: Vec<f64> = scores.iter().map(|score| score.perplexity()).collect();
    println!("perplexity forwards and backwards: {perplexities:.1?}");
    assert!(perplexities[0] < perplexities[1]);
    Ok(())
}
