//! Counting with any number of threads, and what is counted.

use super::*;
use crate::error::Error;

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

#[test]
fn a_stream_is_counted_as_a_list_is() {
    let texts: Vec<String> = (0..3000)
        .map(|i| format!("Word{} {} extraordinarily-long-word-{}", i % 89, "x ".repeat(9), i % 7))
        .collect();
    let streamed =
        count_token_stream(texts.iter().map(Ok::<_, Error>), &Analyzer::default()).unwrap();
    let counted = count_tokens(&texts, &Analyzer::default());
    assert!(streamed.iter().eq(counted.iter()));
    let broken = texts.iter().map(Ok::<_, &str>).chain([Err("broken")]);
    assert_eq!(count_token_stream(broken, &Analyzer::default()).unwrap_err(), "broken");
    let none = count_token_stream(std::iter::empty::<Result<&str, Error>>(), &Analyzer::default());
    assert!(none.unwrap().is_empty());
}

#[test]
fn texts_of_very_different_length_are_shared_out_without_a_gap() {
    let texts = ["", "a a a a a a a a a a a a", "", "b", "c", "", ""];
    for n_bytes in [1, 2, 5, 100] {
        let stretches = stretches(&texts, n_bytes);
        assert_eq!(stretches.concat(), texts, "{n_bytes}");
        assert!(stretches.iter().all(|stretch| !stretch.is_empty()));
    }
}
