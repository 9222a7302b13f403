//! What beam search gives besides the tokens and scores that are compared with transformers'.

use super::*;
use crate::generation::tests::Golden;
use crate::generation::tests::tables_lm::TablesLm;
use crate::generation::text::{DecodeText, TextError};
use crate::generation::{ToScore, score};

fn beams(json: &str) -> GenerationConfig {
    serde_json::from_str(json).unwrap()
}

#[test]
fn log_probabilities_are_the_models_own_whatever_the_processors_do() {
    let golden = Golden::read();
    let lm = TablesLm::new(golden.tables.clone());
    let config = beams(
        r#"{"num_beams": 3, "num_return_sequences": 3, "eos_token_id": 3, "repetition_penalty": 1.3}"#,
    );
    let generator = Generator::new(&lm, config).unwrap().log_probs(0);
    for generated in generator.generate(&golden.prompts()).unwrap() {
        let prompt = &golden.prompts[generated.prompt];
        let ids = [prompt.as_slice(), &generated.ids].concat();
        let scored = score(&lm, &[ToScore { ids: &ids, n_context: prompt.len() }]).unwrap();
        assert_eq!(generated.log_probs.len(), generated.ids.len());
        for (token, expected) in generated.log_probs.iter().zip(&scored[0].log_probs) {
            assert!((token.log_prob - expected).abs() < 1e-5);
        }
    }
}

#[test]
fn each_prompt_is_read_once_and_each_beam_token_by_token() {
    let golden = Golden::read();
    let lm = TablesLm::new(golden.tables.clone());
    let config = beams(r#"{"num_beams": 3, "max_new_tokens": 4}"#);
    Generator::new(&lm, config).unwrap().generate(&golden.prompts()).unwrap();
    let n_prompts: usize = golden.prompts.iter().map(Vec::len).sum();
    let n_fed = lm.n_fed.load(std::sync::atomic::Ordering::Relaxed);
    assert_eq!(n_fed, n_prompts + golden.prompts.len() * 3 * 3);
}

#[test]
fn the_text_is_that_of_the_tokens_without_the_end() {
    let lm = TablesLm::bigram(&[&[0., 5., 0.], &[0., 0., 5.], &[5., 0., 0.]]);
    let config = beams(r#"{"num_beams": 2, "eos_token_id": 0, "max_new_tokens": 5}"#);
    let decode = |ids: &[u32]| -> Result<String, TextError> {
        Ok(ids.iter().map(|id| format!("<{id}>")).collect())
    };
    let generator = Generator::new(&lm, config).unwrap().text(|| DecodeText::new(decode));
    let generated = generator.generate(&[&[0]]).unwrap();
    assert_eq!(generated[0].ids, [1, 2, 0]);
    assert_eq!(generated[0].text.as_deref(), Some("<1><2>"));
    assert_eq!(generated[0].finish, FinishReason::Eos);
}

#[test]
fn a_search_whose_every_token_is_banned_ends_with_what_it_has() {
    let lm = TablesLm::bigram(&[&[0.; 3], &[0.; 3], &[0.; 3]]);
    let config = beams(r#"{"num_beams": 2, "no_repeat_ngram_size": 1, "max_new_tokens": 9}"#);
    let generated = Generator::new(&lm, config).unwrap().generate(&[&[0], &[0, 1, 2]]).unwrap();
    let ends: Vec<_> = generated.iter().map(|g| (g.ids.len(), g.finish)).collect();
    assert_eq!(ends, [(2, FinishReason::Exhausted), (0, FinishReason::Exhausted)]);
    assert_eq!(generated[0].ids, [1, 2]);
}
