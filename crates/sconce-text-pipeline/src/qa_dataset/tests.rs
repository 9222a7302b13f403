//! Windows and answers as transformers' example script has them, and the way back to the context.
#![cfg(feature = "subword")]

use std::sync::Arc;

use super::*;
use crate::test_support::{Question, golden, tokenizer};

fn example(asked: &Question) -> QaExample {
    let answers = asked.answers.iter().zip(&asked.starts);
    let answer = |(text, start): (&String, &usize)| QaAnswer { text: text.clone(), start: *start };
    QaExample {
        id: "q".into(),
        question: asked.question.clone(),
        context: Arc::from(asked.context.as_str()),
        answers: answers.map(answer).collect(),
        is_impossible: asked.answers.is_empty(),
    }
}

fn windows(asked: &Question) -> Windows {
    Windows { max_length: asked.max_length, stride: asked.stride }
}

#[test]
fn windows_and_answers_are_those_of_transformers() {
    for golden in golden() {
        let tokenizer = tokenizer(&golden.name);
        for asked in &golden.qa {
            let dataset =
                QaDataset::encode(&*tokenizer, &[example(asked)], &windows(asked)).unwrap();
            let case = format!("{} {:?} {}", golden.name, asked.question, asked.max_length);
            assert_eq!(dataset.encoded().len(), asked.windows.len(), "{case}");
            for (row, window) in asked.windows.iter().enumerate() {
                assert_eq!(dataset.encoded().row(row), window.ids, "{case}");
                let target = dataset.encoded().targets().spans().unwrap()[row];
                assert_eq!(target, window.target, "{case}, window {row}");
                let spans: Vec<_> =
                    (0..window.ids.len()).map(|token| dataset.context_span(row, token)).collect();
                assert_eq!(spans, window.spans, "{case}, window {row}");
            }
        }
    }
}

#[test]
fn targets_lead_back_to_the_answer() {
    for golden in golden() {
        let tokenizer = tokenizer(&golden.name);
        for asked in golden.qa.iter().filter(|asked| !asked.answers.is_empty()) {
            let example = example(asked);
            let dataset = QaDataset::encode(&*tokenizer, &[example], &windows(asked)).unwrap();
            let targets = dataset.encoded().targets().spans().unwrap();
            let found = targets.iter().enumerate().filter(|(_, target)| **target != (0, 0));
            let mut n_found = 0;
            for (row, (first, last)) in found {
                let (start, end) =
                    dataset.answer_span(row, *first as usize, *last as usize).unwrap();
                let text = &asked.context[start..end];
                // A token may be longer than the answer, which began or ended inside it.
                assert!(text.contains(&asked.answers[0]), "{}: {text:?}", golden.name);
                n_found += 1;
            }
            // In small windows an answer may be whole in none.
            assert!(n_found > 0 || asked.max_length < 400, "{} {:?}", golden.name, asked.question);
        }
    }
}

#[test]
fn questions_and_windows_lead_to_each_other() {
    let golden = golden().remove(0);
    let tokenizer = tokenizer(&golden.name);
    let asked = &golden.qa[0];
    let short = QaExample { context: Arc::from("Yes."), answers: vec![], ..example(asked) };
    let examples = [short.clone(), example(asked), short];
    let dataset = QaDataset::encode(&*tokenizer, &examples, &windows(asked)).unwrap();
    let n_windows = asked.windows.len();
    assert_eq!(dataset.n_examples(), 3);
    assert_eq!(dataset.encoded().len(), n_windows + 2);
    assert_eq!(dataset.windows_of(1), 1..n_windows + 1);
    for question in 0..3 {
        for window in dataset.windows_of(question) {
            assert_eq!(dataset.example_of(window), question);
        }
    }
    // Neither is of the context: `[CLS]`, and a token past the end.
    assert_eq!((dataset.context_span(1, 0), dataset.context_span(1, 999)), (None, None));
    assert_eq!(dataset.answer_span(1, 14, 12), None);
    assert_eq!(dataset.encoded().n_truncated(), 0);
}

#[test]
fn a_question_that_leaves_no_room_is_named() {
    let golden = golden().remove(0);
    let tokenizer = tokenizer(&golden.name);
    let windows = Windows { max_length: 9, stride: 0 };
    let error = QaDataset::encode(&*tokenizer, &[example(&golden.qa[0])], &windows).unwrap_err();
    assert!(error.to_string().starts_with("question \"q\": "), "{error}");
}
