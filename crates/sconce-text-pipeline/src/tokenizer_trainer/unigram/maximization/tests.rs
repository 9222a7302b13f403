//! The digamma function at places where it is known.

use super::*;

#[test]
fn digamma_is_what_it_is_known_to_be() {
    // Minus Euler's constant; that and twice ln 2 less; harmonic numbers (Abramowitz and Stegun 6.3).
    const EULER: f64 = 0.577_215_664_901_532_9;
    for (x, expected) in [
        (1.0, -EULER),
        (0.5, -EULER - 2.0 * std::f64::consts::LN_2),
        (2.0, 1.0 - EULER),
        (4.0, 1.0 + 1.0 / 2.0 + 1.0 / 3.0 - EULER),
        (1e6, 1e6_f64.ln() - 0.5e-6),
    ] {
        // The series is cut after the eighth power.
        assert!((digamma(x) - expected).abs() < 1e-9, "{x}: {} not {expected}", digamma(x));
    }
}

#[test]
fn rare_pieces_are_dropped_and_nothing_at_all_is_no_model() {
    let mut pieces = Pieces::default();
    ["a", "b"].iter().for_each(|piece| pieces.push(piece, -1.0));
    assert_eq!(of(&pieces, &[0.5, 0.49]).unwrap().len(), 1);
    assert!(of(&pieces, &[0.4, 0.49]).is_none());
}
