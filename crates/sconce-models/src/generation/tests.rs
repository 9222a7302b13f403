//! Tokens and scores of transformers (`tests/golden/decoding.py`), and what the prompts promise.

use std::path::Path;

use serde::Deserialize;

use super::tables_lm::TablesLm;
use super::*;

/// The golden file.
#[derive(Deserialize)]
pub(super) struct Golden {
    pub(super) prompts: Vec<Vec<u32>>,
    pub(super) tables: Vec<Vec<Vec<f32>>>,
    pub(super) cases: Vec<Case>,
    pub(super) processed: Vec<Processed>,
}

#[derive(Deserialize)]
pub(super) struct Case {
    pub(super) config: GenerationConfig,
    pub(super) ids: Vec<Vec<Vec<u32>>>,
    pub(super) scores: Option<Vec<Vec<f32>>>,
}

#[derive(Deserialize)]
pub(super) struct Processed {
    pub(super) config: GenerationConfig,
    pub(super) ids: Vec<u32>,
    pub(super) n_prompt: usize,
    pub(super) row: Vec<f32>,
    out: Vec<Option<f32>>,
}

impl Golden {
    pub(super) fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/decoding.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    pub(super) fn prompts(&self) -> Vec<&[u32]> {
        self.prompts.iter().map(Vec::as_slice).collect()
    }
}

impl Processed {
    pub(super) fn expected(&self) -> Vec<f32> {
        self.out.iter().map(|score| score.unwrap_or(f32::NEG_INFINITY)).collect()
    }
}

fn assert_equal(case: &Case, prompt: usize, generated: &[Generated]) {
    let ids: Vec<&Vec<u32>> = generated.iter().map(|generated| &generated.ids).collect();
    let expected: Vec<&Vec<u32>> = case.ids[prompt].iter().collect();
    assert_eq!(ids, expected, "{:?}, prompt {prompt}", case.config);
    for (i, generated) in generated.iter().enumerate() {
        assert_eq!(generated.prompt, prompt);
        let Some(scores) = &case.scores else { continue };
        let (score, expected) = (generated.score.unwrap(), scores[prompt][i]);
        // A sum of up to 40 log-probabilities, each rounded to 1e-7 of its size, and six decimals.
        let tolerance = 1e-5 + 1e-6 * expected.abs();
        assert!((score - expected).abs() < tolerance, "{:?}: {score} {expected}", case.config);
    }
    for generated in generated {
        let is_eos = |id: &u32| case.config.eos_token_id.contains(id);
        let ends = generated.ids.last().is_some_and(is_eos);
        let reason = if ends { FinishReason::Eos } else { FinishReason::Length };
        assert_eq!(generated.finish, reason, "{:?}", case.config);
    }
}

#[test]
fn tokens_and_scores_are_those_of_transformers_for_all_prompts_together() {
    let golden = Golden::read();
    let lm = TablesLm::new(golden.tables.clone());
    assert!(golden.cases.len() > 60);
    for case in &golden.cases {
        let generator = Generator::new(&lm, case.config.clone()).unwrap();
        let generated = generator.generate(&golden.prompts()).unwrap();
        let n = case.config.num_return_sequences;
        assert_eq!(generated.len(), golden.prompts.len() * n);
        for (prompt, generated) in generated.chunks(n).enumerate() {
            assert_equal(case, prompt, generated);
        }
    }
}

#[test]
fn a_prompt_alone_is_continued_as_in_a_batch() {
    let golden = Golden::read();
    let lm = TablesLm::new(golden.tables.clone());
    for case in &golden.cases {
        let generator = Generator::new(&lm, case.config.clone()).unwrap();
        for (prompt, ids) in golden.prompts.iter().enumerate() {
            let mut generated = generator.generate(&[ids]).unwrap();
            generated.iter_mut().for_each(|generated| generated.prompt = prompt);
            assert_equal(case, prompt, &generated);
        }
    }
}

#[test]
fn positions_are_filled_and_never_passed() {
    let golden = Golden::read();
    for num_beams in [1, 3] {
        let config =
            GenerationConfig { num_beams, max_new_tokens: Some(5), ..GenerationConfig::default() };
        let lm = TablesLm { max_positions: Some(6), ..TablesLm::new(golden.tables.clone()) };
        let generator = Generator::new(&lm, config).unwrap();
        let generated = generator.generate(&golden.prompts()).unwrap();
        // Prompts of 3, 1, 6 and 2 tokens.
        let ends: Vec<_> = generated.iter().map(|g| (g.ids.len(), g.finish)).collect();
        let (length, positions) = (FinishReason::Length, FinishReason::Positions);
        assert_eq!(ends, [(3, positions), (5, length), (0, positions), (4, positions)]);
    }
}

#[test]
fn prompts_that_cannot_be_continued_are_refused_by_number() {
    let golden = Golden::read();
    let config = |json| serde_json::from_str::<GenerationConfig>(json).unwrap();
    let cases: [(&str, &[u32], &str); 3] = [
        ("{}", &[], "text 1: has no tokens"),
        ("{}", &[1; 7], "text 1: 7 tokens are more than the model's 6 positions"),
        (r#"{"max_length": 4}"#, &[1; 4], "text 1: 4 tokens leave no room in max_length 4"),
    ];
    for (json, prompt, expected) in cases {
        let lm = TablesLm { max_positions: Some(6), ..TablesLm::new(golden.tables.clone()) };
        let generator = Generator::new(&lm, config(json)).unwrap();
        let error = generator.generate(&[&[1], prompt]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let lm = TablesLm::new(golden.tables);
    let stop = Generator::new(&lm, config(r#"{"stop_strings": "x"}"#)).unwrap();
    let error = stop.generate(&[&[1]]).unwrap_err().to_string();
    assert!(error.contains("stop strings need a generator that makes text"), "{error}");
    let beams = Generator::new(&lm, config(r#"{"num_beams": 2}"#)).unwrap();
    let error = beams.stream(&[&[1]], |_| ControlFlow::Continue(())).unwrap_err().to_string();
    assert!(error.contains("num_beams: 2 cannot be streamed"), "{error}");
    let error = beams.log_probs(1).generate(&[&[1]]).unwrap_err().to_string();
    assert!(error.contains("alternatives of tokens are not kept by beam search"), "{error}");
}

#[test]
fn no_prompts_give_no_texts() {
    let lm = TablesLm::bigram(&[&[0., 1.], &[1., 0.]]);
    for num_beams in [1, 2] {
        let config = GenerationConfig { num_beams, ..GenerationConfig::default() };
        assert_eq!(Generator::new(&lm, config).unwrap().generate(&[]).unwrap(), []);
    }
}

#[test]
fn logits_that_are_not_numbers_are_an_error() {
    let lm = TablesLm::bigram(&[&[0., 1.], &[f32::NAN, 0.]]);
    for num_beams in [1, 2] {
        let config = GenerationConfig { num_beams, ..GenerationConfig::default() };
        let generator = Generator::new(&lm, config).unwrap();
        let error = generator.generate(&[&[0, 0], &[0, 0, 0]]).unwrap_err().to_string();
        assert!(error.contains("are not numbers"), "{error}");
    }
}
