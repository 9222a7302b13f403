//! Bounds, moments and what is refused.

use super::*;

fn draw(init: &Init, dims: &[usize]) -> Vec<f32> {
    let shape = Shape::from(dims.to_vec());
    let tensor = init.var(&shape, DType::F32, &Device::Cpu, Random::new(1)).unwrap();
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn uniform_inits_fill_their_bounds_and_no_more() {
    for (init, dims, bound) in [
        (Init::TorchLinear, vec![50, 4, 25], 0.1),
        (Init::FanIn(16), vec![5000], 0.25),
        (Init::XavierUniform, vec![100, 50], 0.2),
        // Fan-in 6 · 5, fan-out 24 · 5.
        (Init::XavierUniform, vec![24, 6, 5], 0.2),
        (Init::KaimingUniform { gain: 2f64.sqrt() }, vec![100, 60], 0.1f32.sqrt()),
        (Init::Uniform { low: -0.5, high: 0.5 }, vec![5000], 0.5),
    ] {
        let values = draw(&init, &dims);
        let largest = values.iter().fold(0f32, |a, &b| a.max(b.abs()));
        assert!(largest <= bound && largest > 0.99 * bound, "{init:?}: {largest}");
        let mean = values.iter().sum::<f32>() / values.len() as f32;
        assert!(mean.abs() < 0.05 * bound, "{init:?}: mean {mean}");
    }
}

#[test]
fn normal_inits_have_their_deviation() {
    let relu = 2f64.sqrt();
    // Cut at ±2, a standard normal distribution has variance 1 - 4 φ(2) / (2 Φ(2) - 1).
    let cut = (1. - 4. * 0.053_990_966 / 0.954_499_736f64).sqrt();
    for (init, dims, std) in [
        (Init::normal(0.02), vec![20_000], 0.02),
        (Init::truncated_normal(0.02), vec![20_000], 0.02 * cut),
        (Init::XavierNormal, vec![150, 50], 0.1),
        (Init::XavierNormal, vec![60, 20, 5], 0.005f64.sqrt()),
        (Init::KaimingNormal { gain: relu }, vec![100, 8, 25], 0.1),
    ] {
        let values = draw(&init, &dims);
        let n = values.len() as f64;
        let mean = values.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        let square = values.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n;
        // Five standard errors of a normal sample.
        assert!(mean.abs() < 5. * std / n.sqrt(), "{init:?}: mean {mean}");
        assert!((square.sqrt() / std - 1.).abs() < 5. / (2. * n).sqrt(), "{init:?}: {square}");
    }
    let cut = draw(&Init::TruncatedNormal { mean: 1., std: 2., at: 0.5 }, &[5000]);
    assert!(cut.iter().all(|x| (0. ..=2.).contains(x)));
    assert!(cut.iter().any(|&x| x < 0.01) && cut.iter().any(|&x| x > 1.99));
}

#[test]
fn orthogonal_rows_or_columns_are_orthonormal_up_to_their_gain() {
    for (dims, gain) in [([5, 8], 1.), ([8, 5], 1.), ([64, 64], 2.), ([1, 3], 1.), ([3, 1], 1.)] {
        let [n_rows, n_columns] = dims;
        let values = draw(&Init::Orthogonal { gain }, &dims);
        let at = |i: usize, k: usize| match n_rows <= n_columns {
            true => f64::from(values[i * n_columns + k]),
            false => f64::from(values[k * n_columns + i]),
        };
        for i in 0..n_rows.min(n_columns) {
            for j in 0..=i {
                let dot: f64 = (0..n_rows.max(n_columns)).map(|k| at(i, k) * at(j, k)).sum();
                let expected = if i == j { gain * gain } else { 0. };
                assert!((dot - expected).abs() < 1e-6, "{dims:?}: {i} · {j} = {dot}");
            }
        }
    }
    // A convolution's filters are rows, whatever their own shape.
    let filters = draw(&Init::Orthogonal { gain: 1. }, &[2, 3, 4]);
    let dot: f32 = filters[..12].iter().zip(&filters[12..]).map(|(a, b)| a * b).sum();
    assert!(dot.abs() < 1e-6, "{dot}");
}

#[test]
fn values_do_not_depend_on_the_number_of_threads() {
    for init in [Init::normal(1.), Init::truncated_normal(1.), Init::Orthogonal { gain: 1. }] {
        let with = |n| crate::test_support::with_threads(n, || draw(&init, &[100, 130]));
        assert!(with(1) == with(2) && with(1) == with(3), "{init:?}");
    }
}

#[test]
fn a_zero_row_leaves_the_others_as_they_are() {
    let plain = draw(&Init::normal(1.), &[4, 3]);
    let padded = draw(&Init::normal(1.).with_zero_row(2), &[4, 3]);
    assert_eq!(
        (&padded[..6], &padded[6..9], &padded[9..]),
        (&plain[..6], &[0.; 3][..], &plain[9..])
    );
}

#[test]
fn stacked_blocks_have_their_own_bounds() {
    let blocks = vec![(10, Init::FanIn(100)), (20, Init::FanIn(4))];
    let values = draw(&Init::Stacked(blocks), &[30, 10]);
    assert!(values[..100].iter().all(|x| x.abs() <= 0.1));
    assert!(values[100..].iter().all(|x| x.abs() <= 0.5));
    assert!(values[100..].iter().any(|x| x.abs() > 0.1));
}

#[test]
fn sizes_that_no_memory_holds_are_an_error() {
    for dims in [vec![usize::MAX, 2], vec![1 << 40, 1 << 20], vec![usize::MAX / 4]] {
        let shape = Shape::from(dims);
        let error = Init::TorchLinear.var(&shape, DType::F32, &Device::Cpu, Random::new(1));
        let error = error.unwrap_err().to_string();
        assert!(error.contains("does not fit into memory"), "{error}");
    }
}

#[test]
fn values_that_do_not_fit_are_refused() {
    let fails = |init: Init, dims: &[usize]| {
        init.var(&Shape::from(dims.to_vec()), DType::F32, &Device::Cpu, Random::new(1))
            .unwrap_err()
            .to_string()
    };
    assert!(fails(Init::Values(vec![1.; 3]), &[2, 2]).contains("takes 4, got 3"));
    assert!(fails(Init::XavierNormal, &[3]).contains("no fan-in and fan-out"));
    assert!(fails(Init::normal(1.).with_zero_row(2), &[2, 1]).contains("no row 2"));
    for at in [0., f64::NAN] {
        let cut = Init::TruncatedNormal { mean: 0., std: 1., at };
        assert!(fails(cut, &[2]).contains("cannot cut"));
    }
    assert!(fails(Init::Stacked(vec![(2, Init::Constant(0.))]), &[3, 1]).contains("blocks of 2"));
}
