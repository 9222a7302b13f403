//! Answers against the rules of SQuAD's script in transformers.

use sconce_text_pipeline::MaxLength;

use super::*;
use crate::predictor::tests::{assert_close, floats, pipelines, predictor};

#[test]
fn answers_are_the_best_spans_of_all_windows() {
    let golden = pipelines();
    let size = |key: &str| golden.f64(key).unwrap() as usize;
    let (questions, contexts) =
        (golden.strings("answer.questions").unwrap(), golden.strings("answer.contexts").unwrap());
    let pairs: Vec<(&str, &str)> =
        questions.iter().zip(&contexts).map(|(q, c)| (q.as_str(), c.as_str())).collect();
    let limit = MaxLength::Truncate(size("answer.window"));
    let predictor = predictor("bert_question_answering").with_limit(limit);
    for allow_none in [false, true] {
        let options = AnswerOptions {
            n_best: size("answer.n_best"),
            max_answer_length: size("answer.max_length"),
            stride: Some(size("answer.stride")),
            allow_none,
        };
        let answered = predictor.answer(&pairs, &options).unwrap();
        let answers: Vec<&Answer> = answered.iter().flat_map(|row| &row.answers).collect();
        let texts: Vec<&str> = answers.iter().map(|answer| answer.text.as_str()).collect();
        assert_eq!(texts, golden.strings("answer.texts").unwrap());
        let starts: Vec<u32> = answers.iter().map(|answer| answer.start as u32).collect();
        assert_eq!(starts, golden.u32s("answer.starts").unwrap());
        let logits: Vec<f32> = answers.iter().map(|answer| answer.logit).collect();
        assert_close("logits", &logits, &floats(&golden, "answer.logits"));
        let scores: Vec<f32> = answers.iter().map(|answer| answer.score).collect();
        let key = if allow_none { "answer.scores_with_none" } else { "answer.scores" };
        assert_close(key, &scores, &floats(&golden, key));
        let none: Vec<f32> = answered.iter().filter_map(|row| row.no_answer).collect();
        let expected = if allow_none { floats(&golden, "answer.none") } else { Vec::new() };
        assert_close("no answer", &none, &expected);
        for (row, context) in answered.iter().zip(&contexts) {
            assert!(row.answers.iter().all(|a| a.text == context[a.start..a.end]));
            assert!(!row.is_impossible);
        }
    }
}

#[test]
fn the_stride_makes_room_for_a_long_question_unless_it_is_given() {
    let predictor = predictor("bert_question_answering").with_limit(MaxLength::Truncate(16));
    let question = "who walked by the river and the old red house?";
    let context = "the young dog sat on the old mat. a small red bird walked slowly by the river.";
    let mut options = predictor.answer_options();
    assert_eq!((options.n_best, options.max_answer_length, options.stride), (1, 30, None));
    let answered = predictor.answer(&[(question, context)], &options).unwrap();
    assert_eq!(answered[0].answers.len(), 1);
    options.stride = Some(8);
    let error = predictor.answer(&[(question, context)], &options).unwrap_err().to_string();
    assert!(error.contains("stride 8 must be below"), "{error}");
    let error = predictor.answer(&[(&question.repeat(3), context)], &options).unwrap_err();
    assert!(error.to_string().contains("shorten the question"), "{error}");
}

#[test]
fn an_empty_text_holds_no_answer() {
    let predictor = predictor("bert_question_answering");
    let mut options = predictor.answer_options();
    options.allow_none = true;
    let answered = predictor.answer(&[("who?", ""), ("who?", " ")], &options).unwrap();
    for row in answered {
        assert_eq!((row.answers.len(), row.no_answer, row.is_impossible), (0, Some(1.), true));
    }
    options.allow_none = false;
    let answered = predictor.answer(&[("who?", "")], &options).unwrap();
    assert_eq!((answered[0].answers.len(), answered[0].is_impossible), (0, false));
    assert!(predictor.answer(&[], &options).unwrap().is_empty());
}
