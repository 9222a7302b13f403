//! Scores of probabilities of several labels equal scikit-learn's.

use sconce_metrics::{
    Average, Brier, Calibration, ClassMeasure, ClassScores, Metric, MetricKind, TopKAccuracy,
    probabilities_by_name,
};

use crate::golden::Golden;

#[test]
fn metrics_of_probabilities_equal_scikit_learn() {
    for case in Golden::file("class_scores").cases("cases", 5) {
        let n_labels: usize = case.value("n_labels");
        let (targets, probabilities): (Vec<u32>, Vec<f64>) =
            (case.value("targets"), case.value("probabilities"));
        let streamed = |metric: &mut dyn Metric<u32, f64>| {
            for (targets, rows) in targets.chunks(7).zip(probabilities.chunks(7 * n_labels)) {
                metric.update(targets, rows).unwrap();
            }
            metric.value()
        };
        let mut checked = 0;
        for name in MetricKind::Probabilities.names() {
            // `log_loss` has a file of its own.
            if case.has(name) {
                let mut metric = probabilities_by_name(name, n_labels).unwrap();
                case.assert_equal(name, streamed(&mut *metric));
                checked += 1;
            }
        }
        assert_eq!(checked, MetricKind::Probabilities.names().len() - 1);
        for k in [1, 2] {
            let mut metric = TopKAccuracy::new(n_labels, k);
            case.assert_equal(&format!("top_{k}_accuracy"), streamed(&mut metric));
        }
        let mut scores =
            ClassScores::new(n_labels).with_measure(ClassMeasure::AurocOneVsRest, Average::Micro);
        case.assert_equal("micro_auroc", streamed(&mut scores));
    }
}

#[test]
fn bins_equal_those_of_calibration_curve() {
    for case in Golden::file("class_scores").cases("cases", 5) {
        let n_labels: usize = case.value("n_labels");
        let (targets, probabilities): (Vec<u32>, Vec<f64>) =
            (case.value("targets"), case.value("probabilities"));
        let mut metric = sconce_metrics::CalibrationError::new(
            n_labels,
            sconce_metrics::CalibrationMeasure::Expected,
        );
        metric.update(&targets, &probabilities).unwrap();
        let bins = metric.calibration().bins();
        let counts: Vec<u64> = bins.iter().map(|bin| bin.count).collect();
        assert_eq!(counts, case.value::<Vec<u64>>("bin_counts"), "{}", case.name);
        let (accuracies, confidences): (Vec<f64>, Vec<f64>) =
            (case.value("bin_accuracies"), case.value("bin_confidences"));
        let filled = bins.iter().filter(|bin| bin.count > 0);
        for (bin, (accuracy, confidence)) in filled.zip(accuracies.iter().zip(confidences)) {
            assert!((bin.accuracy - accuracy).abs() < 1e-12, "{bin:?}");
            assert!((bin.confidence - confidence).abs() < 1e-12, "{bin:?}");
        }
    }
}

#[test]
fn binary_scores_equal_scikit_learn() {
    for case in Golden::file("class_scores").cases("binary", 2) {
        let probabilities: Vec<f64> = case.value("probabilities");
        let mut brier = Brier::binary();
        brier.update(&case.value::<Vec<u32>>("targets"), &probabilities).unwrap();
        case.assert_equal("brier", brier.value());
        let mut calibration = Calibration::new(15);
        calibration.update(&case.bools("targets"), &probabilities).unwrap();
        case.assert_equal("ece", calibration.expected_error());
        case.assert_equal("mce", calibration.maximum_error());
        case.assert_equal("adaptive_ece", calibration.adaptive_error());
    }
}
