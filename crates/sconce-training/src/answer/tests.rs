//! Names in made-up texts, in several windows: found, mapped back to the text, and scored.

use sconce_models::AnyModel;
use sconce_text_pipeline::{QaAnswer, Windows};

use super::*;
use crate::tests::{assert_falls, assert_near, bert, build, fit, tokenizer};

const PIECES: [&str; 12] =
    ["who", "sings", "Ann", "Bob", "Smi", "##th", "the", "song", "of", "an", "old", "man"];
const FILLER: [&str; 6] = ["the", "song", "of", "an", "old", "man"];
const NAMES: [&str; 4] = ["Ann", "Bob", "Smith", "Ann Smith"];

/// Who sings? A name among other words; some texts have none, if asked for.
fn examples(has_impossible: bool) -> Vec<QaExample> {
    let example = |i: usize| {
        let is_impossible = has_impossible && i.is_multiple_of(4);
        let words = |n: usize, k: usize| (0..n).map(move |j| FILLER[(i * 5 + j * 7 + k) % 6]);
        let before = words(1 + i % 9, 0).collect::<Vec<_>>().join(" ");
        let after = words(3 + i % 4, 1).collect::<Vec<_>>().join(" ");
        let name = if is_impossible { "old" } else { NAMES[i / 3 % 4] };
        let answer = QaAnswer { text: name.into(), start: before.len() + 1 };
        QaExample {
            id: i.to_string(),
            question: "who sings".into(),
            context: format!("{before} {name} {after}").into(),
            answers: Some(answer).filter(|_| !is_impossible).into_iter().collect(),
            is_impossible,
        }
    };
    (0..48).map(example).collect()
}

fn windows(examples: &[QaExample], max_length: usize) -> QaDataset {
    let windows = Windows { max_length, stride: 3 };
    QaDataset::encode(&*tokenizer(&PIECES), examples, &windows).unwrap()
}

fn model(seed: u64) -> (AnyModel, ParamStore) {
    build(bert("BertForQuestionAnswering", &*tokenizer(&PIECES)), seed)
}

fn train(has_impossible: bool, epochs: f64) -> Evaluation {
    let (examples, (model, store)) = (examples(has_impossible), model(1));
    let windows = windows(&examples, 14);
    assert!(windows.encoded().len() > examples.len());
    let task = AnswerTask {
        model: model.question_answerer().unwrap(),
        store: &store,
        train: &windows,
        valid: Some(Questions { windows: &windows, examples: &examples }),
        options: AnswerOptions::default(),
        batching: Batching { batch_size: 8, ..Batching::default() },
    };
    assert_eq!(task.metric(), "f1");
    let history = fit(&task, epochs);
    assert_falls(&history, 0.3);
    history.evaluations.last().unwrap().metrics.clone()
}

#[test]
fn names_are_found_and_questions_without_answer_left_unanswered() {
    let metrics = train(false, 15.);
    assert_eq!(metrics.keys().collect::<Vec<_>>(), ["exact_match", "f1"]);
    assert!(metrics["exact_match"] > 0.95, "{metrics:?}");
    let metrics = train(true, 25.);
    assert!(metrics["exact_match"] > 0.9 && metrics["no_answer_f1"] > 0.9, "{metrics:?}");
    assert!(metrics["has_answer_f1"] > 0.9, "{metrics:?}");
}

#[test]
fn the_best_answer_is_that_of_all_pairs_of_tokens_in_windows_that_are_each_alone() {
    let (examples, (model, _)) = (examples(false), model(7));
    let model = model.question_answerer().unwrap();
    let windows = windows(&examples, 14);
    let options = AnswerOptions { max_answer_length: 3, ..AnswerOptions::default() };
    let found = find_answers(model, Questions { windows: &windows, examples: &examples }, &options);
    for (example, found) in found.unwrap().into_iter().enumerate() {
        let (mut best, mut no_answer) = ((f32::NEG_INFINITY, 0, 0), f32::INFINITY);
        for window in windows.windows_of(example) {
            let batch = Collator::new(windows.encoded()).collate(&[window]).unwrap();
            let offsets = packed::offsets(&batch).unwrap();
            let logits = model.forward(&packed::tokens(&batch, &offsets), Mode::Eval).unwrap();
            let logits = logits.to_vec2::<f32>().unwrap();
            no_answer = no_answer.min(logits[0][0] + logits[0][1]);
            for first in 0..logits.len() {
                for last in first..logits.len().min(first + 3) {
                    let logit = logits[first][0] + logits[last][1];
                    let span = windows.answer_span(window, first, last);
                    if let Some((start, end)) = span.filter(|_| logit > best.0) {
                        best = (logit, start, end);
                    }
                }
            }
        }
        let first = found.answers[0];
        assert_eq!(first.text, &examples[example].context[best.1..best.2]);
        assert_eq!(first.start, best.1);
        assert_near("logit", f64::from(first.logit), f64::from(best.0));
        assert_near("no answer", f64::from(found.no_answer), f64::from(no_answer));
        let is_sorted = found.answers.is_sorted_by(|a, b| a.logit >= b.logit);
        assert!(is_sorted && found.answers.len() <= 20);
        let mut spans: Vec<_> = found.answers.iter().map(|a| (a.start, a.text.len())).collect();
        spans.sort_unstable();
        assert!(spans.windows(2).all(|pair| pair[0] != pair[1]), "no answer is found twice");
    }
}

#[test]
fn a_question_is_left_unanswered_above_the_threshold_alone() {
    let answer = FoundAnswer { text: "Ann", start: 4, logit: 2. };
    let found = FoundAnswers { answers: vec![answer], no_answer: 3. };
    for (threshold, expected) in [(None, "Ann"), (Some(1.), "Ann"), (Some(0.9), "")] {
        assert_eq!(found.text(threshold), expected, "{threshold:?}");
    }
    let nothing = FoundAnswers { answers: Vec::new(), no_answer: f32::INFINITY };
    assert_eq!(nothing.text(None), "");
}

#[test]
fn a_batch_weighs_as_much_as_it_has_windows() {
    let (examples, (model, store)) = (examples(true), model(1));
    let windows = windows(&examples, 14);
    let task = AnswerTask {
        model: model.question_answerer().unwrap(),
        store: &store,
        train: &windows,
        valid: None,
        options: AnswerOptions::default(),
        batching: Batching::default(),
    };
    let loss = task.loss(&[0, 1, 2], Mode::Eval).unwrap();
    assert_eq!((loss.weight, loss.n_examples), (3., 3));
    assert!(task.evaluate().unwrap().is_none());
}

#[test]
fn questions_that_are_not_those_of_the_windows_are_refused() {
    let (examples, (model, _)) = (examples(false), model(1));
    let windows = windows(&examples, 14);
    let questions = Questions { windows: &windows, examples: &examples[1..] };
    let model = model.question_answerer().unwrap();
    let error = evaluate_answerer(model, questions, &AnswerOptions::default()).unwrap_err();
    let expected = "47 questions, but windows of 48; give those that were encoded";
    assert_eq!(error.to_string(), expected);
}
