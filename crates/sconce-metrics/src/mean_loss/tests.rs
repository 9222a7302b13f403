//! Tokens weigh, batches do not.

use super::MeanLoss;

#[test]
fn how_tokens_are_batched_does_not_change_the_mean() {
    let losses = [0.5, 1.5, 2.0, 4.0, 0.25, 0.75];
    let mut means = Vec::new();
    for batch in [1, 2, 4, 6] {
        let mut loss = MeanLoss::new();
        for tokens in losses.chunks(batch) {
            let mean = tokens.iter().sum::<f64>() / tokens.len() as f64;
            loss.update(mean, tokens.len() as u64).unwrap();
        }
        assert_eq!(loss.n_tokens(), 6);
        means.push(loss.value());
    }
    assert_eq!(means, [1.5; 4]);
}

#[test]
fn a_loss_that_is_not_finite_is_not_counted() {
    let mut loss = MeanLoss::new();
    loss.update(1.0, 2).unwrap();
    for bad in [f64::NAN, f64::INFINITY] {
        let error = loss.update(bad, 3).unwrap_err().to_string();
        assert!(error.starts_with("loss ") && error.ends_with("is not a finite number"), "{error}");
    }
    // The mean of no tokens, which a framework gives as not a number.
    loss.update(f64::NAN, 0).unwrap();
    assert_eq!((loss.value(), loss.n_tokens()), (1.0, 2));
    assert_eq!(loss.perplexity(), std::f64::consts::E);
    loss.reset();
    assert_eq!((loss.value(), loss.perplexity()), (0.0, 0.0));
}
