//! Tests of how predictions are written.

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

#[test]
fn lines_lose_their_ending_and_bad_bytes_name_their_line() {
    assert_eq!(text(b"a b\r\n".to_vec(), 1, false).unwrap(), "a b");
    assert_eq!(text(b"caf\xe9\n".to_vec(), 1, true).unwrap(), "caf\u{fffd}");
    let error = text(b"caf\xe9\n".to_vec(), 7, false).unwrap_err().to_string();
    assert!(error.starts_with("stdin:7: not valid UTF-8") && error.contains("--lossy"), "{error}");
}
