//! Bins at their edges.

use super::Calibration;

#[test]
fn an_edge_belongs_to_the_bin_below() {
    let mut calibration = Calibration::new(4);
    calibration.update(&[true; 5], &[0.0, 0.25, 0.5, 0.75, 1.0]).unwrap();
    let counts: Vec<u64> = calibration.bins().iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [2, 1, 1, 1]);
}

#[test]
fn adaptive_bins_share_examples_evenly() {
    let mut calibration = Calibration::new(3);
    let confidences = [0.9, 0.1, 0.2, 0.8, 0.3, 0.7, 0.6];
    calibration.update(&[true; 7], &confidences).unwrap();
    let bins = calibration.adaptive_bins();
    let counts: Vec<u64> = bins.iter().map(|bin| bin.count).collect();
    assert_eq!(counts, [3, 2, 2]);
    assert_eq!((bins[0].low, bins[2].high), (0.1, 0.9));
    assert_eq!(Calibration::new(0).adaptive_bins(), []);
}

#[test]
fn what_is_no_probability_is_refused() {
    let mut calibration = Calibration::new(3);
    for confidence in [1.5, -0.1, f64::NAN] {
        assert!(calibration.update(&[true], &[confidence]).is_err());
    }
    assert!(calibration.update(&[true], &[]).is_err());
    assert_eq!(calibration.expected_error(), 0.0);
}
