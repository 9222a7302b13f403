//! Reductions against plain loops.

use super::{axpy, dispatch, dot, max, sum};
use crate::test_support::wavy;

#[test]
fn reductions_of_any_length_equal_plain_loops() {
    for n in [0, 1, 2, 15, 63, 64, 65, 127, 128, 1000] {
        let (x, y) = (wavy(n, 0.3), wavy(n, 1.7));
        let near = |a: f64, b: f64| (a - b).abs() < 1e-12 * (1. + n as f64);
        assert!(near(sum(&x), x.iter().sum()), "sum of {n}");
        assert!(near(dot(&x, &y), x.iter().zip(&y).map(|(x, y)| x * y).sum()), "dot of {n}");
        assert_eq!(max(&x), x.iter().copied().fold(f64::NEG_INFINITY, f64::max), "max of {n}");
    }
}

#[test]
fn every_instruction_set_gives_the_same_bits() {
    let single = |phase| wavy(999, phase).into_iter().map(|x| x as f32).collect::<Vec<_>>();
    let (x, y) = (single(0.2), single(0.9));
    let mut portable = y.clone();
    axpy(0.37, &x, &mut portable);
    let mut widest = y.clone();
    dispatch(
        #[inline(always)]
        || axpy(0.37, &x, &mut widest),
    );
    assert_eq!(portable, widest);
    let dispatched = dispatch(
        #[inline(always)]
        || (sum(&x), dot(&x, &y), max(&x)),
    );
    assert_eq!((sum(&x), dot(&x, &y), max(&x)), dispatched);
}
