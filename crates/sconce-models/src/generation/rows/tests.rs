//! Rows against their plain definitions, at every length around the lanes and blocks.

use candle_core::Device;
use sconce_ops::Random;

use super::*;

fn row(n: usize, seed: u64) -> Vec<f32> {
    let random = Random::new(seed);
    (0..n).map(|i| (4. * random.normal(i as u64)) as f32).collect()
}

const LENGTHS: [usize; 9] = [0, 1, 15, 16, 17, 255, 256, 257, 1000];

#[test]
fn the_largest_and_its_first_place_are_found() {
    for n in LENGTHS {
        let mut row = row(n, 1);
        let expected = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert_eq!(max(&row), expected, "{n}");
        assert_eq!(argmax(&row), row.iter().position(|&x| x == expected), "{n}");
        row.fill(2.);
        assert_eq!(argmax(&row), (n > 0).then_some(0), "{n}: the first of equals");
        row.fill(f32::NEG_INFINITY);
        assert_eq!(argmax(&row), None, "{n}");
        if let Some(last) = row.last_mut() {
            *last = -3.;
            assert_eq!(argmax(&row), Some(n - 1));
        }
    }
}

#[test]
fn a_nan_is_noticed_wherever_it_is() {
    for n in LENGTHS {
        let mut row = row(n, 2);
        row.iter_mut().step_by(3).for_each(|x| *x = f32::NEG_INFINITY);
        assert!(!has_nan(&row), "{n}");
        for at in 0..n {
            let kept = std::mem::replace(&mut row[at], f32::NAN);
            assert!(has_nan(&row), "{at} of {n}");
            row[at] = kept;
        }
    }
}

#[test]
fn exponentials_are_those_of_the_standard_library() {
    for i in 0..=870_000 {
        let x = -(i as f32) / 10_000.;
        let (ours, expected) = (f64::from(exp(x)), f64::from(x).exp());
        // Two units in the last place of f32.
        assert!((ours / expected - 1.).abs() < 2.4e-7, "{x}: {ours} {expected}");
    }
    assert_eq!((exp(0.), exp(-88.), exp(f32::NEG_INFINITY)), (1., 0., 0.));
}

#[test]
fn log_softmax_sums_to_one_and_is_exact_to_single_precision() {
    for n in LENGTHS.into_iter().skip(1) {
        let row = row(n, 3);
        let sum: f64 = row.iter().map(|&x| f64::from(x).exp()).sum();
        let log_softmax = LogSoftmax::of(&row);
        for &x in &row {
            // f32 holds values up to 30 with 2e-6.
            assert!((f64::from(log_softmax.at(x)) - (f64::from(x) - sum.ln())).abs() < 4e-6);
        }
    }
}

#[test]
fn picking_follows_the_running_sum() {
    for n in LENGTHS.into_iter().skip(1) {
        let mut weights = row(n, 4);
        weights.iter_mut().step_by(2).for_each(|x| *x = f32::NEG_INFINITY);
        weights[n / 2] = 1.;
        let max = max(&weights);
        let total = exponentials(&mut weights, max);
        assert!((total - weights.iter().map(|&x| f64::from(x)).sum::<f64>()).abs() < 1e-3);
        for uniform in [0., 0.1, 0.5, 0.9, 0.999_999, 1. - f64::EPSILON] {
            let picked = pick(&weights, total, uniform).unwrap();
            assert!(weights[picked] > 0.);
            let before: f64 = weights[..picked].iter().map(|&x| f64::from(x)).sum();
            let after = before + f64::from(weights[picked]);
            let wanted = uniform * total;
            // Lanes sum in another order: 1e-4 of totals up to a few hundred.
            assert!(before <= wanted + 1e-4 && wanted <= after + 1e-4, "{n} {uniform}");
        }
    }
    assert_eq!(pick(&[0.; 300], 0., 0.5), None);
}

#[test]
fn rows_are_read_from_any_layout_and_type() {
    let values: Vec<f32> = (0..6).map(|i| i as f32).collect();
    let plain = Tensor::from_vec(values, (2, 3), &Device::Cpu).unwrap();
    let cases = [
        (plain.clone(), vec![0., 1., 2., 3., 4., 5.]),
        (plain.t().unwrap(), vec![0., 3., 1., 4., 2., 5.]),
        (plain.narrow(0, 1, 1).unwrap(), vec![3., 4., 5.]),
        (plain.to_dtype(DType::BF16).unwrap(), vec![0., 1., 2., 3., 4., 5.]),
        (plain.to_dtype(DType::F64).unwrap(), vec![0., 1., 2., 3., 4., 5.]),
    ];
    for (tensor, expected) in cases {
        assert_eq!(with_rows(&tensor, <[f32]>::to_vec).unwrap(), expected);
    }
}
