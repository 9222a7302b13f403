//! Counting with any number of threads, and what is counted.

use super::*;

#[test]
fn the_number_of_threads_changes_neither_counts_nor_order() {
    let texts: Vec<String> =
        (0..997).map(|i| format!("Word{} the WORD{} of {}", i % 89, i % 7, i * i % 31)).collect();
    let with_threads = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        let counts = pool.install(|| count_tokens(&texts, &Analyzer::default()));
        counts.iter().map(|(token, n)| (token.to_owned(), n)).collect::<Vec<_>>()
    };
    let one = with_threads(1);
    assert_eq!(one[1], ("the".to_owned(), 997));
    assert_eq!(one.iter().map(|(_, n)| n).sum::<u64>(), 997 * 5);
    for n_threads in [2, 3, 8] {
        assert_eq!(with_threads(n_threads), one, "{n_threads} threads");
    }
}

#[test]
fn counts_are_of_normalized_tokens() {
    let counts = count_tokens(&["The the", "THE end"], &Analyzer::default());
    assert_eq!((counts.get("the"), counts.get("end"), counts.get("The")), (3, 1, 0));
    assert_eq!((counts.len(), counts.total(), counts.is_empty()), (2, 4, false));
    let none = count_tokens::<&str>(&[], &Analyzer::default());
    assert!(none.is_empty());
}
