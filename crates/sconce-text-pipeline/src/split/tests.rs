//! Shares of each class, folds that partition, seeds that repeat, impossible ratios.

use super::*;

/// 50, 30 and 21 rows of three classes, mixed.
fn labels() -> Vec<u32> {
    let counts = [(7, 50), (0, 30), (3, 21)];
    let mut labels: Vec<u32> =
        counts.into_iter().flat_map(|(label, n)| std::iter::repeat_n(label, n)).collect();
    fastrand::Rng::with_seed(5).shuffle(&mut labels);
    labels
}

fn count(rows: &[usize], labels: &[u32], label: u32) -> usize {
    rows.iter().filter(|row| labels[**row] == label).count()
}

fn assert_covers(split: &Split, n_examples: usize) {
    let mut all = [split.train.clone(), split.test.clone()].concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..n_examples));
    assert!(split.train.is_sorted() && split.test.is_sorted());
}

#[test]
fn a_stratified_split_gives_each_class_its_share() {
    let labels = labels();
    for (ratio, expected) in [
        (0.0, [0, 0, 0]),
        (0.1, [5, 3, 2]),
        (0.25, [13, 7, 5]),
        (0.5, [25, 15, 11]),
        (1.0, [50, 30, 21]),
    ] {
        let split = Split::stratified(&labels, ratio, 1).unwrap();
        assert_covers(&split, labels.len());
        let got = [7, 0, 3].map(|label| count(&split.test, &labels, label));
        let total: usize = expected.iter().sum();
        assert_eq!(split.test.len(), total, "ratio {ratio}");
        for (got, expected) in got.into_iter().zip(expected) {
            assert!(got.abs_diff(expected) <= 1, "ratio {ratio}: {got} for {expected}");
        }
    }
}

#[test]
fn folds_partition_the_rows_and_balance_the_classes() {
    let labels = labels();
    for k in [2, 3, 10, 101] {
        let folds = k_fold(&labels, k, 1).unwrap();
        assert_eq!(folds.len(), k);
        let mut tested: Vec<usize> = folds.iter().flat_map(|fold| fold.test.clone()).collect();
        tested.sort_unstable();
        assert!(tested.into_iter().eq(0..labels.len()));
        for fold in &folds {
            assert_covers(fold, labels.len());
            assert!(fold.test.len().abs_diff(labels.len() / k) <= 1);
            for (label, n) in [(7, 50), (0, 30), (3, 21)] {
                assert!(count(&fold.test, &labels, label).abs_diff(n / k) <= 1);
            }
        }
    }
}

#[test]
fn a_seed_repeats_and_another_differs() {
    let labels = labels();
    assert_eq!(Split::random(100, 0.2, 1).unwrap(), Split::random(100, 0.2, 1).unwrap());
    assert_ne!(Split::random(100, 0.2, 1).unwrap(), Split::random(100, 0.2, 2).unwrap());
    assert_eq!(k_fold(&labels, 5, 1).unwrap(), k_fold(&labels, 5, 1).unwrap());
    assert_ne!(k_fold(&labels, 5, 1).unwrap(), k_fold(&labels, 5, 2).unwrap());
    assert_eq!(Split::random(101, 0.2, 1).unwrap().test.len(), 20);
}

#[test]
fn impossible_ratios_and_folds_are_errors() {
    for ratio in [-0.1, 1.1, f64::NAN] {
        assert!(matches!(Split::random(10, ratio, 1), Err(Error::InvalidRatio { .. })), "{ratio}");
    }
    for (n_examples, k) in [(10, 0), (10, 1), (10, 11), (0, 2)] {
        let error = k_fold(&vec![0; n_examples], k, 1).unwrap_err();
        assert!(matches!(error, Error::InvalidFolds { .. }), "{n_examples} {k}");
    }
    assert_eq!(Split::random(0, 0.5, 1).unwrap(), Split::default());
}
