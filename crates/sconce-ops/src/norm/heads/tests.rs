//! Heads in place against RMS norm of each head by itself.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{store_with, wavy, with_threads};
use crate::{rms_norm, rms_norm_heads};

const DIM: usize = 6;

fn var(shape: &[usize], phase: f64) -> Var {
    Var::from_vec(wavy(shape.iter().product(), phase), shape, &Device::Cpu).unwrap()
}

/// What Qwen3 does: each head of the queries, then of the keys, as a row of `(tokens, heads, dim)`.
fn one_by_one(x: &Tensor, parts: &[(Range<usize>, Weight)], n_heads: usize) -> Tensor {
    let n = x.dim(0).unwrap();
    let heads = x.reshape((n, n_heads, DIM)).unwrap();
    let pieces = (0..n_heads).map(|head| {
        let head_values = heads.narrow(1, head, 1).unwrap();
        match parts.iter().find(|(heads, _)| heads.contains(&head)) {
            Some((_, w)) => rms_norm(&head_values, w.clone(), 1e-6).unwrap(),
            None => head_values,
        }
    });
    Tensor::cat(&pieces.collect::<Vec<_>>(), 1).unwrap().reshape((n, n_heads * DIM)).unwrap()
}

#[test]
fn outputs_and_gradients_are_those_of_each_head_by_itself() {
    for (n_tokens, n_heads, ranges) in [
        (5, 4, [0..2, 2..3]),
        (50, 5, [1..2, 3..5]),
        (1, 1, [0..1, 1..1]),
        (3, 3, [1..1, 2..2]),
        (0, 2, [0..1, 1..2]),
    ] {
        let case = format!("{n_tokens} tokens, {ranges:?} of {n_heads}");
        let x = var(&[n_tokens, n_heads * DIM], 0.);
        let weights: Vec<Var> = (0..ranges.len()).map(|i| var(&[DIM], 1. + i as f64)).collect();
        let parts: Vec<(Range<usize>, Weight)> =
            ranges.iter().cloned().zip(weights.iter().map(|w| w.as_tensor().into())).collect();
        let norm = Norm { op: "n", center: super::super::Center::Zero, eps: 1e-6, mask: None };
        let outputs =
            [rms_norm_heads(&x, &parts, 1e-6).unwrap(), composed(norm, &x, &parts, DIM).unwrap()];
        let expected = one_by_one(&x, &parts, n_heads);
        let upstream = Tensor::from_vec(wavy(x.elem_count(), 4.), x.shape(), &Device::Cpu).unwrap();
        let gradients =
            |y: &Tensor| (y * &upstream).unwrap().sum_all().unwrap().backward().unwrap();
        for output in outputs {
            assert_close(&case, &output, &expected, 1e-13, 1e-13).unwrap();
            let (found, expected) = (gradients(&output), gradients(&expected));
            let is_used = |heads: &Range<usize>| n_tokens * heads.len() > 0;
            let used = weights.iter().zip(&ranges).filter(|(_, heads)| is_used(heads));
            for var in used.map(|(w, _)| w).chain([&x]) {
                let (found, expected) = (found.get(var).unwrap(), expected.get(var).unwrap());
                assert_close(&case, found, expected, 1e-12, 1e-12).unwrap();
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let (x, w, v) = (var(&[3, 4 * DIM], 0.), var(&[DIM], 1.), var(&[DIM], 2.));
    let parts = [(0..2, w.as_tensor().into()), (3..4, v.as_tensor().into())];
    let vars = [("x", &x), ("w", &w), ("v", &v)].map(|(name, var)| (name.into(), var.clone()));
    let loss = || rms_norm_heads(&x, &parts, 1e-6)?.sqr()?.sum_all()?.sqrt();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
}

#[test]
fn rms_norm_of_a_view_in_three_dimensions_is_that_of_its_rows() {
    // Queries as a view into a tensor that holds more: (tokens, heads, head_dim) with gaps.
    let x = var(&[7, 5 * DIM], 0.);
    let w = var(&[DIM], 1.);
    let view = x.narrow(1, DIM, 3 * DIM).unwrap();
    let strided = view.reshape((7, 3, DIM)).unwrap();
    let transposed = x.reshape((7, 5, DIM)).unwrap().transpose(0, 1).unwrap();
    assert!(!transposed.is_contiguous());
    for view in [strided, transposed] {
        let y = rms_norm(&view, w.as_tensor(), 1e-6).unwrap();
        let rows = view.contiguous().unwrap().reshape(((), DIM)).unwrap();
        let expected = rms_norm(&rows, w.as_tensor(), 1e-6).unwrap();
        assert_eq!(y.dims(), view.dims());
        let flat = y.reshape(((), DIM)).unwrap();
        assert_close("view", &flat, &expected, 0., 0.).unwrap();
        let gradients = |y: &Tensor| y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
        let (found, expected) = (gradients(&y), gradients(&expected));
        for var in [&x, &w] {
            let (found, expected) = (found.get(var).unwrap(), expected.get(var).unwrap());
            assert_close("gradient", found, expected, 1e-13, 1e-13).unwrap();
        }
    }
}

#[test]
fn a_frozen_weight_has_no_gradient_and_frozen_all_is_no_part_of_the_graph() {
    let w = var(&[DIM], 1.);
    let (store, param) = store_with("w", w.as_tensor());
    let x = Tensor::from_vec(wavy(20 * DIM, 0.), (10, 2 * DIM), &Device::Cpu).unwrap();
    let run = |x: &Tensor| {
        let y = rms_norm_heads(x, &[(0..1, (&param).into())], 1e-6).unwrap();
        (y.track_op(), y.sqr().unwrap().sum_all().unwrap())
    };
    assert!(store.backward(&run(&x).1).unwrap().get(0).is_some());
    param.set_trainable(false);
    assert!(!run(&x).0);
    let tracked = Var::from_tensor(&x).unwrap();
    let loss = run(tracked.as_tensor()).1;
    assert!(store.backward(&loss).unwrap().get(0).is_none());
    assert!(loss.backward().unwrap().get(&tracked).is_some());
}

#[test]
fn any_number_of_threads_gives_the_same_bits() {
    let (x, w) = (var(&[200, 3 * DIM], 0.), var(&[DIM], 1.));
    let run = |threads| {
        with_threads(threads, || {
            let y = rms_norm_heads(&x, &[(0..2, w.as_tensor().into())], 1e-6).unwrap();
            let gradients = y.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            let flat = |t: &Tensor| t.flatten_all().unwrap().to_vec1::<f64>().unwrap();
            (flat(&y), flat(gradients.get(&x).unwrap()), flat(gradients.get(&w).unwrap()))
        })
    };
    let one = run(1);
    assert!(one == run(2) && one == run(3));
}

#[test]
fn what_does_not_fit_is_refused() {
    let x = Tensor::zeros((2, 3 * DIM), DType::F64, &Device::Cpu).unwrap();
    let w = |n: usize, dtype| -> Weight { (&Tensor::ones(n, dtype, &Device::Cpu).unwrap()).into() };
    let fine = || w(DIM, DType::F64);
    for (parts, eps, expected) in [
        (vec![], 1e-6, "no heads to normalize"),
        (vec![(0..4, fine())], 1e-6, "heads 0..4 after 0, of 3"),
        (vec![(0..2, fine()), (1..3, fine())], 1e-6, "heads 1..3 after 2, of 3"),
        (vec![(0..1, w(5, DType::F64))], 1e-6, "width 18 does not divide into heads of 5"),
        (vec![(0..1, fine()), (1..2, w(3, DType::F64))], 1e-6, "weights must be (6,)"),
        (vec![(0..1, w(DIM, DType::F32))], 1e-6, "weights must be (6,) in F64"),
        (vec![(0..1, fine())], -1., "eps must be at least 0"),
    ] {
        let error = rms_norm_heads(&x, &parts, eps).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
