//! Averages by hand, and no division by zero.

use super::{Average, LabelCount, Scores, average};

fn label(right: u64, targets: u64, predictions: u64) -> LabelCount {
    LabelCount { right, targets, predictions }
}

#[test]
fn averages_weigh_as_they_say() {
    // Scores of the labels: (1/2, 1/4, 1/3), (1, 1, 1), (0, 0, 0).
    let labels = [label(1, 4, 2), label(2, 2, 2), label(0, 0, 2)];
    let cases = [
        (Average::Micro, [3.0 / 6.0, 3.0 / 6.0, 6.0 / 12.0]),
        (Average::Macro, [1.5 / 3.0, 1.25 / 3.0, (1.0 / 3.0 + 1.0) / 3.0]),
        (Average::Weighted, [4.0 / 6.0, 3.0 / 6.0, (4.0 / 3.0 + 2.0) / 6.0]),
    ];
    for (by, expected) in cases {
        let Scores { precision, recall, f1 } = average(labels.iter(), by);
        for (actual, expected) in [precision, recall, f1].into_iter().zip(expected) {
            assert!((actual - expected).abs() < 1e-15, "{by:?}: {actual} is not {expected}");
        }
    }
}

#[test]
fn nothing_of_nothing_is_zero() {
    for by in [Average::Micro, Average::Macro, Average::Weighted] {
        assert_eq!(average([].iter(), by), Scores::default());
        assert_eq!(average([label(0, 0, 3)].iter(), by), Scores::default());
    }
}

#[test]
fn an_average_is_written_in_lower_case() {
    for (by, json) in [(Average::Micro, "\"micro\""), (Average::Weighted, "\"weighted\"")] {
        assert_eq!(serde_json::to_string(&by).unwrap(), json);
        assert_eq!(serde_json::from_str::<Average>(json).unwrap(), by);
    }
}
