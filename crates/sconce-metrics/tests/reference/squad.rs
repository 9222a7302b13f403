//! Answers score as in the scripts of SQuAD 1.1 and 2.0.

use sconce_metrics::{AnswerScores, Squad, SquadV2, normalize_answer};

use crate::golden::Golden;

struct Question {
    answers: Vec<String>,
    prediction: String,
    no_answer_probability: f64,
}

fn questions(golden: &Golden) -> Vec<Question> {
    let n: usize = golden.value("n_questions");
    assert!(n > 190, "the golden file has lost questions");
    let question = |i: usize| Question {
        answers: golden.value(&format!("{i}.answers")),
        prediction: golden.value(&format!("{i}.prediction")),
        no_answer_probability: golden.value(&format!("{i}.no_answer_probability")),
    };
    (0..n).map(question).collect()
}

#[test]
fn texts_are_normalized_as_by_the_script() {
    let golden = Golden::file("squad");
    let texts: Vec<String> = golden.value("texts");
    for (text, expected) in texts.iter().zip(golden.value::<Vec<String>>("normalized")) {
        assert_eq!(normalize_answer(text), expected, "{text:?}");
    }
}

#[test]
fn each_answer_scores_as_in_squad_1() {
    let golden = Golden::file("squad");
    let [exact, f1]: [Vec<f64>; 2] = ["v1.exact", "v1.f1"].map(|key| golden.value(key));
    let mut all = Squad::new();
    let questions = questions(&golden);
    let answerable = questions.iter().filter(|question| !question.answers.is_empty());
    for (i, question) in answerable.enumerate() {
        let mut alone = Squad::new();
        for squad in [&mut alone, &mut all] {
            squad.update(&question.answers, &question.prediction).unwrap();
        }
        let scores = alone.scores();
        let text = format!("{:?}, predicted {:?}", question.answers, question.prediction);
        assert_eq!(scores.exact_match, exact[i], "{text}");
        assert!((scores.f1 - f1[i]).abs() < 1e-9, "{text}: {}, expected {}", scores.f1, f1[i]);
    }
    assert_eq!(all.scores().n_questions, exact.len() as u64);
    golden.assert_equal("v1.exact_match", all.scores().exact_match);
    golden.assert_equal("v1.answer_f1", all.scores().f1);
}

fn assert_part(golden: &Golden, prefix: &str, scores: AnswerScores) {
    // The script leaves out what has no questions.
    if scores.n_questions == 0 {
        assert!(!golden.has(&format!("{prefix}total")), "{prefix}");
        return;
    }
    golden.assert_equal(&format!("{prefix}exact"), scores.exact_match);
    golden.assert_equal(&format!("{prefix}f1"), scores.f1);
    assert_eq!(scores.n_questions, golden.value::<u64>(&format!("{prefix}total")), "{prefix}");
}

#[test]
fn questions_without_an_answer_score_as_in_squad_2() {
    let golden = Golden::file("squad");
    let questions = questions(&golden);
    type IsAsked = fn(&&Question) -> bool;
    let which: [(&str, IsAsked); 3] = [
        ("v2", |_| true),
        ("answered", |question| !question.answers.is_empty()),
        ("unanswered", |question| question.answers.is_empty()),
    ];
    for threshold in golden.value::<Vec<f64>>("thresholds") {
        for (part, is_asked) in which {
            let mut squad = SquadV2::with_threshold(threshold);
            for question in questions.iter().filter(is_asked) {
                let Question { answers, prediction, no_answer_probability } = question;
                squad.update(answers, prediction, *no_answer_probability).unwrap();
            }
            let key = format!("{part}_{threshold:?}");
            assert_part(&golden, &format!("{key}."), squad.scores());
            assert_part(&golden, &format!("{key}.HasAns_"), squad.has_answer());
            assert_part(&golden, &format!("{key}.NoAns_"), squad.no_answer());
            for (name, best) in [("exact", squad.best_exact_match()), ("f1", squad.best_f1())] {
                golden.assert_equal(&format!("{key}.best_{name}"), best.score);
                golden.assert_equal(&format!("{key}.best_{name}_thresh"), best.threshold);
            }
        }
    }
}
