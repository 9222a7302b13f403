//! Tests of comparing numbers and of the table.

use serde_json::json;

use super::*;

fn tensor(data: &[f64]) -> Value {
    json!({ "shape": [data.len()], "data": data })
}

#[test]
fn only_numbers_within_the_tolerance_are_equal() {
    for (value, expected) in [(1.0, true), (1.000_09, true), (1.000_2, false)] {
        let given = json!({ "logits": tensor(&[1.0, 2.0]) });
        let found = json!({ "class": "BertModel", "logits": tensor(&[value, 2.0]) });
        assert_eq!(Outcome::of("bert", &given, &found).is_fine(), expected, "{value}");
    }
}

#[test]
fn what_cannot_be_compared_is_a_failure_that_says_why() {
    let given = json!({ "logits": tensor(&[1.0, 2.0]) });
    let cases = [
        (json!({ "error": "OSError: no file\nmore" }), "OSError: no file"),
        (json!({ "class": "BertModel" }), "nothing to compare"),
        (json!({ "logits": tensor(&[1.0]) }), "logits: 1 values, Sconce gave 2"),
        (json!({ "embeddings": tensor(&[1.0]) }), "Sconce gave no embeddings"),
        (json!({ "logits": { "data": [1.0, null] } }), "logits is no list of numbers"),
    ];
    for (found, expected) in cases {
        let outcome = Outcome::of("bert", &given, &found);
        assert!(!outcome.is_fine());
        assert_eq!(outcome.row()[3], expected);
    }
}

#[test]
fn the_table_counts_what_was_skipped_apart() {
    let given = json!({ "logits": tensor(&[1.0]) });
    let found = json!({ "class": "BertModel", "logits": tensor(&[1.0]) });
    let outcomes = [
        Outcome::of("bert", &given, &found),
        Outcome::failed("gpt2", String::from("not saved: no config")),
        Outcome::skipped("minilm", String::from("not fetched")),
    ];
    assert!(outcomes[2].is_fine() && !outcomes[1].is_fine());
    assert_eq!(
        table(&outcomes),
        "bert    ok       BertModel  logits 0.0e0\n\
         gpt2    FAILED              not saved: no config\n\
         minilm  skipped             not fetched\n\
         interop: 1 equal, 1 failed, 1 skipped\n"
    );
}
