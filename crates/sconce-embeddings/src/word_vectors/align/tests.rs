//! Tests of matrices for a vocabulary.

use super::*;

fn vectors() -> WordVectors {
    let values = vec![1.0, 2.0, 3.0, 4.0, 8.0, 0.0];
    WordVectors::new(["frog", "toad", "US"], 2, values).unwrap()
}

const UNIFORM: UnknownWords = UnknownWords::Uniform { low: -0.25, high: 0.5, seed: 7 };

#[test]
fn known_words_get_their_vectors_and_the_others_what_was_chosen() {
    let cases = [(UnknownWords::Zeros, [0.0, 0.0]), (UnknownWords::Mean, [4.0, 2.0])];
    for (unknown, expected) in cases {
        let (matrix, coverage) = vectors().matrix_for(["toad", "newt", "frog"], &unknown, false);
        assert_eq!(matrix, [3.0, 4.0, expected[0], expected[1], 1.0, 2.0]);
        assert_eq!((coverage.types, coverage.types_found, coverage.by_lowercase), (3, 2, 0));
    }
}

#[test]
fn a_random_vector_depends_on_the_word_and_the_seed_alone() {
    let (alone, _) = vectors().matrix_for(["newt"], &UNIFORM, false);
    let (among, _) = vectors().matrix_for(["eft", "frog", "newt", "eel"], &UNIFORM, false);
    assert_eq!(alone, among[4..6]);
    assert_ne!(among[0..2], among[4..6]);
    let other = UnknownWords::Uniform { low: -0.25, high: 0.5, seed: 8 };
    assert_ne!(alone, vectors().matrix_for(["newt"], &other, false).0);
}

#[test]
fn random_numbers_fill_their_range_evenly() {
    let names: Vec<String> = (0..20_000).map(|n| format!("unknown-{n}")).collect();
    let (matrix, _) = vectors().matrix_for(names.iter().map(String::as_str), &UNIFORM, false);
    assert!(matrix.iter().all(|value| (-0.25..=0.5).contains(value)));
    let mut counts = [0_usize; 10];
    for value in &matrix {
        counts[(((value + 0.25) / 0.075) as usize).min(9)] += 1;
    }
    // 4000 expected in each tenth, with a standard deviation of 60.
    assert!(counts.iter().all(|&count| count.abs_diff(4_000) < 300), "{counts:?}");
    let products = matrix.chunks_exact(2).map(|row| (row[0] - 0.125) * (row[1] - 0.125));
    let covariance = products.sum::<f32>() / 20_000.0;
    assert!(covariance.abs() < 0.002, "neighbours in a row are independent: {covariance}");
}

#[test]
fn lower_case_is_tried_only_when_asked_and_only_when_the_word_is_missing() {
    let words = ["Frog", "US", "Newt"];
    let (matrix, coverage) = vectors().matrix_for(words, &UnknownWords::Zeros, true);
    assert_eq!(matrix, [1.0, 2.0, 8.0, 0.0, 0.0, 0.0]);
    assert_eq!((coverage.types_found, coverage.by_lowercase), (2, 1));
    let (matrix, coverage) = vectors().matrix_for(words, &UnknownWords::Zeros, false);
    assert_eq!(matrix, [0.0, 0.0, 8.0, 0.0, 0.0, 0.0]);
    assert_eq!((coverage.types_found, coverage.by_lowercase), (1, 0));
}

#[test]
fn coverage_counts_tokens_and_reads_as_one_line() {
    let counts = [("frog", 90), ("Toad", 6), ("newt", 4)];
    let coverage = vectors().coverage(counts, true);
    assert_eq!(coverage.tokens, Some(TokenCoverage { total: 100, found: 96 }));
    assert_eq!(
        coverage.to_string(),
        "2 of 3 words have vectors (66.7%), 1 by lower case; 96.0% of 100 tokens"
    );
    assert_eq!(
        vectors().coverage([], true).to_string(),
        "0 of 0 words have vectors (0.0%); 0.0% of 0 tokens"
    );
}

#[test]
fn a_set_without_words_still_makes_a_matrix() {
    let empty = WordVectors::new([""; 0], 2, Vec::new()).unwrap();
    let (matrix, coverage) = empty.matrix_for(["frog"], &UnknownWords::Mean, false);
    assert_eq!(matrix, [0.0, 0.0]);
    assert_eq!(coverage.types_found, 0);
}
