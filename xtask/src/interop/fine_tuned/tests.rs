//! Tests of reading predictions and of comparing them with logits.

use super::*;

#[test]
fn scores_are_put_in_the_order_of_the_labels() {
    let config = json!({ "id2label": { "1": "pos", "0": "neg" } });
    let labels = labels(&config).unwrap();
    assert_eq!(labels, ["neg", "pos"]);
    let line = r#"{"text":"a","label":"pos","score":0.75,"scores":[{"label":"pos","score":0.75},{"label":"neg","score":0.25}]}"#;
    assert_eq!(probabilities(line, &labels).unwrap(), [0.25, 0.75]);
    let error = probabilities(r#"{"scores":[]}"#, &labels).unwrap_err().to_string();
    assert!(error.starts_with("no score of neg"), "{error}");
}

#[test]
fn probabilities_are_compared_with_the_softmax_of_logits() {
    let case = Case {
        name: String::from("fine_tuned"),
        saved: "saved".into(),
        inputs: "texts.json".into(),
        given: json!({ "probabilities": tensor(vec![0.25, 0.75], 2) }),
    };
    // softmax([0, ln 3]) is [1/4, 3/4].
    let logits = |last: f64| json!({ "class": "BertModel", "logits": tensor(vec![0.0, last], 2) });
    assert!(compare(&case, logits(3f64.ln())).is_fine());
    assert!(!compare(&case, logits(1.0)).is_fine());
    assert!(!compare(&case, json!({ "error": "no file" })).is_fine());
}
