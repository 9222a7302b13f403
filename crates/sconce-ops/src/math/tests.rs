//! The vectorized functions against the standard library's in double precision.

use super::Math;
use crate::simd::dispatch;

/// Numbers over the whole range that matters, dense around zero.
fn points() -> Vec<f32> {
    let dense = (-40_000..=40_000).map(|i| i as f32 / 2000.);
    let wide = (-1000..=1000).map(|i| i as f32 / 8.);
    let tiny = [0., -0., 1e-30, -1e-30, 1e-10, -1e-10, 1e-4, -1e-4];
    dense.chain(wide).chain(tiny).collect()
}

fn assert_near(
    name: &str,
    f: fn(f32) -> f32,
    truth: fn(f64) -> f64,
    (relative, absolute): (f64, f64),
) {
    let xs = points();
    let mut ys = xs.clone();
    dispatch(
        #[inline(always)]
        || ys.iter_mut().for_each(|y| *y = f(*y)),
    );
    for (x, y) in xs.into_iter().zip(ys) {
        let expected = truth(f64::from(x));
        if expected.abs() < f64::from(f32::MIN_POSITIVE) || expected > f64::from(f32::MAX) {
            continue;
        }
        let difference = (f64::from(y) - expected).abs();
        assert!(
            difference <= relative * expected.abs() + absolute,
            "{name}({x}) = {y}, not {expected} (off by {difference:e})"
        );
    }
}

#[test]
fn single_precision_is_close_to_double() {
    assert_near("exp", Math::exp, f64::exp, (2e-7, 0.));
    assert_near("tanh", Math::tanh, f64::tanh, (4e-7, 0.));
    assert_near("sigmoid", Math::sigmoid, |x| 1. / (1. + (-x).exp()), (4e-7, 0.));
    let distribution = |x: f64| Math::normal_distribution(x).0;
    // The formula's 7.5e-8 and the rounding of its polynomial.
    assert_near("Φ", |x| x.normal_distribution().0, distribution, (0., 5e-7));
    assert_near("φ", |x| x.normal_distribution().1, |x| x.normal_distribution().1, (4e-6, 1e-12));
}

#[test]
fn double_precision_knows_published_values() {
    // Abramowitz and Stegun, tables 26.1: Φ(1) and φ(1).
    let (distribution, density) = 1f64.normal_distribution();
    assert!((distribution - 0.841_344_746_068_543).abs() < 1e-14, "{distribution}");
    assert!((density - 0.241_970_724_519_143_4).abs() < 1e-14, "{density}");
}

#[test]
fn exponentials_end_well() {
    assert_eq!(Math::exp(f32::NEG_INFINITY), 0.);
    assert_eq!(Math::exp(-200f32), 0.);
    assert_eq!(Math::exp(0f32), 1.);
    assert_eq!(Math::exp(f32::INFINITY), f32::INFINITY);
    assert_eq!(Math::exp(89f32), f32::INFINITY);
    assert!(Math::exp(88.7f32).is_finite());
    assert!(Math::exp(f32::NAN).is_nan());
}

#[test]
fn squashing_functions_saturate_and_let_nan_through() {
    for x in [f32::INFINITY, 300., 20.] {
        assert_eq!((Math::tanh(x), Math::tanh(-x)), (1., -1.), "tanh of {x}");
        assert_eq!(x.sigmoid(), 1., "sigmoid of {x}");
        assert_eq!(x.normal_distribution().0, 1., "Φ of {x}");
    }
    assert_eq!((-300f32).sigmoid(), 0.);
    assert!(Math::tanh(f32::NAN).is_nan());
    assert!(f32::NAN.sigmoid().is_nan());
    assert!(f32::NAN.normal_distribution().0.is_nan());
}
