//! Against PyTorch, finite differences and candle's own operations; rows of which nothing is left.

use candle_core::{Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, wavy, with_threads};

const FUNCTIONS: [&str; 3] = ["softmax", "log_softmax", "masked_softmax"];

fn fused(function: &str, x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    match (function, mask) {
        ("log_softmax", _) => log_softmax(x),
        ("masked_softmax", Some(mask)) => masked_softmax(x, mask),
        _ => softmax(x),
    }
}

fn composed(function: &str, x: &Tensor, mask: Option<&Tensor>) -> Result<Tensor> {
    match function {
        "log_softmax" => composed::log_softmax(x),
        _ => composed::softmax(x, mask),
    }
}

/// Logits of a shape, and a mask that leaves about a third and nothing of the first row.
fn made_up(shape: &[usize]) -> (Var, Tensor) {
    let n = shape.iter().product();
    let x = wavy(n, 0.).into_iter().map(|x| 3. * x).collect::<Vec<_>>();
    let length = shape[shape.len() - 1];
    let mask: Vec<u8> =
        (0..n).map(|i| if i < length { 0 } else { (i % 3 == 1) as u8 * 7 }).collect();
    let mask = Tensor::from_vec(mask, shape, &Device::Cpu).unwrap();
    (Var::from_vec(x, shape, &Device::Cpu).unwrap(), mask)
}

/// Odd sizes, rows of one element, none, and more than the lanes of sums or a task's elements.
const SHAPES: [&[usize]; 7] = [&[5], &[3, 1], &[2, 3, 7], &[9, 130], &[3, 5000], &[0, 4], &[4, 0]];

#[test]
fn values_and_gradients_equal_those_of_pytorch() {
    let golden = golden("softmax");
    for case in golden.strings("cases").unwrap() {
        let key = |key: &str| format!("{case}.{key}");
        let tensor = |name: &str| golden.tensor_f64(&key(name)).unwrap();
        let function = golden.strings(&key("function")).unwrap().remove(0);
        let mask =
            golden.contains(&key("mask")).then(|| tensor("mask").to_dtype(DType::U8).unwrap());
        let x = Var::from_tensor(&tensor("x")).unwrap();
        // The composed one gets its mask in the shape of x.
        let full = mask.as_ref().map(|mask| mask.broadcast_as(x.shape()).unwrap());
        for (kind, output) in [
            ("fused", fused(&function, &x, mask.as_ref()).unwrap()),
            ("composed", composed(&function, &x, full.as_ref()).unwrap()),
        ] {
            let name = format!("{case} {kind}");
            assert_close(&name, &output, &tensor("y"), 1e-12, 1e-12).unwrap();
            let gradient = [(&x, tensor("dx"))];
            assert_gradients(&name, &output, &tensor("upstream"), &gradient, 1e-12);
        }
    }
}

#[test]
fn gradients_equal_finite_differences() {
    for function in FUNCTIONS {
        for shape in SHAPES.into_iter().filter(|s| (1..100).contains(&s.iter().product::<usize>()))
        {
            let (x, mask) = made_up(shape);
            let loss = || fused(function, &x, Some(&mask))?.sqr()?.sum_all();
            let vars = [("x".into(), x.clone())];
            let options = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&vars, &loss, &options).unwrap();
        }
    }
}

#[test]
fn kernels_equal_the_composed_operation_and_single_precision() {
    for (function, shape) in FUNCTIONS.iter().flat_map(|f| SHAPES.map(|shape| (f, shape))) {
        if shape.contains(&0) && *function != "softmax" {
            continue;
        }
        let (x, mask) = made_up(shape);
        let name = format!("{function} {shape:?}");
        let output = fused(function, &x, Some(&mask)).unwrap();
        let single = Var::from_tensor(&x.to_dtype(DType::F32).unwrap()).unwrap();
        let in_single = fused(function, &single, Some(&mask)).unwrap();
        assert_close(&name, &in_single, &output, 2e-6, 2e-6).unwrap();
        if shape.contains(&0) {
            assert_eq!(output.dims(), shape);
            continue;
        }
        let full =
            composed(function, &x, (*function == "masked_softmax").then_some(&mask)).unwrap();
        assert_close(&name, &output, &full, 1e-12, 1e-12).unwrap();
        let upstream = Tensor::from_vec(wavy(x.elem_count(), 2.), x.shape(), &Device::Cpu).unwrap();
        let loss = (full * &upstream).unwrap().sum_all().unwrap();
        let expected = loss.backward().unwrap().get(&x).unwrap().clone();
        assert_gradients(&name, &output, &upstream, &[(&x, expected.clone())], 1e-11);
        let upstream = upstream.to_dtype(DType::F32).unwrap();
        // Of log-softmax, a sum of up to 5000 upstream gradients.
        assert_gradients(&name, &in_single, &upstream, &[(&single, expected)], 5e-6);
    }
}

