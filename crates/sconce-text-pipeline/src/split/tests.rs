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

#[test]
fn parts_have_their_shares_of_every_class_and_hold_every_row_once() {
    let labels: Vec<u32> = (0..1000).map(|row| u32::from(row % 10 == 0)).collect();
    let parts = split_by_ratios(&labels, &[0.8, 0.1, 0.1], 42).unwrap();
    for (part, (n_rows, n_rare)) in parts.iter().zip([(800, 80), (100, 10), (100, 10)]) {
        assert_eq!(part.len(), n_rows);
        assert_eq!(part.iter().filter(|row| labels[**row] == 1).count(), n_rare);
        assert!(part.is_sorted());
    }
    let mut all = parts.concat();
    all.sort_unstable();
    assert!(all.into_iter().eq(0..1000));
    assert_eq!(split_by_ratios(&labels, &[0.8, 0.1, 0.1], 42).unwrap(), parts);
    assert_ne!(split_by_ratios(&labels, &[0.8, 0.1, 0.1], 43).unwrap(), parts);
    let thirds = split_by_ratios(&[0; 10], &[0.333, 0.333, 0.334], 1).unwrap();
    assert_eq!(thirds.iter().map(Vec::len).sum::<usize>(), 10);
    assert_eq!(split_by_ratios(&[0; 3], &[1.], 1).unwrap(), [[0, 1, 2]]);
    for ratios in [&[0.5][..], &[0.5, 0.6], &[1., 0.], &[1.5, -0.5], &[f64::NAN], &[]] {
        let error = split_by_ratios(&labels, ratios, 1).unwrap_err().to_string();
        assert!(error.contains("do not make up one whole"), "{error}");
    }
}

#[test]
fn rows_of_a_group_are_tested_together_and_folds_are_alike_in_size() {
    let groups: Vec<u32> = (0..300).map(|row| row % 23).collect();
    let folds = group_k_fold(&groups, 5, 42).unwrap();
    let mut tested = Vec::new();
    for Split { train, test } in &folds {
        assert!(test.iter().all(|row| train.iter().all(|other| groups[*other] != groups[*row])));
        assert_eq!(train.len() + test.len(), 300);
        assert!(test.len().abs_diff(60) <= 14, "{}", test.len());
        tested.extend_from_slice(test);
    }
    tested.sort_unstable();
    assert!(tested.into_iter().eq(0..300));
    assert!(group_k_fold(&[0, 0, 1], 3, 1).is_err());
}
