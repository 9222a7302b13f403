//! How often each class and each row comes.

use super::*;

fn counts(rows: &[usize], n: usize) -> Vec<usize> {
    (0..n).map(|row| rows.iter().filter(|other| **other == row).count()).collect()
}

#[test]
fn every_class_becomes_as_frequent_as_the_most_or_least_frequent_one() {
    let labels: Vec<u32> = (0..100).map(|row| if row % 10 < 7 { 3 } else { row % 10 }).collect();
    let by_class =
        |rows: &[usize], class: u32| rows.iter().filter(|r| labels[**r] == class).count();
    let over = oversample(&labels, 1);
    let under = undersample(&labels, 1);
    for class in [3, 7, 8, 9] {
        assert_eq!((by_class(&over, class), by_class(&under, class)), (70, 10));
    }
    // 70 rows of 10 are each 7 times; no row twice where classes are cut.
    for (row, count) in counts(&over, 100).into_iter().enumerate() {
        assert_eq!(count, if labels[row] == 3 { 1 } else { 7 });
    }
    assert!(counts(&under, 100).into_iter().all(|count| count <= 1));
    assert_eq!(oversample(&labels, 1), over);
    assert_ne!(undersample(&labels, 2), under);
    assert!(over.is_sorted() && under.is_sorted());
}

#[test]
fn balanced_draws_take_every_class_alike() {
    let labels: Vec<u32> = (0..1000).map(|row| u32::from(row == 0)).collect();
    let rows = class_balanced(&labels, 10_000, 1);
    let n_rare = rows.iter().filter(|row| **row == 0).count();
    // Five standard deviations of 10,000 tosses are 250.
    assert!(n_rare.abs_diff(5000) < 250, "{n_rare}");
}

#[test]
fn nothing_comes_of_nothing() {
    assert!(oversample(&[], 1).is_empty() && undersample(&[], 1).is_empty());
    assert!(class_balanced(&[], 5, 1).is_empty());
}
