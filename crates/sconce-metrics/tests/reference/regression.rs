//! Correlations equal scipy's, errors and R² scikit-learn's.

use sconce_metrics::{MetricKind, numbers_by_name};

use crate::golden::Golden;

#[test]
fn streamed_metrics_of_numbers_equal_scipy_and_scikit_learn() {
    let mut checked = 0;
    for case in Golden::file("regression").cases("cases", 21) {
        let (targets, predictions): (Vec<f64>, Vec<f64>) =
            (case.value("targets"), case.value("predictions"));
        for name in MetricKind::Numbers.names() {
            if !case.has(name) {
                continue;
            }
            for batch in [7, targets.len()] {
                let mut metric = numbers_by_name(name).unwrap();
                for (targets, predictions) in targets.chunks(batch).zip(predictions.chunks(batch)) {
                    metric.update(targets, predictions).unwrap();
                }
                case.assert_equal(name, metric.value());
            }
            checked += 1;
        }
    }
    assert_eq!(checked, 21 * 7 - 2 * 4, "the squares of two cases are out of range");
}
