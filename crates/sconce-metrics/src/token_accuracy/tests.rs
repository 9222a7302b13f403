//! Ignored tokens do not count, whatever is predicted for them.

use super::{IGNORE, TokenAccuracy};
use crate::{Error, Metric};

#[test]
fn ignored_targets_count_neither_as_right_nor_as_wrong() {
    let mut accuracy = TokenAccuracy::new();
    accuracy.update(&[IGNORE; 3], &[0, IGNORE, 7]).unwrap();
    assert_eq!(accuracy.value(), 0.0);
    accuracy.update(&[4, IGNORE, 4, 4, 4], &[4, 4, IGNORE, 4, 4]).unwrap();
    assert_eq!(accuracy.value(), 0.75);
    let error = accuracy.update(&[1, 2], &[1]).unwrap_err();
    assert_eq!(error, Error::LengthsDiffer { targets: 2, predictions: 1 });
    assert_eq!(accuracy.value(), 0.75);
}
