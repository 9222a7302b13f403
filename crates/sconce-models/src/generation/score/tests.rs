//! Scores are sums of log-probabilities, whatever batch a text is in.

use super::*;
use crate::generation::tests::tables_lm::TablesLm;

/// After token 0: 0 with 1/4, 1 with 3/4; after 1: either with 1/2.
fn lm() -> TablesLm {
    TablesLm::bigram(&[&[0., 3f32.ln()], &[1., 1.]])
}

#[test]
fn a_score_is_the_sum_of_log_probabilities_after_the_context() {
    let cases: [(&[u32], usize, f64); 5] = [
        (&[0, 1, 1, 0], 1, (0.75f64 * 0.5 * 0.5).ln()),
        (&[0, 1, 1, 0], 3, 0.5f64.ln()),
        (&[0, 0, 0], 1, (0.25f64 * 0.25).ln()),
        (&[0, 0, 0], 3, 0.),
        (&[1], 1, 0.),
    ];
    let texts: Vec<ToScore> =
        cases.iter().map(|&(ids, n_context, _)| ToScore { ids, n_context }).collect();
    let scores = score(&lm(), &texts).unwrap();
    for ((score, text), (_, _, expected)) in scores.iter().zip(&texts).zip(cases) {
        assert_eq!(score.log_probs.len(), text.ids.len() - text.n_context);
        assert!((score.sum() - expected).abs() < 1e-6, "{text:?}: {score:?}");
    }
    assert!((scores[0].perplexity() - (0.75f64 * 0.25).powf(-1. / 3.)).abs() < 1e-6);
    assert!((perplexity(&scores[..2]) - (0.75f64 * 0.125).powf(-1. / 4.)).abs() < 1e-6);
    assert!(perplexity(&scores[3..]).is_nan());
    assert_eq!(score(&lm(), &texts[4..]).unwrap(), scores[4..]);
}

#[test]
fn what_cannot_be_scored_is_an_error_that_says_which() {
    let lm = TablesLm { max_positions: Some(3), ..lm() };
    let cases: [(&[u32], usize, &str); 3] = [
        (&[0, 1], 0, "text 1: needs a context of at least one token"),
        (&[0], 2, "text 1: 1 tokens are less than its context of 2"),
        (&[0, 1, 0, 1, 0], 1, "text 1: 5 tokens are more than the model's 3 positions"),
    ];
    for (ids, n_context, expected) in cases {
        let texts = [ToScore::new(&[0, 1, 1, 1]), ToScore { ids, n_context }];
        let error = score(&lm, &texts).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
    let nan = TablesLm::bigram(&[&[0., 1.], &[f32::NAN, 1.]]);
    let texts = [ToScore::new(&[0, 0]), ToScore::new(&[0, 1, 1])];
    let error = score(&nan, &texts).unwrap_err().to_string();
    assert!(error.contains("text 1: the logits for token 2 are not numbers"), "{error}");
}
