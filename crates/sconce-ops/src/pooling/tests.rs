//! Against PyTorch, finite differences, and candle's own operations.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::Random;
use crate::test_support::{assert_gradients, golden, wavy, with_threads};

type Pool = fn(&Tensor, &Offsets) -> Result<Tensor>;

/// Name, kernel, composed form.
const POOLS: [(&str, Pool, Pool); 5] = [
    ("sum", sum_over_time, |x, offsets| composed::sum(x, offsets, sum::Scale::One)),
    ("mean", mean_over_time, |x, offsets| composed::sum(x, offsets, sum::Scale::PerToken)),
    ("max", max_over_time, composed::max),
    ("first", first_of_each, |x, offsets| composed::pick(x, offsets, pick::Place::First)),
    ("last", last_of_each, |x, offsets| composed::pick(x, offsets, pick::Place::Last)),
];

/// Different numbers, so that no maximum stands at a tie.
fn distinct(n_tokens: usize, dim: usize) -> Tensor {
    let random = Random::new(7);
    let values: Vec<f64> = (0..n_tokens * dim).map(|i| random.normal(i as u64)).collect();
    Tensor::from_vec(values, (n_tokens, dim), &Device::Cpu).unwrap()
}

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("pooling");
    for case in golden.strings("cases").unwrap() {
        let offsets = Offsets::new(golden.u32s(&format!("{case}.offsets")).unwrap()).unwrap();
        for (pool, kernel, composed) in POOLS {
            for (kind, dtype, tolerance, form) in [
                ("kernel f64", DType::F64, 1e-12, kernel),
                ("kernel f32", DType::F32, 1e-6, kernel),
                // Its factors are made in single precision.
                ("composed", DType::F64, 1e-6, composed),
            ] {
                let tensor = |key: &str| {
                    let tensor = golden.tensor_f64(&format!("{case}.{key}")).unwrap();
                    tensor.to_dtype(dtype).unwrap()
                };
                let name = format!("{case} {pool} {kind}");
                let x = Var::from_tensor(&tensor("x")).unwrap();
                let output = form(&x, &offsets).unwrap();
                let expected = tensor(&format!("{pool}.output"));
                assert_close(&name, &output, &expected, tolerance, tolerance).unwrap();
                let expected = [(&x, tensor(&format!("{pool}.dx")))];
                assert_gradients(&name, &output, &tensor("upstream"), &expected, tolerance);
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for lengths in [vec![2, 0, 1, 4], vec![1], vec![0, 0, 3], vec![9]] {
        let offsets = Offsets::from_lengths(lengths.iter().copied());
        let x = Var::from_tensor(&distinct(offsets.n_tokens(), 3)).unwrap();
        for (pool, kernel, _) in POOLS {
            let loss = || kernel(&x, &offsets)?.sqr()?.sum_all();
            let options = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&[(pool.into(), x.clone())], &loss, &options)
                .unwrap();
        }
    }
}

#[test]
fn the_composed_form_equals_the_kernel() {
    for (lengths, dim) in [(vec![3, 0, 1, 6], 5), (vec![0, 0], 3), (vec![], 2), (vec![300], 1)] {
        let offsets = Offsets::from_lengths(lengths.iter().copied());
        let x = distinct(offsets.n_tokens(), dim);
        let upstream = distinct(offsets.n_rows(), dim);
        for (pool, kernel, composed) in POOLS {
            let run = |form: Pool| {
                let x = Var::from_tensor(&x).unwrap();
                let output = form(&x, &offsets).unwrap();
                let gradients = (&output * &upstream).unwrap().sum_all().unwrap().backward();
                let dx = gradients.unwrap().get(&x).cloned();
                // Nothing depends on no tokens, and the composed form says so.
                (output, dx.unwrap_or_else(|| x.zeros_like().unwrap()))
            };
            let ((output, dx), (expected, expected_dx)) = (run(kernel), run(composed));
            let name = format!("{pool} {lengths:?}");
            assert_close(&name, &output, &expected, 1e-6, 1e-6).unwrap();
            assert_close(&name, &dx, &expected_dx, 1e-6, 1e-6).unwrap();
        }
    }
}

#[test]
fn a_packed_batch_equals_its_rows_alone() {
    let random = Random::new(11);
    for trial in 0..20 {
        let lengths = (0..6).map(|i| random.fork(trial).bits(i) as usize % 5);
        let offsets = Offsets::from_lengths(lengths);
        let x = distinct(offsets.n_tokens(), 17).to_dtype(DType::F32).unwrap();
        for (pool, kernel, _) in POOLS {
            let together = kernel(&x, &offsets).unwrap().to_vec2::<f32>().unwrap();
            for (row, tokens) in offsets.iter().enumerate() {
                let alone = x.narrow(0, tokens.start, tokens.len()).unwrap();
                let alone = kernel(&alone, &Offsets::from_lengths([tokens.len()])).unwrap();
                assert_eq!(alone.to_vec2::<f32>().unwrap(), [together[row].clone()], "{pool}");
            }
        }
    }
}

#[test]
fn a_nan_wins_and_reaches_the_loss() {
    let nan = f32::NAN;
    let x = [[f32::INFINITY, 1., nan], [nan, 3., 0.], [5., 2., nan]];
    let offsets = Offsets::from_lengths([0, 3]);
    for form in [max_over_time, composed::max] {
        let x = Var::new(&x, &Device::Cpu).unwrap();
        let output = form(&x, &offsets).unwrap();
        let values = output.to_vec2::<f32>().unwrap();
        assert_eq!(values[0], [0.; 3]);
        assert!(values[1][0].is_nan() && values[1][1] == 3. && values[1][2].is_nan());
        let gradients = output.sum_all().unwrap().backward().unwrap();
        // The first NaN has won.
        let expected = [[0., 0., 1.], [1., 1., 0.], [0., 0., 0.]];
        assert_eq!(gradients.get(&x).unwrap().to_vec2::<f32>().unwrap(), expected);
    }
}

#[test]
fn rows_of_minus_infinity_have_a_winner_too() {
    let infinity = f32::NEG_INFINITY;
    for form in [max_over_time, composed::max] {
        let x = Var::new(&[[infinity], [infinity], [1.]], &Device::Cpu).unwrap();
        let output = form(&x, &Offsets::from_lengths([2, 1])).unwrap();
        assert_eq!(output.to_vec2::<f32>().unwrap(), [[infinity], [1.]]);
        let gradients = output.sum_all().unwrap().backward().unwrap();
        let expected = [[1f32], [0.], [1.]];
        assert_eq!(gradients.get(&x).unwrap().to_vec2::<f32>().unwrap(), expected);
    }
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let offsets = Offsets::from_lengths([40, 0, 3, 200]);
    let x = distinct(offsets.n_tokens(), 700).to_dtype(DType::F32).unwrap();
    for (pool, kernel, _) in POOLS {
        let run = || {
            let x = Var::from_tensor(&x).unwrap();
            let output = kernel(&x, &offsets).unwrap();
            let loss = output.sqr().unwrap().sum_all().unwrap();
            let dx = loss.backward().unwrap().get(&x).unwrap().to_vec2::<f32>().unwrap();
            (output.to_vec2::<f32>().unwrap(), dx)
        };
        let one = with_threads(1, run);
        assert!(with_threads(2, run) == one && with_threads(3, run) == one, "{pool}");
    }
}

#[test]
fn a_transposed_tensor_is_read_in_its_order() {
    let x = Tensor::from_vec(wavy(6, 0.), (2, 3), &Device::Cpu).unwrap().t().unwrap();
    let offsets = Offsets::from_lengths([1, 2]);
    for (pool, kernel, _) in POOLS {
        let expected = kernel(&x.contiguous().unwrap(), &offsets).unwrap();
        assert_close(pool, &kernel(&x, &offsets).unwrap(), &expected, 0., 0.).unwrap();
    }
}

#[test]
fn tensors_that_do_not_fit_are_refused() {
    let x = Tensor::zeros((3, 2), DType::F32, &Device::Cpu).unwrap();
    for (pool, kernel, _) in POOLS {
        let error = kernel(&x, &Offsets::from_lengths([2])).unwrap_err().to_string();
        assert!(error.contains("cover 2 tokens, the tensor has 3"), "{error}");
        assert!(error.contains(pool), "{error}");
        assert!(kernel(&x.flatten_all().unwrap(), &Offsets::from_lengths([6])).is_err());
    }
}
