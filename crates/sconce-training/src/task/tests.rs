//! Which metrics are better when smaller.

use super::*;

#[test]
fn the_name_of_a_metric_says_which_way_is_better() {
    for name in ["loss", "valid_loss", "logloss", "perplexity", "mse", "mean_squared_error", "rmse"]
    {
        assert!(is_smaller_better(name), "{name}");
    }
    for name in ["accuracy", "macro_f1", "f1", "spearman", "exact_match", "glossary", "piece"] {
        assert!(!is_smaller_better(name), "{name}");
    }
}
