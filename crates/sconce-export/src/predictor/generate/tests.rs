//! Texts against transformers' pipeline and `generate`.

use super::*;
use crate::predictor::tests::{assert_close, folder, pipelines, predictor};
use sconce_testing::Golden;

fn options(predictor: &Predictor, max_new_tokens: usize) -> GenerateOptions {
    let config = predictor.generation_config().unwrap();
    let config = GenerationConfig { max_new_tokens: Some(max_new_tokens), ..config };
    GenerateOptions { config, log_probs: None }
}

#[test]
fn texts_are_those_of_the_pipeline() {
    let golden = pipelines();
    let prompts = golden.strings("generate.prompts").unwrap();
    let prompts: Vec<&str> = prompts.iter().map(String::as_str).collect();
    let predictor = predictor("generation_gpt2");
    let mut options = options(&predictor, golden.f64("generate.max_new_tokens").unwrap() as usize);
    // Of config.json: the folder has no file of its own for this.
    assert_eq!(options.config.eos_token_id, [0]);
    for (name, num_beams) in [("greedy", 1), ("beams", 3)] {
        options.config.num_beams = num_beams;
        let expected = golden.strings(&format!("generate.{name}")).unwrap();
        let generated = predictor.generate(&prompts, &options).unwrap();
        let texts: Vec<&str> = generated.rows.iter().map(|row| row.text.as_str()).collect();
        assert_eq!(texts, expected, "{name}");
        assert!(generated.rows.iter().all(|row| row.score.is_some() == (num_beams > 1)));
    }
    options.config.num_beams = 1;
    for (prompt, expected) in prompts.iter().zip(golden.strings("generate.greedy").unwrap()) {
        let mut text = String::new();
        let streamed = predictor.generate_streamed(prompt, &options, |piece| {
            text.push_str(piece);
            ControlFlow::Continue(())
        });
        assert_eq!((&text, &streamed.unwrap().rows[0].text), (&expected, &expected));
    }
}

#[test]
fn tokens_and_log_probabilities_are_those_of_transformers() {
    let expected = Golden::open(folder("generation_gpt2").join("expected.json")).unwrap();
    let predictor = predictor("generation_gpt2");
    let mut options = options(&predictor, expected.f64("max_new_tokens").unwrap() as usize);
    options.config.eos_token_id.clear();
    options.log_probs = Some(2);
    let (ids, offsets) =
        (expected.u32s("prompts.ids").unwrap(), expected.u32s("prompts.offsets").unwrap());
    let tokenizer = &predictor.bundle().tokenizer;
    let (mut found, mut log_probs) = (Vec::new(), Vec::new());
    for ends in offsets.windows(2) {
        let prompt = &ids[ends[0] as usize..ends[1] as usize];
        let text = tokenizer.decode(prompt, false).unwrap();
        let mut again = Vec::new();
        tokenizer.encode_ids(&text, &mut again).unwrap();
        // Random tokens are not always those that their text has.
        if again != prompt {
            continue;
        }
        let first = found.len();
        for token in &predictor.generate(&[&text], &options).unwrap().rows[0].tokens {
            assert_eq!(token.alternatives.len(), 2);
            assert_eq!(token.alternatives[0].id, token.id);
            assert_eq!(tokenizer.id(&token.token), Some(token.id));
            found.push(token.id);
            log_probs.push(token.log_prob.unwrap());
        }
        let start = 12 * offsets.iter().position(|offset| *offset == ends[0]).unwrap();
        let expected_ids = &expected.u32s("greedy.ids").unwrap()[start..start + 12];
        assert_eq!(&found[first..], expected_ids);
        let probabilities = &expected.f64s("greedy.log_probs").unwrap()[start..start + 12];
        let probabilities: Vec<f32> = probabilities.iter().map(|x| *x as f32).collect();
        assert_close("log-probabilities", &log_probs[first..], &probabilities);
    }
    assert!(!found.is_empty());
}

#[test]
fn stop_strings_end_a_text_and_an_empty_prompt_has_a_beginning() {
    let predictor = predictor("generation_gpt2");
    let mut options = options(&predictor, 8);
    options.config.stop_strings = vec![",".into()];
    let rows = predictor.generate(&["the cat"], &options).unwrap().rows;
    assert_eq!((rows[0].text.as_str(), rows[0].finish), (" catp", "stop"));
    options.config.stop_strings.clear();
    let rows = predictor.generate(&["", "the cat"], &options).unwrap().rows;
    assert_eq!(rows.iter().map(|row| row.prompt).collect::<Vec<_>>(), [0, 1]);
    let broken = predictor.generate_streamed("the cat", &options, |_| ControlFlow::Break(()));
    assert_eq!(broken.unwrap().rows[0].finish, "cancelled");
}

#[test]
fn a_long_prompt_loses_its_beginning_or_is_refused() {
    let predictor = predictor("generation_gpt2");
    let options = options(&predictor, 6);
    let long = "a".repeat(100);
    let generated = predictor.generate(&[&long, "a"], &options).unwrap();
    assert_eq!(generated.n_truncated, 1);
    assert_eq!(generated.rows[0].finish, "length");
    let kept = predictor.generate(&[&long[..34]], &options).unwrap();
    assert_eq!((kept.n_truncated, &kept.rows[0].tokens), (0, &generated.rows[0].tokens));
    let error = predictor.refuse_long_texts().generate(&["a", &long], &options).unwrap_err();
    assert!(error.to_string().starts_with("text 1: 100 tokens"), "{error}");
}

#[test]
fn more_prompts_than_go_together_keep_their_numbers() {
    let predictor = predictor("generation_gpt2");
    let mut options = options(&predictor, 4);
    options.config.do_sample = true;
    let prompts = vec!["the cat"; TOGETHER + 2];
    let rows = predictor.generate(&prompts, &options).unwrap().rows;
    assert!(rows.iter().map(|row| row.prompt).eq(0..prompts.len()));
    assert_ne!(rows[0].text, rows[TOGETHER].text);
}
