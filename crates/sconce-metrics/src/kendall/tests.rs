//! Counting by merging says what counting pair by pair says.

use super::Kendall;
use crate::Metric;

fn by_pairs(x: &[f64], y: &[f64]) -> f64 {
    let (mut sum, mut in_x, mut in_y) = (0.0, 0.0f64, 0.0f64);
    for i in 0..x.len() {
        for j in 0..i {
            let order = |v: &[f64]| v[i].partial_cmp(&v[j]).map_or(0.0, |o| f64::from(o as i8));
            sum += order(x) * order(y);
            in_x += order(x).abs();
            in_y += order(y).abs();
        }
    }
    if in_x * in_y == 0.0 { 0.0 } else { sum / (in_x * in_y).sqrt() }
}

#[test]
fn merging_counts_what_pairs_count() {
    let mut random = fastrand::Rng::with_seed(1);
    for n in 0..60 {
        let levels = random.i32(1..9);
        let mut numbers =
            || -> Vec<f64> { (0..n).map(|_| f64::from(random.i32(-levels..levels))).collect() };
        let (x, y) = (numbers(), numbers());
        let mut kendall = Kendall::new();
        kendall.update(&x, &y).unwrap();
        assert!((kendall.value() - by_pairs(&x, &y)).abs() < 1e-12, "{x:?} {y:?}");
    }
    let mut kendall = Kendall::new();
    kendall.update(&[0.0, -0.0, 1.0], &[1.0, 1.0, 2.0]).unwrap();
    assert!((kendall.value() - 1.0).abs() < 1e-12);
}
