//! Filters, n-grams and where their words stand.

use super::*;

fn filter(stop_words: &[&str], min_chars: usize, ngrams: usize) -> WordFilter {
    let stop_words = stop_words.iter().map(ToString::to_string).collect();
    WordFilter { stop_words, min_chars, ngrams }
}

#[test]
fn stop_words_and_short_words_are_left_out_after_normalizing() {
    let text = "The Été of É, a film";
    for (filter, expected) in [
        (filter(&[], 0, 1), vec!["the", "été", "of", "é", ",", "a", "film"]),
        (filter(&["the", "of", "A"], 0, 1), vec!["été", "é", ",", "a", "film"]),
        (filter(&[], 2, 1), vec!["the", "été", "of", "film"]),
        (filter(&["film"], 3, 0), vec!["the", "été"]),
        (filter(&[], 9, 3), vec![]),
    ] {
        let analyzer = Analyzer { filter, ..Analyzer::default() };
        assert_eq!(analyzer.words(text), expected, "{:?}", analyzer.filter);
    }
}

#[test]
fn ngrams_span_from_their_first_word_to_their_last() {
    let analyzer = Analyzer { filter: filter(&["the"], 0, 3), ..Analyzer::default() };
    let text = "See the \"big\" Cat";
    let mut found = Vec::new();
    analyzer.for_each_word(text, |word, (start, end)| {
        found.push((word.to_owned(), &text[start..end]));
    });
    let found: Vec<(&str, &str)> =
        found.iter().map(|(word, span)| (word.as_str(), *span)).collect();
    assert_eq!(
        found,
        [
            ("see", "See"),
            ("big", "big"),
            ("cat", "Cat"),
            ("see big", "See the \"big"),
            ("big cat", "big\" Cat"),
            ("see big cat", "See the \"big\" Cat"),
        ]
    );
}

#[test]
fn its_plain_form_has_defaults() {
    let analyzer: Analyzer = serde_json::from_str("{}").unwrap();
    assert_eq!(analyzer, Analyzer::default());
    let json = serde_json::to_string(&Analyzer { filter: filter(&["a"], 2, 2), ..analyzer });
    let back: Analyzer = serde_json::from_str(&json.unwrap()).unwrap();
    assert_eq!(back.filter, filter(&["a"], 2, 2));
    assert!(serde_json::from_str::<Analyzer>(r#"{"stop_words":[]}"#).is_err());
}
