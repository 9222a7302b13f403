//! Vectors against sentence-transformers, from the text on.

use sconce_testing::Golden;

use super::*;
use crate::predictor::tests::{folder, predictor};

#[test]
fn vectors_are_those_of_sentence_transformers() {
    for name in [
        "sentence_mean",
        "sentence_cls",
        "sentence_max",
        "sentence_lasttoken",
        "sentence_dense",
        "sentence_dense_old",
    ] {
        let expected = Golden::open(folder(name).join("expected.json")).unwrap();
        let texts = expected.strings("texts").unwrap();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let predictor = predictor(name);
        let found = predictor.embed(&texts).unwrap();
        assert_eq!(found.n_truncated, 1, "{name}");
        let expected: Vec<Vec<f32>> = expected.tensor("embeddings").unwrap().to_vec2().unwrap();
        for (found, expected) in found.rows.iter().zip(&expected) {
            assert_eq!(found.len(), predictor.embedding_dim().unwrap());
            // Single precision through a layer, for vectors of size up to 3.
            let distance = found.iter().zip(expected).map(|(a, b)| (a - b).abs());
            assert!(distance.fold(0., f32::max) < 1e-4, "{name}");
        }
        let pairs = [(texts[0], texts[1]), (texts[0], texts[0])];
        let similar = predictor.similarity(&pairs).unwrap().rows;
        assert!((similar[0] - cosine(&expected[0], &expected[1])).abs() < 1e-4, "{name}");
        assert!((similar[1] - 1.).abs() < 1e-6, "{name}");
    }
}

#[test]
fn cosines_are_of_the_angle() {
    for (a, b, expected) in [
        ([1., 0.], [0., 2.], 0.),
        ([3., 4.], [6., 8.], 1.),
        ([1., 1.], [-2., -2.], -1.),
        ([0., 0.], [1., 1.], 0.),
    ] {
        assert!((cosine(&a, &b) - expected).abs() < 1e-7, "{a:?} {b:?}");
    }
}
