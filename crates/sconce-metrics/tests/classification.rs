//! Every number equals scikit-learn's; `golden/classification.py` made them.
#![expect(clippy::unwrap_used, reason = "the helpers of these tests fail by panic too")]

use std::fs;

use sconce_metrics::{
    Accuracy, Average, ClassificationReport, ConfusionMatrix, F1, Metric, Precision, Recall,
};
use serde_json::{Map, Value};

const AVERAGES: [(&str, Average); 3] =
    [("micro", Average::Micro), ("macro", Average::Macro), ("weighted", Average::Weighted)];

struct Case {
    golden: Map<String, Value>,
    name: String,
    n_labels: usize,
    targets: Vec<u32>,
    predictions: Vec<u32>,
}

impl Case {
    fn value<T: serde::de::DeserializeOwned>(&self, key: &str) -> T {
        let key = format!("{}.{key}", self.name);
        serde_json::from_value(self.golden[&key].clone()).unwrap()
    }

    fn assert_equal(&self, key: &str, actual: f64) {
        let expected: f64 = self.value(key);
        let name = &self.name;
        assert!((actual - expected).abs() < 1e-9, "{name}.{key}: {actual}, expected {expected}");
    }

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
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/classification.json");
    let golden: Map<String, Value> =
        serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let names: Vec<String> = serde_json::from_value(golden["cases"].clone()).unwrap();
    assert!(names.len() >= 10, "the golden file has lost cases");
    let case = |name: String| {
        let mut case = Case {
            golden: golden.clone(),
            name,
            n_labels: 0,
            targets: vec![],
            predictions: vec![],
        };
        case.n_labels = case.value("n_labels");
        case.targets = case.value("targets");
        case.predictions = case.value("predictions");
        case
    };
    names.into_iter().map(case).collect()
}

#[test]
fn streamed_metrics_equal_scikit_learn() {
    for case in cases() {
        let n = case.n_labels;
        case.assert_equal("accuracy", case.streamed(Accuracy::new()));
        for (average, by) in AVERAGES {
            let key = |score: &str| format!("{average}.{score}");
            case.assert_equal(&key("precision"), case.streamed(Precision::new(n, by)));
            case.assert_equal(&key("recall"), case.streamed(Recall::new(n, by)));
            case.assert_equal(&key("f1"), case.streamed(F1::new(n, by)));
        }
    }
}

#[test]
fn averages_over_a_fixed_label_set_equal_scikit_learn() {
    for case in cases() {
        let n = case.n_labels;
        let labels: Vec<u32> = case.value("fixed.labels");
        for (average, by) in AVERAGES {
            let key = |score: &str| format!("fixed.{average}.{score}");
            let precision = Precision::new(n, by).with_labels(&labels).unwrap();
            case.assert_equal(&key("precision"), case.streamed(precision));
            let recall = Recall::new(n, by).with_labels(&labels).unwrap();
            case.assert_equal(&key("recall"), case.streamed(recall));
            case.assert_equal(
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
        let expected: Value = case.value("confusion");
        let expected: Vec<u64> = serde_json::from_value(expected["data"].clone()).unwrap();
        assert_eq!(matrix.rows().flatten().copied().collect::<Vec<_>>(), expected, "{}", case.name);
        let [precision, recall, f1]: [Vec<f64>; 3] =
            ["precision", "recall", "f1"].map(|score| case.value(&format!("per_label.{score}")));
        let support: Vec<u64> = case.value("per_label.support");
        for (label, i) in (0u32..).zip(0..case.n_labels) {
            assert!((matrix.precision(label) - precision[i]).abs() < 1e-9, "{} {label}", case.name);
            assert!((matrix.recall(label) - recall[i]).abs() < 1e-9, "{} {label}", case.name);
            assert!((matrix.f1(label) - f1[i]).abs() < 1e-9, "{} {label}", case.name);
            assert_eq!(matrix.support(label), support[i], "{} {label}", case.name);
        }
        case.assert_equal("accuracy", matrix.accuracy());
        case.assert_equal("macro.f1", matrix.macro_f1());
    }
}

#[test]
fn reports_equal_scikit_learn() {
    for case in cases() {
        let names: Vec<String> = (0..case.n_labels).map(|label| format!("label {label}")).collect();
        let report = ClassificationReport::new(&case.matrix(), &names).unwrap();
        let labels: Vec<u32> = report.labels.iter().map(|row| row.label).collect();
        assert_eq!(labels, case.value::<Vec<u32>>("report.labels"), "{}", case.name);
        assert_eq!(report.support, case.targets.len() as u64);
        case.assert_equal("accuracy", report.accuracy);
        for (average, scores) in
            [("macro", report.macro_average), ("weighted", report.weighted_average)]
        {
            case.assert_equal(&format!("{average}.precision"), scores.precision);
            case.assert_equal(&format!("{average}.recall"), scores.recall);
            case.assert_equal(&format!("{average}.f1"), scores.f1);
        }
    }
}
