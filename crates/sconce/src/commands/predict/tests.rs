//! Tests of how predictions are written.

use sconce_export::{Answer, Answered, Entity, Prediction, Tagged, TaggedWord};

use super::*;

fn prediction() -> Prediction {
    let scores = vec![("pos".to_owned(), 0.75), ("neg".to_owned(), 0.25)];
    Prediction { label: "pos".into(), score: 0.75, scores }
}

#[test]
fn a_line_is_one_line_whatever_the_text_holds() {
    assert_eq!(line("a\nb\tc", &prediction(), 1), "pos 0.7500  a b c");
    assert_eq!(line("", &prediction(), 5), "pos 0.7500  neg 0.2500  ");
}

#[test]
fn an_object_has_the_best_labels_in_order() {
    let prediction = prediction();
    let object = serde_json::to_string(&Row::new("a\nb", &prediction, 2)).unwrap();
    let expected = r#"{"text":"a\nb","label":"pos","score":0.75,"scores":[{"label":"pos","score":0.75},{"label":"neg","score":0.25}]}"#;
    assert_eq!(object, expected);
}

fn tagged(labels: [&str; 3], entities: Vec<Entity>) -> Tagged {
    let words = ["Zoë", "saw", "Rome"].into_iter().zip([(0, 4), (5, 8), (9, 13)]).zip(labels);
    let word = |((word, (start, end)), label): ((&str, _), &str)| TaggedWord {
        word: word.into(),
        label: Some(label.into()),
        score: Some(0.5),
        start,
        end,
    };
    Tagged { text: "Zoë saw Rome.".into(), words: words.map(word).collect(), entities }
}

#[test]
fn entities_stand_in_brackets_and_other_labels_behind_their_words() {
    let entity = |label: &str, text: &str, start| Entity {
        label: label.into(),
        score: 0.5,
        text: text.into(),
        start,
        end: start + text.len(),
    };
    let both = vec![entity("PER", "Zoë", 0), entity("LOC", "Rome", 9)];
    let row = tagged(["B-PER", "O", "B-LOC"], both);
    assert_eq!(tagged::marked(&row), "[Zoë PER] saw [Rome LOC].");
    assert_eq!(tagged::columns(&row), "Zoë\tB-PER\nsaw\tO\nRome\tB-LOC\n");
    assert_eq!(tagged::marked(&tagged(["O", "O", "O"], Vec::new())), "Zoë saw Rome.");
    let row = tagged(["NOUN", "VERB", "NOUN"], Vec::new());
    assert_eq!(tagged::marked(&row), "Zoë/NOUN saw/VERB Rome/NOUN");
}

#[test]
fn an_impossible_question_has_no_answer_but_its_candidates() {
    let answer = Answer { text: "Rome".into(), start: 9, end: 13, score: 0.2, logit: 1. };
    let answered = Answered { answers: vec![answer], no_answer: Some(0.8), is_impossible: true };
    let row = serde_json::to_value(AnswerRow::new(None, "Who?", &answered)).unwrap();
    assert_eq!((&row["answer"], row["answers"][0]["start"].as_u64()), (&().into(), Some(9)));
    assert_eq!(row["score"], row["no_answer"]);
    assert_eq!(answer_line(&answered), "(no answer) 0.8000  Rome 0.2000");
    let answered = Answered { is_impossible: false, ..answered };
    assert_eq!(answer_line(&answered), "Rome 0.2000");
}
