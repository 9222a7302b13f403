//! Against the formulas of Llama and GPT-J, finite differences, and what the embedding is for.

use candle_core::{DType, Device, Var};
use sconce_testing::{Golden, assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, wavy, with_threads};

fn options(golden: &Golden, case: &str) -> Rotary {
    let key = |key: &str| format!("{case}.{key}");
    let number = |name: &str| golden.f64(&key(name)).unwrap();
    let numbers =
        |name: &str| golden.contains(&key(name)).then(|| golden.f64s(&key(name)).unwrap());
    let (head_dim, n_rotated) = (number("head_dim") as usize, number("n_rotated") as usize);
    let theta = number("theta");
    let mut options = Rotary::partial(head_dim, n_rotated, theta).unwrap();
    if number("interleaved") == 1. {
        options = options.interleaved();
    }
    let scalings = [
        numbers("linear").map(|n| RotaryScaling::Linear { factor: n[0] }),
        numbers("llama3").map(|n| RotaryScaling::Llama3 {
            factor: n[0],
            low_frequency_factor: n[1],
            high_frequency_factor: n[2],
            original_max_positions: n[3] as usize,
        }),
        numbers("yarn").map(|n| RotaryScaling::Yarn {
            factor: n[0],
            beta_fast: n[1],
            beta_slow: n[2],
            original_max_positions: n[3] as usize,
            theta,
        }),
    ];
    for scaling in scalings.into_iter().flatten() {
        options = options.scaled(&scaling).unwrap();
    }
    options
}

fn turn(x: &Tensor, positions: &[u32], heads: Range<usize>, options: &Rotary) -> Turn {
    let table = options.table(positions);
    let width = x.dim(1).unwrap();
    Turn { options: options.clone(), positions: positions.into(), table, heads, width }
}

fn made_up(n_tokens: usize, width: usize) -> Var {
    Var::from_vec(wavy(n_tokens * width, 0.), (n_tokens, width), &Device::Cpu).unwrap()
}

#[test]
fn values_and_gradients_equal_those_of_the_formulas() {
    let golden = golden("rotary");
    let positions = golden.u32s("positions").unwrap();
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 5e-7)] {
        for case in golden.strings("cases").unwrap() {
            let tensor = |key: &str| {
                golden.tensor_f64(&format!("{case}.{key}")).unwrap().to_dtype(dtype).unwrap()
            };
            let options = options(&golden, &case);
            let heads = golden.u32s(&format!("{case}.heads")).unwrap();
            let heads = heads[0] as usize..heads[1] as usize;
            let x = Var::from_tensor(&tensor("x")).unwrap();
            let kernel = rotary_heads(&x, &positions, heads.clone(), &options).unwrap();
            let composed = turn(&x, &positions, heads, &options).composed(&x).unwrap();
            for (kind, output) in [("kernel", kernel), ("composed", composed)] {
                let name = format!("{case}, {kind}, {dtype:?}");
                assert_close(&name, &output, &tensor("output"), tolerance, tolerance).unwrap();
                let expected = [(&x, tensor("dx"))];
                assert_gradients(&name, &output, &tensor("upstream"), &expected, tolerance);
            }
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    let positions = [3, 0, 900, 1];
    for options in [Rotary::new(4, 10.).unwrap(), Rotary::partial(4, 2, 10.).unwrap().interleaved()]
    {
        let x = made_up(4, 12);
        let loss = || rotary_heads(&x, &positions, 1..2, &options)?.sqr()?.sum_all();
        let upstream = || (rotary(&x, &positions, &options)? * wavy(1, 2.)[0])?.sum_all();
        let checks: [&dyn Fn() -> Result<Tensor>; 2] = [&loss, &upstream];
        for loss in checks {
            let options = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&[("x".into(), x.clone())], loss, &options).unwrap();
        }
    }
}

#[test]
fn products_depend_on_distances_alone() {
    for options in [Rotary::new(8, 100.).unwrap(), Rotary::new(8, 100.).unwrap().interleaved()] {
        let (q, k) = (made_up(1, 8), made_up(1, 8).affine(1., 0.4).unwrap());
        let product = |i: u32, j: u32| {
            let (q, k) = (rotary(&q, &[i], &options).unwrap(), rotary(&k, &[j], &options).unwrap());
            (q * k).unwrap().sum_all().unwrap().to_scalar::<f64>().unwrap()
        };
        assert!((product(5, 2) - product(1005, 1002)).abs() < 1e-9);
        assert!((product(5, 2) - product(5, 3)).abs() > 1e-3);
    }
}

#[test]
fn any_number_of_threads_and_any_order_of_calls_give_the_same_bits() {
    let positions: Vec<u32> = (0..150).map(|i| i * 7 % 150).collect();
    let x = made_up(150, 24).to_dtype(DType::F32).unwrap();
    let run = |options: &Rotary| rotary(&x, &positions, options).unwrap().to_vec2::<f32>().unwrap();
    let options = Rotary::new(8, 10_000.).unwrap();
    let one = with_threads(1, || run(&options));
    for n in [2, 3] {
        // A table that grew in steps is the same.
        let options = Rotary::new(8, 10_000.).unwrap();
        for position in 0..n as u32 * 20 {
            rotary(&x.narrow(0, 0, 1).unwrap(), &[position], &options).unwrap();
        }
        assert!(with_threads(n, || run(&options)) == one, "{n} threads");
    }
}

#[test]
fn strided_and_empty_inputs_are_turned() {
    let options = Rotary::new(4, 100.).unwrap();
    let x = made_up(8, 5).t().unwrap();
    let positions = [0, 1, 2, 3, 4];
    let expected = rotary(&x.contiguous().unwrap(), &positions, &options).unwrap();
    assert_close("strided", &rotary(&x, &positions, &options).unwrap(), &expected, 0., 0.).unwrap();
    let empty = Tensor::zeros((0, 8), DType::F32, &Device::Cpu).unwrap();
    assert_eq!(rotary(&empty, &[], &options).unwrap().dims(), [0, 8]);
}

#[test]
fn what_does_not_fit_is_refused() {
    let options = Rotary::new(4, 100.).unwrap();
    let x = made_up(2, 8);
    let scaled = |scaling: RotaryScaling| options.clone().scaled(&scaling).map(|_| ());
    let llama3 = RotaryScaling::Llama3 {
        factor: 2.,
        low_frequency_factor: 4.,
        high_frequency_factor: 1.,
        original_max_positions: 8,
    };
    let found = [
        (Rotary::new(5, 100.).map(|_| ()), "5 elements of a head of 5"),
        (Rotary::partial(4, 6, 100.).map(|_| ()), "6 elements of a head of 4"),
        (Rotary::new(4, 0.).map(|_| ()), "theta must be positive, got 0"),
        (rotary(&made_up(2, 6), &[0, 1], &options).map(|_| ()), "width 6"),
        (rotary(&x, &[0], &options).map(|_| ()), "2 tokens, 1 positions"),
        (rotary_heads(&x, &[0, 1], 1..3, &options).map(|_| ()), "heads 1..3 of 2"),
        (scaled(RotaryScaling::Linear { factor: 0. }), "factor must be positive"),
        (scaled(llama3), "must be above the low"),
    ];
    for (result, expected) in found {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
