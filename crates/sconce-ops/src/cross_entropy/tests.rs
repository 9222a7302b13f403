//! Of logits: against PyTorch, finite differences, candle's own operations, and extreme logits.

use candle_core::{DType, Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, wavy, with_threads};

const REDUCTIONS: [(&str, Reduction); 3] =
    [("mean", Reduction::Mean), ("sum", Reduction::Sum), ("none", Reduction::None)];

fn composed(
    options: &CrossEntropy,
    logits: &Tensor,
    targets: &[u32],
    reduction: Reduction,
) -> Result<Tensor> {
    let targets = Targets::new("cross_entropy", options, targets, logits.dims2()?)?;
    composed::loss(logits, &targets, reduction)
}

/// Logits of some rows, and targets of which the second is ignored.
fn made_up(n: usize, n_labels: usize) -> (Var, Vec<u32>) {
    let logits = wavy(n * n_labels, 0.).into_iter().map(|x| 3. * x).collect::<Vec<_>>();
    let target = |i: usize| if i == 1 { IGNORE_INDEX } else { (i * 7 % n_labels) as u32 };
    let logits = Var::from_vec(logits, (n, n_labels), &Device::Cpu).unwrap();
    (logits, (0..n).map(target).collect())
}

/// Without options, with class weights, with smoothing, with both.
fn options(n_labels: usize) -> [CrossEntropy; 4] {
    let weights: Arc<[f32]> = (0..n_labels).map(|i| 0.25 + (i % 5) as f32 / 4.).collect();
    [(0., false), (0., true), (0.2, false), (0.2, true)].map(|(label_smoothing, is_weighted)| {
        CrossEntropy { label_smoothing, class_weights: is_weighted.then(|| weights.clone()) }
    })
}

/// Few labels and many, beyond the lanes of sums and beyond the blocks of a running maximum.
const SIZES: [(usize, usize); 6] = [(1, 1), (5, 2), (3, 7), (2, 67), (3, 9000), (5000, 3)];

#[test]
fn loss_and_gradient_equal_those_of_pytorch() {
    let golden = golden("cross_entropy");
    for case in golden.strings("cases").unwrap() {
        let key = |key: &str| format!("{case}.{key}");
        let weights = golden
            .contains(&key("weights"))
            .then(|| golden.tensor(&key("weights")).unwrap().to_vec1::<f32>().unwrap().into());
        let options = CrossEntropy {
            label_smoothing: golden.f64(&key("label_smoothing")).unwrap(),
            class_weights: weights,
        };
        let targets = golden.u32s(&key("targets")).unwrap();
        let logits = Var::from_tensor(&golden.tensor_f64(&key("logits")).unwrap()).unwrap();
        for (name, reduction) in REDUCTIONS {
            let scalar = |value: f64| Tensor::new(value, &Device::Cpu).unwrap();
            let tensor = |name: &str| golden.tensor_f64(&key(name)).unwrap();
            let [expected, upstream, gradient] = if reduction == Reduction::Mean {
                [scalar(golden.f64(&key("loss")).unwrap()), scalar(1.), tensor("dlogits")]
            } else {
                ["loss", "upstream", "dlogits"].map(|key| tensor(&format!("{name}.{key}")))
            };
            for (kind, loss) in [
                ("fused", options.reduced_loss(&logits, &targets, reduction).unwrap()),
                ("composed", composed(&options, &logits, &targets, reduction).unwrap()),
            ] {
                let name = format!("{case} {name} {kind}");
                assert_close(&name, &loss, &expected, 1e-11, 1e-11).unwrap();
                let gradient = [(&logits, gradient.clone())];
                assert_gradients(&name, &loss, &upstream, &gradient, 1e-11);
            }
        }
    }
}

#[test]
fn the_gradient_equals_finite_differences_under_an_upstream_factor() {
    let (logits, targets) = made_up(5, 3);
    for options in options(3) {
        for (_, reduction) in REDUCTIONS {
            let upstream = Tensor::new(&[3f64, -1., 2., 0.5, 1.], &Device::Cpu).unwrap();
            let loss = || {
                let loss = options.reduced_loss(&logits, &targets, reduction)?;
                loss.broadcast_mul(&upstream)?.sum_all()
            };
            let vars = [("x".into(), logits.clone())];
            let tolerance = finite_difference::Options::for_f64();
            finite_difference::check_autograd(&vars, &loss, &tolerance).unwrap();
        }
    }
}

#[test]
fn kernels_equal_the_composed_operation_and_single_precision() {
    for (n, n_labels) in SIZES {
        let (logits, targets) = made_up(n, n_labels);
        let single = Var::from_tensor(&logits.to_dtype(DType::F32).unwrap()).unwrap();
        for options in options(n_labels) {
            for (name, reduction) in REDUCTIONS {
                let name = format!("{n} x {n_labels} {name} {}", options.label_smoothing);
                let fused = options.reduced_loss(&logits, &targets, reduction).unwrap();
                let expected = composed(&options, &logits, &targets, reduction).unwrap();
                assert_close(&name, &fused, &expected, 1e-11, 1e-11).unwrap();
                let upstream =
                    Tensor::from_vec(wavy(fused.elem_count(), 1.), fused.shape(), &Device::Cpu)
                        .unwrap();
                let loss = (expected * &upstream).unwrap().sum_all().unwrap();
                let gradient = loss.backward().unwrap().get(&logits).unwrap().clone();
                assert_gradients(&name, &fused, &upstream, &[(&logits, gradient.clone())], 1e-11);
                let in_single = options.reduced_loss(&single, &targets, reduction).unwrap();
                assert_close(&name, &in_single, &fused, 1e-6, 2e-6).unwrap();
                let upstream = upstream.to_dtype(DType::F32).unwrap();
                assert_gradients(&name, &in_single, &upstream, &[(&single, gradient)], 1e-6);
            }
        }
    }
}

