//! Tests of the defaults.

use super::*;

#[test]
fn the_defaults_are_those_of_the_help_texts_and_of_the_paper() {
    let recipe = serde_json::to_value(Recipe::defaults().unwrap()).unwrap();
    for (key, expected) in [
        ("arch", "\"textcnn\""),
        ("filter-widths", "[3,4,5]"),
        ("n-filters", "100"),
        ("dropout", "0.5"),
        ("batch-size", "50"),
        ("epochs", "10"),
        ("lr", "0.001"),
        ("clip", "5.0"),
        ("optimizer", "\"adamw\""),
        ("schedule", "\"constant\""),
        ("pre-tokenizer", "\"basic-english\""),
        ("lowercase", "true"),
        ("embedding-size", "null"),
    ] {
        assert_eq!(recipe[key].to_string(), expected, "{key}");
    }
}
