//! Scores of labels equal scikit-learn's.

use sconce_metrics::{
    Accuracy, Average, BinaryF1, ClassificationReport, ConfusionMatrix, F1, Matthews, Metric,
    Precision, Recall, by_name,
};
use serde_json::Value;

use crate::golden::Golden;

const AVERAGES: [(&str, Average); 3] =
    [("micro", Average::Micro), ("macro", Average::Macro), ("weighted", Average::Weighted)];

struct Case {
    golden: Golden,
    n_labels: usize,
    targets: Vec<u32>,
    predictions: Vec<u32>,
}

impl Case {
    /// The value after updates in batches of seven.
    fn streamed(&self, mut metric: impl Metric) -> f64 {
        for (targets, predictions) in self.targets.chunks(7).zip(self.predictions.chunks(7)) {
            metric.update(targets, predictions).unwrap();
        }
        metric.value()
    }

    fn matrix(&self) -> ConfusionMatrix {
        let mut matrix = ConfusionMatrix::new(self.n_labels);
        matrix.update(&self.targets, &self.predictions).unwrap();
        matrix
    }
}

fn cases() -> Vec<Case> {
    let case = |golden: Golden| Case {
        n_labels: golden.value("n_labels"),
        targets: golden.value("targets"),
        predictions: golden.value("predictions"),
        golden,
    };
    Golden::file("classification").cases("cases", 10).into_iter().map(case).collect()
}

#[test]
fn streamed_metrics_equal_scikit_learn() {
    for case in cases() {
        let n = case.n_labels;
        case.golden.assert_equal("accuracy", case.streamed(Accuracy::new()));
        case.golden.assert_equal("mcc", case.streamed(Matthews::new(n)));
        for name in ["balanced_accuracy", "kappa", "linear_kappa", "quadratic_kappa"] {
            let mut metric = by_name(name, n).unwrap();
            metric.update(&case.targets, &case.predictions).unwrap();
            case.golden.assert_equal(name, metric.value());
        }
        let f1: Vec<f64> = case.golden.value("per_label.f1");
        for (label, expected) in (0u32..).zip(f1) {
            let actual = case.streamed(BinaryF1::new(label));
            assert!((actual - expected).abs() < 1e-9, "{} {label}", case.golden.name);
        }
        for (average, by) in AVERAGES {
            let key = |score: &str| format!("{average}.{score}");
            case.golden.assert_equal(&key("precision"), case.streamed(Precision::new(n, by)));
            case.golden.assert_equal(&key("recall"), case.streamed(Recall::new(n, by)));
            case.golden.assert_equal(&key("f1"), case.streamed(F1::new(n, by)));
        }
    }
}

#[test]
fn averages_over_a_fixed_label_set_equal_scikit_learn() {
    for case in cases() {
        let n = case.n_labels;
        let labels: Vec<u32> = case.golden.value("fixed.labels");
        for (average, by) in AVERAGES {
            let key = |score: &str| format!("fixed.{average}.{score}");
            let precision = Precision::new(n, by).with_labels(&labels).unwrap();
            case.golden.assert_equal(&key("precision"), case.streamed(precision));
            let recall = Recall::new(n, by).with_labels(&labels).unwrap();
            case.golden.assert_equal(&key("recall"), case.streamed(recall));
            case.golden.assert_equal(
                &key("f1"),
                case.streamed(F1::new(n, by).with_labels(&labels).unwrap()),
            );
        }
    }
}

#[test]
fn confusion_matrices_equal_scikit_learn() {
    for case in cases() {
        let matrix = case.matrix();
        let expected: Value = case.golden.value("confusion");
        let expected: Vec<u64> = serde_json::from_value(expected["data"].clone()).unwrap();
        assert_eq!(
            matrix.rows().flatten().copied().collect::<Vec<_>>(),
            expected,
            "{}",
            case.golden.name
        );
        let [precision, recall, f1]: [Vec<f64>; 3] = ["precision", "recall", "f1"]
            .map(|score| case.golden.value(&format!("per_label.{score}")));
        let support: Vec<u64> = case.golden.value("per_label.support");
        for (label, i) in (0u32..).zip(0..case.n_labels) {
            assert!(
                (matrix.precision(label) - precision[i]).abs() < 1e-9,
                "{} {label}",
                case.golden.name
            );
            assert!(
                (matrix.recall(label) - recall[i]).abs() < 1e-9,
                "{} {label}",
                case.golden.name
            );
            assert!((matrix.f1(label) - f1[i]).abs() < 1e-9, "{} {label}", case.golden.name);
            assert_eq!(matrix.support(label), support[i], "{} {label}", case.golden.name);
        }
        case.golden.assert_equal("accuracy", matrix.accuracy());
        case.golden.assert_equal("macro.f1", matrix.macro_f1());
        case.golden.assert_equal("mcc", matrix.matthews());
    }
}

#[test]
fn reports_equal_scikit_learn() {
    for case in cases() {
        let names: Vec<String> = (0..case.n_labels).map(|label| format!("label {label}")).collect();
        let report = ClassificationReport::new(&case.matrix(), &names).unwrap();
        let labels: Vec<u32> = report.labels.iter().map(|row| row.label).collect();
        assert_eq!(labels, case.golden.value::<Vec<u32>>("report.labels"), "{}", case.golden.name);
        assert_eq!(report.support, case.targets.len() as u64);
        case.golden.assert_equal("accuracy", report.accuracy);
        for (average, scores) in
            [("macro", report.macro_average), ("weighted", report.weighted_average)]
        {
            case.golden.assert_equal(&format!("{average}.precision"), scores.precision);
            case.golden.assert_equal(&format!("{average}.recall"), scores.recall);
            case.golden.assert_equal(&format!("{average}.f1"), scores.f1);
        }
    }
}