#[test]
fn half_precision_is_computed_in_single() {
    let (logits, targets) = made_up(4, 300);
    let half = logits.to_dtype(DType::F16).unwrap();
    let loss = CrossEntropy::default().loss(&half, &targets).unwrap();
    assert_eq!(loss.dtype(), DType::F16);
    let exact = half.to_dtype(DType::F64).unwrap();
    let expected = CrossEntropy::default().loss(&exact, &targets).unwrap();
    assert_close("half", &loss, &expected, 0., 5e-4).unwrap();
}

#[test]
fn extreme_logits_stay_finite_and_ignored_rows_are_free() {
    let logits = Var::new(&[[1e4f32, -1e4], [-1e4, 1e4]], &Device::Cpu).unwrap();
    let loss = CrossEntropy::default().loss(&logits, &[1, 1]).unwrap();
    assert_eq!(loss.to_scalar::<f32>().unwrap(), 1e4);
    let gradient = loss.backward().unwrap().get(&logits).unwrap().to_vec2::<f32>().unwrap();
    assert_eq!(gradient, [[0.5, -0.5], [0., 0.]]);
    let loss = CrossEntropy::default().loss(&logits, &[IGNORE_INDEX; 2]).unwrap();
    assert_eq!(loss.to_scalar::<f32>().unwrap(), 0.);
    let gradient = loss.backward().unwrap().get(&logits).unwrap().to_vec2::<f32>().unwrap();
    assert_eq!(gradient, [[0.; 2]; 2]);
}

#[test]
fn impossible_labels_cost_nothing_and_what_is_no_number_is_seen() {
    // A block of impossible labels before and after the one that is possible.
    let mut row = vec![f32::NEG_INFINITY; 10_000];
    (row[5000], row[9000]) = (1., 1.);
    let logits = Var::from_slice(&row, (1, row.len()), &Device::Cpu).unwrap();
    let loss = CrossEntropy::default().loss(&logits, &[5000]).unwrap();
    assert_eq!(loss.to_scalar::<f32>().unwrap(), 2f32.ln());
    let gradient = loss.backward().unwrap().get(&logits).unwrap().sqr().unwrap().sum_all().unwrap();
    assert_eq!(gradient.to_scalar::<f32>().unwrap(), 0.5);
    for bad in [f32::NAN, f32::INFINITY] {
        for at in [0, 4999, 9999] {
            let mut row = row.clone();
            row[at] = bad;
            let logits = Tensor::from_slice(&row, (1, row.len()), &Device::Cpu).unwrap();
            let loss = CrossEntropy::default().loss(&logits, &[5000]).unwrap();
            assert!(loss.to_scalar::<f32>().unwrap().is_nan(), "{bad} at {at}");
        }
    }
}

#[test]
fn strided_logits_equal_their_contiguous_copy() {
    let (logits, targets) = made_up(5, 4);
    let loss = CrossEntropy::default().loss(&logits, &targets).unwrap();
    let strided = Var::from_tensor(&logits.t().unwrap().contiguous().unwrap()).unwrap();
    let by_strided = CrossEntropy::default().loss(&strided.t().unwrap(), &targets).unwrap();
    assert_close("loss", &by_strided, &loss, 0., 0.).unwrap();
    let gradient = loss.backward().unwrap().get(&logits).unwrap().t().unwrap();
    let one = loss.ones_like().unwrap();
    assert_gradients("strided", &by_strided, &one, &[(&strided, gradient)], 0.);
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let (logits, targets) = made_up(301, 77);
    for (name, reduction) in REDUCTIONS {
        let run = || {
            let loss = options(77)[3].reduced_loss(&logits, &targets, reduction).unwrap();
            let gradient = loss.sum_all().unwrap().backward().unwrap();
            let gradient = gradient.get(&logits).unwrap();
            [&loss, gradient].map(|t| t.flatten_all().unwrap().to_vec1::<f64>().unwrap())
        };
        let one = with_threads(1, run);
        assert!(with_threads(2, run) == one && with_threads(3, run) == one, "{name}");
    }
}

#[test]
fn balanced_weights_equal_those_of_scikit_learn() {
    // compute_class_weight("balanced", classes=[0, 1, 2], y=[0, 0, 0, 1, 2, 2])
    let weights = CrossEntropy::balanced_weights(&[0, 0, 0, 1, 2, 2], 3);
    assert_eq!(*weights, [2. / 3., 2., 1.]);
}

#[test]
fn targets_that_do_not_fit_are_refused() {
    let logits = Tensor::new(&[[1f32, 2.], [3., 4.]], &Device::Cpu).unwrap();
    let fails = |options: &CrossEntropy, targets: &[u32]| {
        options.loss(&logits, targets).unwrap_err().to_string()
    };
    let plain = CrossEntropy::default();
    assert!(fails(&plain, &[0]).contains("2 rows of logits, 1 targets"));
    assert!(fails(&plain, &[0, 2]).contains("target 2 of row 1 is not below 2"));
    let smoothed = CrossEntropy { label_smoothing: 1.5, ..plain.clone() };
    assert!(fails(&smoothed, &[0, 1]).contains("from 0 to 1, got 1.5"));
    let weighted = CrossEntropy { class_weights: Some([1.; 3].into()), ..plain };
    assert!(fails(&weighted, &[0, 1]).contains("3 class weights for 2 labels"));
}
