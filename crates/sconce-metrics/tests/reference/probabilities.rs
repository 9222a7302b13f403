//! Scores of scores and probabilities equal scikit-learn's.

use sconce_metrics::{LogLoss, MeanLoss, Metric, MetricKind, binary_scores_by_name};

use crate::golden::Golden;

#[test]
fn metrics_of_binary_scores_equal_scikit_learn() {
    for case in Golden::file("probabilities").cases("cases", 10) {
        let (targets, scores) = (case.bools("targets"), case.value::<Vec<f64>>("scores"));
        for name in MetricKind::BinaryScores.names() {
            let mut metric = binary_scores_by_name(name).unwrap();
            for (targets, scores) in targets.chunks(7).zip(scores.chunks(7)) {
                metric.update(targets, scores).unwrap();
            }
            case.assert_equal(name, metric.value());
        }
        let mut loss = LogLoss::binary();
        let labels: Vec<u32> = case.value("targets");
        loss.update(&labels, &case.value::<Vec<f64>>("probabilities")).unwrap();
        case.assert_equal("log_loss", loss.value());
    }
}

#[test]
fn log_loss_and_perplexity_equal_scikit_learn() {
    for case in Golden::file("probabilities").cases("distributions", 5) {
        let n_labels: usize = case.value("n_labels");
        let (targets, probabilities): (Vec<u32>, Vec<f64>) =
            (case.value("targets"), case.value("probabilities"));
        let mut loss = LogLoss::new(n_labels);
        for (targets, rows) in targets.chunks(7).zip(probabilities.chunks(7 * n_labels)) {
            loss.update(targets, rows).unwrap();
        }
        case.assert_equal("log_loss", loss.value());
        let mut mean = MeanLoss::new();
        let losses: Vec<f64> = case.value("batch_losses");
        for (loss, n_tokens) in losses.into_iter().zip(case.value::<Vec<u64>>("batch_tokens")) {
            mean.update(loss, n_tokens).unwrap();
        }
        case.assert_equal("log_loss", mean.value());
        case.assert_equal("perplexity", mean.perplexity());
    }
}
