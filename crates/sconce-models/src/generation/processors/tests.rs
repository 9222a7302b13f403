//! What transformers' processors make of the same rows (`tests/golden/decoding.py`).

use super::*;
use crate::generation::tests::{Golden, Processed};

fn is_sampling(case: &Processed) -> bool {
    case.config.do_sample
}

#[test]
fn rows_are_processed_as_by_transformers() {
    let golden = Golden::read();
    let mut n = 0;
    for case in golden.processed.iter().filter(|case| !is_sampling(case)) {
        let mut processors = Processors::new(&case.config);
        let mut row = case.row.clone();
        processors.apply(&mut row, &case.ids, case.n_prompt);
        let expected = case.expected();
        for (id, (a, b)) in row.iter().zip(&expected).enumerate() {
            // One rounding of a quotient.
            let is_close = a == b || (a - b).abs() < 1e-6 * b.abs();
            assert!(is_close, "{:?}: token {id}: {a}, transformers {b}", case.config);
        }
        let changes = processors.change(&case.ids, case.n_prompt);
        assert!(changes || row == case.row, "{:?}", case.config);
        n += 1;
    }
    assert!(n > 10);
}

#[test]
fn a_repeated_token_is_penalized_once() {
    let mut row = [2., -2., 6., 0.];
    repetition_penalty(&mut row, &[0, 1, 0, 1, 0, 9], 2., &mut Vec::new());
    assert_eq!(row, [1., -4., 6., 0.]);
    presence_penalty(&mut row, &[2, 2, 3, 9], 0.5, &mut Vec::new());
    assert_eq!(row, [1., -4., 5.5, -0.5]);
}

#[test]
fn groups_and_words_ban_what_would_complete_them() {
    const BANNED: f32 = f32::NEG_INFINITY;
    let cases: [(usize, &[u32], [f32; 4]); 6] = [
        (1, &[0, 2], [BANNED, 0., BANNED, 0.]),
        (2, &[0, 1, 2, 0], [0., BANNED, 0., 0.]),
        (2, &[0, 1, 0, 3, 0], [0., BANNED, 0., BANNED]),
        (3, &[0, 1, 2, 0, 1], [0., 0., BANNED, 0.]),
        (3, &[0, 1], [0.; 4]),
        (0, &[0, 1], [0.; 4]),
    ];
    for (n, ids, expected) in cases {
        let mut row = [0.; 4];
        no_repeat_ngram(&mut row, ids, n);
        assert_eq!(row, expected, "{n} {ids:?}");
    }
    let mut row = [0.; 4];
    bad_words(&mut row, &[3, 1], &[vec![0], vec![1, 2], vec![0, 3], vec![2, 3, 1, 3]]);
    assert_eq!(row, [BANNED, 0., BANNED, 0.]);
}

#[test]
fn the_end_is_not_banned_as_a_word_and_comes_no_earlier_than_allowed() {
    let config = GenerationConfig {
        bad_words_ids: vec![vec![1]],
        eos_token_id: vec![1],
        min_new_tokens: Some(2),
        ..GenerationConfig::default()
    };
    let mut processors = Processors::new(&config);
    for (ids, is_banned) in [(&[0, 0][..], true), (&[0, 0, 2], true), (&[0, 0, 2, 2], false)] {
        let mut row = [0.; 3];
        assert_eq!(processors.change(ids, 2), is_banned);
        processors.apply(&mut row, ids, 2);
        assert_eq!(row[1] == f32::NEG_INFINITY, is_banned, "{ids:?}");
    }
}
