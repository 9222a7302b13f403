//! Streaming, stopping, seeds and log-probabilities of one-token-at-a-time decoding.

use super::*;
use crate::generation::config::GenerationConfig;
use crate::generation::tests::Golden;
use crate::generation::tests::tables_lm::TablesLm;
use crate::generation::text::DecodeText;

fn config(json: &str) -> GenerationConfig {
    serde_json::from_str(json).unwrap()
}

/// 0 is followed by 1, that by 2, and so on, and 4 by 0.
fn cycle() -> TablesLm {
    let row = |i: usize| (0..5).map(|j| if j == (i + 1) % 5 { 9. } else { 0. }).collect();
    TablesLm::new(vec![(0..5).map(row).collect()])
}

fn letters(ids: &[u32]) -> Result<String, TextError> {
    Ok(ids.iter().map(|&id| ['a', 'b', 'c', 'd', 'e'][id as usize]).collect())
}

#[test]
fn sequences_that_end_leave_the_batch() {
    let lm = cycle();
    let config = config(r#"{"eos_token_id": 3, "max_new_tokens": 6}"#);
    let generator = Generator::new(&lm, config).unwrap();
    let generated = generator.generate(&[&[0], &[3, 4, 3], &[2], &[4, 0]]).unwrap();
    let ids: Vec<_> = generated.iter().map(|generated| generated.ids.clone()).collect();
    assert_eq!(ids, [vec![1, 2, 3], vec![4, 0, 1, 2, 3], vec![3], vec![1, 2, 3]]);
    assert!(generated.iter().all(|generated| generated.finish == FinishReason::Eos));
    // Seven tokens of prompts, and each new one but the last of its sequence.
    assert_eq!(lm.n_fed.load(std::sync::atomic::Ordering::Relaxed), 7 + 2 + 4 + 2);
}

#[test]
fn each_token_is_heard_of_as_it_comes() {
    let lm = cycle();
    let config = config(r#"{"stop_strings": ["de", "ea"], "max_new_tokens": 4}"#);
    let generator =
        Generator::new(&lm, config).unwrap().text(|| DecodeText::new(letters)).log_probs(2);
    let mut heard = Vec::new();
    let generated = generator.stream(&[&[0], &[3]], |item| {
        assert!((item.log_prob.unwrap().log_prob - -4.0 / 9f32.exp()).abs() < 1e-4);
        heard.push((item.sequence, item.id, item.text.to_owned(), item.finish));
        ControlFlow::Continue(())
    });
    let generated = generated.unwrap();
    let item = |sequence, id, text: &str, finish| (sequence, Some(id), text.to_owned(), finish);
    let stop = |index| Some(FinishReason::StopString { index });
    let expected = [
        item(0, 1, "b", None),
        item(1, 4, "", None), // may begin "ea"
        item(0, 2, "c", None),
        item(1, 0, "", stop(1)),
        item(0, 3, "", None),
        item(0, 4, "", stop(0)),
    ];
    assert_eq!(heard, expected);
    assert_eq!(generated[0].text.as_deref(), Some("bc"));
    assert_eq!(generated[0].ids, [1, 2, 3, 4]);
    assert_eq!(generated[1].text.as_deref(), Some(""));
}

#[test]
fn what_was_held_back_comes_with_the_last_token() {
    let lm = cycle();
    let config = config(r#"{"stop_strings": "cx", "eos_token_id": 3}"#);
    let generator = Generator::new(&lm, config).unwrap().text(|| DecodeText::new(letters));
    let mut heard = String::new();
    let generated = generator
        .stream(&[&[0]], |item| {
            heard.push_str(item.text);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!((heard.as_str(), generated[0].text.as_deref()), ("bc", Some("bc")));
    assert_eq!(generated[0].ids, [1, 2, 3]);
}

#[test]
fn breaking_ends_one_sequence_and_the_others_go_on() {
    let lm = cycle();
    let generator = Generator::new(&lm, config(r#"{"max_new_tokens": 4}"#)).unwrap();
    let generated = generator.stream(&[&[0], &[0]], |item| {
        if item.sequence == 0 && item.id == Some(2) {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(())
    });
    let ends: Vec<_> = generated.unwrap().into_iter().map(|g| (g.ids.len(), g.finish)).collect();
    assert_eq!(ends, [(2, FinishReason::Cancelled), (4, FinishReason::Length)]);
}

#[test]
fn a_sequence_without_room_is_heard_of_once() {
    let lm = TablesLm { max_positions: Some(2), ..cycle() };
    let generator = Generator::new(&lm, GenerationConfig::default()).unwrap();
    let mut heard = Vec::new();
    generator
        .stream(&[&[0, 1]], |item| {
            heard.push((item.id, item.finish));
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(heard, [(None, Some(FinishReason::Positions))]);
}

#[test]
fn a_sequence_whose_every_token_is_banned_ends() {
    let lm = cycle();
    let config = config(r#"{"no_repeat_ngram_size": 1, "max_new_tokens": 9}"#);
    let generated = Generator::new(&lm, config).unwrap().generate(&[&[1, 0]]).unwrap();
    assert_eq!(generated[0].ids, [2, 3, 4]);
    assert_eq!(generated[0].finish, FinishReason::Exhausted);
}

#[test]
fn draws_follow_from_the_seed_and_the_number_of_the_prompt() {
    let golden = Golden::read();
    let lm = TablesLm::new(golden.tables.clone());
    let of = |seed: u64| {
        let config = config(r#"{"do_sample": true, "num_return_sequences": 2, "top_k": 12}"#);
        Generator::new(&lm, GenerationConfig { seed, ..config }).unwrap()
    };
    let ids = |generated: Vec<Generated>| -> Vec<Vec<u32>> {
        generated.into_iter().map(|generated| generated.ids).collect()
    };
    let together = ids(of(1).generate(&golden.prompts()).unwrap());
    assert_eq!(ids(of(1).generate(&golden.prompts()).unwrap()), together);
    assert_ne!(ids(of(2).generate(&golden.prompts()).unwrap()), together);
    for (i, prompt) in golden.prompts().into_iter().enumerate() {
        let alone = ids(of(1).first_prompt(i as u64).generate(&[prompt]).unwrap());
        assert_eq!(alone, together[2 * i..2 * i + 2], "prompt {i}");
        assert_ne!(alone[0], alone[1], "two continuations of a prompt are drawn apart");
    }
}

#[test]
fn log_probabilities_are_the_models_own_and_alternatives_fall() {
    let lm = TablesLm::bigram(&[&[0., 2f32.ln(), 5f32.ln()], &[0.; 3], &[0.; 3]]);
    let config =
        config(r#"{"repetition_penalty": 3.0, "bad_words_ids": [[2]], "max_new_tokens": 1}"#);
    let generator = Generator::new(&lm, config).unwrap().log_probs(2);
    let generated = generator.generate(&[&[0]]).unwrap();
    assert_eq!(generated[0].ids, [1]);
    let log_prob = &generated[0].log_probs[0];
    let of = |p: f32| p.ln();
    assert!((log_prob.log_prob - of(0.25)).abs() < 1e-6);
    let [first, second] = log_prob.alternatives[..] else { panic!("{log_prob:?}") };
    assert_eq!((first.0, second.0), (2, 1));
    assert!((first.1 - of(0.625)).abs() < 1e-6 && (second.1 - of(0.25)).abs() < 1e-6);
}

#[test]
fn tokens_that_cannot_be_decoded_are_an_error() {
    let lm = cycle();
    let generator = Generator::new(&lm, GenerationConfig::default()).unwrap();
    let generator = generator.text(|| DecodeText::new(|_: &[u32]| Err("no such token".into())));
    let error = generator.generate(&[&[0]]).unwrap_err().to_string();
    assert_eq!(error, "text 0: the generated tokens cannot be decoded: no such token");
}
