//! Scores of sets of labels equal scikit-learn's.

use sconce_metrics::{MetricKind, MultiLabel, multi_label_by_name};

use crate::golden::Golden;

#[test]
fn metrics_of_sets_of_labels_equal_scikit_learn() {
    for case in Golden::file("multi_label").cases("cases", 11) {
        let n_labels: usize = case.value("n_labels");
        let (targets, predictions) = (case.bools("targets"), case.bools("predictions"));
        let mut counted = MultiLabel::new(n_labels);
        // Batches of three rows, and the last one.
        for (targets, predictions) in
            targets.chunks(3 * n_labels).zip(predictions.chunks(3 * n_labels))
        {
            counted.update(targets, predictions).unwrap();
        }
        let named = counted.named_values();
        assert_eq!(named.len(), MetricKind::MultiLabel.names().len());
        for (name, value) in named {
            case.assert_equal(name, value);
            let mut alone = multi_label_by_name(name, n_labels).unwrap();
            alone.update(&targets, &predictions).unwrap();
            case.assert_equal(name, alone.value());
        }
        let [precision, recall, f1, support]: [Vec<f64>; 4] =
            ["precision", "recall", "f1", "support"].map(|s| case.value(&format!("per_label.{s}")));
        for (label, i) in (0u32..).zip(0..n_labels) {
            let scores = counted.label(label);
            let name = &case.name;
            assert!((scores.precision - precision[i]).abs() < 1e-9, "{name} {label}");
            assert!((scores.recall - recall[i]).abs() < 1e-9, "{name} {label}");
            assert!((scores.f1 - f1[i]).abs() < 1e-9, "{name} {label}");
            assert_eq!(counted.support(label) as f64, support[i], "{name} {label}");
        }
    }
}
