//! Tests of the defaults.

use super::*;
use crate::options::Defaults;

#[test]
fn the_defaults_are_those_of_the_help_texts_and_of_the_paper() {
    let mut recipe = Recipe::defaults().unwrap();
    recipe.optimization.fill(&Defaults::FRESH);
    let recipe = serde_json::to_value(recipe).unwrap();
    for (key, expected) in [
        ("arch", "null"),
        ("filter-widths", "[3,4,5]"),
        ("n-filters", "100"),
        ("dropout", "null"),
        ("batch-size", "50"),
        ("epochs", "10.0"),
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