#[test]
fn a_row_of_which_nothing_is_left_gives_zeros_without_gradient() {
    let minus = f64::NEG_INFINITY;
    let x = Tensor::new(&[[minus, minus, minus], [minus, 1., 2.]], &Device::Cpu).unwrap();
    let x = Var::from_tensor(&x).unwrap();
    let keep_all = Tensor::ones((2, 3), DType::U8, &Device::Cpu).unwrap();
    let p = 1. / (1. + 1f64.exp());
    let expected = Tensor::new(&[[0., 0., 0.], [0., p, 1. - p]], &Device::Cpu).unwrap();
    let upstream = Tensor::new(&[[1., 2., 3.], [4., 5., 6.]], &Device::Cpu).unwrap();
    let slope = p * (1. - p);
    let gradient = Tensor::new(&[[0., 0., 0.], [0., -slope, slope]], &Device::Cpu).unwrap();
    for (name, output) in [
        ("softmax", softmax(&x).unwrap()),
        ("masked", masked_softmax(&x, &keep_all).unwrap()),
        ("composed", composed::softmax(&x, None).unwrap()),
        ("composed masked", composed::softmax(&x, Some(&keep_all)).unwrap()),
    ] {
        assert_close(name, &output, &expected, 1e-15, 0.).unwrap();
        assert_gradients(name, &output, &upstream, &[(&x, gradient.clone())], 1e-14);
    }
    let logs = Tensor::new(&[[minus; 3], [minus, p.ln(), (1. - p).ln()]], &Device::Cpu).unwrap();
    // No upstream gradient can come through a logarithm of zero.
    let upstream = Tensor::new(&[[1., 2., 3.], [0., 5., 6.]], &Device::Cpu).unwrap();
    let gradient =
        Tensor::new(&[[0., 0., 0.], [0., 5. - 11. * p, 6. - 11. * (1. - p)]], &Device::Cpu)
            .unwrap();
    for (name, output) in
        [("log", log_softmax(&x).unwrap()), ("composed", composed::log_softmax(&x).unwrap())]
    {
        assert_close(name, &output, &logs, 1e-14, 0.).unwrap();
        // Not by the sum of outputs times upstream, which would be -∞ · 0.
        let zeros = output.zeros_like().unwrap();
        let finite = output.eq(minus).unwrap().where_cond(&zeros, &output).unwrap();
        let loss = (finite * &upstream).unwrap().sum_all().unwrap();
        let actual = loss.backward().unwrap();
        assert_close(name, actual.get(&x).unwrap(), &gradient, 1e-13, 0.).unwrap();
    }
}

#[test]
fn what_is_masked_may_be_no_number() {
    for kind in ["fused", "composed"] {
        let x = Var::new(&[[f32::NAN, 1., f32::INFINITY, 1.]], &Device::Cpu).unwrap();
        let mask = Tensor::new(&[[0u8, 1, 0, 1]], &Device::Cpu).unwrap();
        let y = if kind == "fused" {
            masked_softmax(&x, &mask)
        } else {
            composed::softmax(&x, Some(&mask))
        };
        assert_eq!(y.as_ref().unwrap().to_vec2::<f32>().unwrap(), [[0., 0.5, 0., 0.5]], "{kind}");
        let loss = y.unwrap().narrow(1, 1, 1).unwrap().sum_all().unwrap();
        let gradient = loss.backward().unwrap().get(&x).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(gradient, [[0., 0.25, 0., -0.25]], "{kind}");
    }
    let x = Tensor::new(&[[f32::NAN, 1.], [2., 2.]], &Device::Cpu).unwrap();
    let rows = softmax(&x).unwrap().to_vec2::<f32>().unwrap();
    assert!(rows[0].iter().all(|p| p.is_nan()) && rows[1] == [0.5, 0.5], "{rows:?}");
}

#[test]
fn masks_and_inputs_may_be_strided() {
    let (x, mask) = made_up(&[6, 5]);
    let expected = masked_softmax(&x, &mask).unwrap();
    let strided = x.t().unwrap().contiguous().unwrap().t().unwrap();
    let strided_mask = mask.t().unwrap().contiguous().unwrap().t().unwrap();
    for (x, mask) in [(&strided, &mask), (x.as_tensor(), &strided_mask), (&strided, &strided_mask)]
    {
        assert_close("strided", &masked_softmax(x, mask).unwrap(), &expected, 0., 0.).unwrap();
    }
    // Rows further down a mask, kept or left out as a whole.
    let column = Tensor::new(&[[9u8], [1], [1], [0], [1]], &Device::Cpu).unwrap();
    let column = column.narrow(0, 1, 4).unwrap();
    let x = x.narrow(0, 2, 4).unwrap();
    let full = column.broadcast_as((4, 5)).unwrap().contiguous().unwrap();
    let actual = masked_softmax(&x, &column).unwrap();
    assert_close("column", &actual, &masked_softmax(&x, &full).unwrap(), 0., 0.).unwrap();
    assert_eq!(actual.get(2).unwrap().to_vec1::<f64>().unwrap(), [0.; 5]);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (x, mask) = made_up(&[50, 333]);
    for function in FUNCTIONS {
        let run = || {
            let output = fused(function, &x, Some(&mask)).unwrap();
            let gradient = output.sqr().unwrap().sum_all().unwrap().backward().unwrap();
            [&output, gradient.get(&x).unwrap()].map(|t| t.to_vec2::<f64>().unwrap())
        };
        let one = with_threads(1, run);
        assert!(with_threads(2, run) == one && with_threads(3, run) == one, "{function}");
    }
}

#[test]
fn operands_that_do_not_fit_are_refused() {
    let fails = |result: Result<Tensor>| result.unwrap_err().to_string();
    let scalar = Tensor::new(1f32, &Device::Cpu).unwrap();
    assert!(fails(softmax(&scalar)).contains("got a scalar"));
    assert!(fails(log_softmax(&scalar)).contains("got a scalar"));
    let (x, mask) = made_up(&[2, 3]);
    assert!(fails(masked_softmax(&x, &x)).contains("must be U8, got F64"));
    let mask = mask.t().unwrap();
    assert!(fails(masked_softmax(&x, &mask)).contains("mask [3, 2] for x [2, 3]"));
}
