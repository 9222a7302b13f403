//! Tests of queries: gensim's answers, ties, extremes.

use serde_json::Value;

use super::super::tests::{golden, golden_answers};
use super::*;
use crate::ReadOptions;

fn vectors() -> WordVectors {
    WordVectors::read(golden("word2vec.bin"), &ReadOptions::default()).unwrap()
}

fn assert_like_gensim(found: &[Neighbour<'_>], expected: &Value) {
    let expected = expected.as_array().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!(found.word, expected[0].as_str().unwrap());
        let difference = f64::from(found.similarity) - expected[1].as_f64().unwrap();
        assert!(difference.abs() < 1e-5, "{found:?} {expected}");
    }
}

fn words<'a>(found: &[Neighbour<'a>]) -> Vec<&'a str> {
    found.iter().map(|neighbour| neighbour.word).collect()
}

#[test]
fn nearest_words_are_those_of_gensim() {
    let (vectors, truth) = (vectors(), golden_answers());
    for (word, expected) in truth["nearest"].as_object().unwrap() {
        assert_like_gensim(&vectors.nearest(word, 5).unwrap(), expected);
    }
    let query = truth["nearest_to"]["vector"].as_array().unwrap();
    let query: Vec<f32> = query.iter().map(|value| value.as_f64().unwrap() as f32).collect();
    let found = vectors.nearest_to(&query, 20).unwrap();
    assert_like_gensim(&found, &truth["nearest_to"]["found"]);
}

#[test]
fn similarities_and_analogies_are_those_of_gensim() {
    let (vectors, truth) = (vectors(), golden_answers());
    for pair in truth["similarity"].as_array().unwrap() {
        let (a, b) = (pair[0].as_str().unwrap(), pair[1].as_str().unwrap());
        let difference = f64::from(vectors.similarity(a, b).unwrap()) - pair[2].as_f64().unwrap();
        assert!(difference.abs() < 1e-5, "{pair}");
    }
    for case in truth["analogy"].as_array().unwrap() {
        let [a, b, c] = ["a", "b", "c"].map(|name| case[name].as_str().unwrap());
        assert_like_gensim(&vectors.analogy(a, b, c, 6).unwrap(), &case["found"]);
    }
}

#[test]
fn equal_similarities_come_in_the_order_of_their_rows() {
    let names: Vec<String> = (0..10_000).map(|n| n.to_string()).collect();
    let values = (0..10_000).flat_map(|n| if n % 100 == 7 { [2.0, 2.0] } else { [1.0, -1.0] });
    let vectors = WordVectors::new(&names, 2, values.collect()).unwrap();
    let found = vectors.nearest("7", 40).unwrap();
    let expected: Vec<u32> = (1..=40).map(|n| 100 * n + 7).collect();
    assert_eq!(found.iter().map(|neighbour| neighbour.id).collect::<Vec<_>>(), expected);
}

#[test]
fn the_scan_agrees_with_sorting_everything() {
    let n_words = 5_000_u32;
    let names: Vec<String> = (0..n_words).map(|n| n.to_string()).collect();
    let values = (0..n_words * 5).map(|n| (n.wrapping_mul(2_654_435_761) >> 8) as f32 / 1e7 - 0.8);
    let vectors = WordVectors::new(&names, 5, values.collect()).unwrap();
    let query = [0.3, -0.1, 0.5, 0.2, -0.9];
    let mut expected: Vec<(f32, u32)> =
        (0..n_words).map(|id| (exact_cosine(&query, vectors.vector(id).unwrap()), id)).collect();
    expected.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    for n in [1, 3, 100, 4_999, 5_000, usize::MAX] {
        let found = vectors.nearest_to(&query, n).unwrap();
        assert_eq!(found.len(), n.min(5_000));
        for (found, (similarity, _)) in found.iter().zip(&expected) {
            assert!((found.similarity - similarity).abs() < 1e-6, "{found:?} {similarity}");
        }
    }
    assert!(vectors.nearest_to(&query, 0).unwrap().is_empty());
}

#[test]
fn the_words_of_the_query_are_left_out() {
    let vectors = vectors();
    assert!(!words(&vectors.nearest("frog", 100).unwrap()).contains(&"frog"));
    assert_eq!(vectors.nearest("frog", 100).unwrap().len(), 19);
    let found = vectors.analogy("man", "King", "woman", 100).unwrap();
    assert_eq!(found.len(), 17);
    for word in ["man", "King", "woman"] {
        assert!(!words(&found).contains(&word), "{word}");
    }
}

#[test]
fn zeros_and_extreme_sizes_give_finite_answers() {
    let names = ["zero", "huge", "tiny", "one", "minus"];
    let values = vec![0.0, 0.0, 3e38, 3e38, 1e-42, 1e-42, 1.0, 1.0, -1.0, -1.0];
    let vectors = WordVectors::new(names, 2, values).unwrap();
    let cases = [
        ("zero", "one", 0.0),
        ("zero", "zero", 0.0),
        ("huge", "tiny", 1.0),
        ("huge", "minus", -1.0),
        ("tiny", "one", 1.0),
    ];
    for (a, b, expected) in cases {
        let similarity = vectors.similarity(a, b).unwrap();
        assert!((similarity - expected).abs() < 1e-6, "{a} {b} {similarity}");
        assert!((-1.0..=1.0).contains(&similarity));
    }
    assert_eq!(words(&vectors.nearest("one", 4).unwrap())[2..], ["zero", "minus"]);
    let found = vectors.analogy("zero", "huge", "tiny", 2).unwrap();
    assert_eq!(words(&found), ["one", "minus"]);
}

#[test]
fn unknown_words_are_named_with_their_other_case() {
    let vectors = vectors();
    let cases = [
        ("newt", "`newt` is not among the 20 words"),
        ("Frog", "`Frog` is not among the 20 words; did you mean `frog`?"),
        ("king", "`king` is not among the 20 words; did you mean `King`?"),
        ("u.s.", "`u.s.` is not among the 20 words; did you mean `U.S.`?"),
        ("", "`` is not among the 20 words"),
    ];
    for (word, expected) in cases {
        assert_eq!(vectors.nearest(word, 1).unwrap_err().to_string(), expected);
        assert_eq!(vectors.similarity("frog", word).unwrap_err().to_string(), expected);
        assert_eq!(vectors.analogy("frog", "toad", word, 1).unwrap_err().to_string(), expected);
    }
}

#[test]
fn vectors_to_search_for_must_fit() {
    let vectors = vectors();
    let message = vectors.nearest_to(&[1.0; 7], 1).unwrap_err().to_string();
    assert_eq!(message, "a vector of 7 dimensions was given; these words have 8");
    let message = vectors.nearest_to(&[f32::NAN; 8], 1).unwrap_err().to_string();
    assert!(message.contains("holds NaN"), "{message}");
}
