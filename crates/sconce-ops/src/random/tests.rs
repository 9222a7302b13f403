//! SplitMix64's published values, and moments of the two distributions.

use super::*;

#[test]
fn mixing_equals_splitmix64() {
    // The first outputs of SplitMix64 seeded with 1234567, as listed by its reference
    // implementations.
    let first = [6457827717110365317u64, 3203168211198807973, 9817491932198370423];
    for (n, expected) in first.into_iter().enumerate() {
        assert_eq!(mix(1234567u64.wrapping_add(GOLDEN.wrapping_mul(n as u64 + 1))), expected);
    }
}

#[test]
fn streams_differ_by_seed_part_and_name() {
    let root = Random::new(1);
    let streams = [root, Random::new(2), root.fork(0), root.fork(1), root.fork_by_name("a")];
    for (i, a) in streams.iter().enumerate() {
        for b in &streams[..i] {
            assert_ne!(a.bits(0), b.bits(0));
        }
    }
    assert_eq!(root.fork_by_name("weight").bits(7), Random::new(1).fork_by_name("weight").bits(7));
}

#[test]
fn uniform_and_normal_have_their_moments() {
    let (random, n) = (Random::new(3), 100_000u64);
    let moments = |draw: &dyn Fn(u64) -> f64| {
        let mean = (0..n).map(draw).sum::<f64>() / n as f64;
        let variance = (0..n).map(|i| (draw(i) - mean).powi(2)).sum::<f64>() / n as f64;
        (mean, variance)
    };
    let (mean, variance) = moments(&|i| random.uniform(i));
    // Four standard errors.
    assert!((mean - 0.5).abs() < 4. * (1f64 / 12. / n as f64).sqrt());
    assert!((variance - 1. / 12.).abs() < 1e-3);
    let (mean, variance) = moments(&|i| random.normal(i));
    assert!(mean.abs() < 4. / (n as f64).sqrt());
    assert!((variance - 1.).abs() < 0.02);
}
