//! Against PyTorch's cross-entropy, finite differences, and extreme logits.

use candle_core::{Device, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, wavy};

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
        let n_labels = logits.dim(1).unwrap();
        let rows = Rows { options: options.clone(), targets: targets.clone(), n_labels };
        let expected = Tensor::new(golden.f64(&key("loss")).unwrap(), &Device::Cpu).unwrap();
        let one = Tensor::new(1f64, &Device::Cpu).unwrap();
        for (kind, tolerance, loss) in [
            ("fused", 1e-11, options.loss(&logits, &targets).unwrap()),
            // Its weights are made in single precision.
            ("composed", 1e-6, rows.composed(&logits).unwrap()),
        ] {
            let name = format!("{case} {kind}");
            assert_close(&name, &loss, &expected, tolerance, tolerance).unwrap();
            let gradient = [(&logits, golden.tensor_f64(&key("dlogits")).unwrap())];
            assert_gradients(&name, &loss, &one, &gradient, tolerance);
        }
    }
}

#[test]
fn the_gradients_of_mean_squared_error_equal_finite_differences() {
    let var = |phase| Var::from_vec(wavy(12, phase), (4, 3), &Device::Cpu).unwrap();
    let (x, y) = (var(0.), var(1.));
    let vars = [("x".into(), x.clone()), ("y".into(), y.clone())];
    let loss = || mean_squared_error(&x, &y);
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&vars, &loss, &options).unwrap();
    let by_hand = wavy(12, 0.).iter().zip(wavy(12, 1.)).map(|(x, y)| (x - y).powi(2)).sum::<f64>();
    let mean = loss().unwrap().to_scalar::<f64>().unwrap();
    assert!((mean - by_hand / 12.).abs() < 1e-12, "{mean}");
}

#[test]
fn the_gradient_equals_finite_differences_under_an_upstream_factor() {
    let logits = Var::from_vec(wavy(15, 0.), (5, 3), &Device::Cpu).unwrap();
    let options = CrossEntropy { label_smoothing: 0.2, class_weights: Some([0.5, 2., 1.].into()) };
    let loss = || options.loss(&logits, &[0, 2, IGNORE_INDEX, 1, 1])? * 3.;
    let tolerance = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&[("x".into(), logits.clone())], &loss, &tolerance).unwrap();
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
    let weighted = CrossEntropy { class_weights: Some([1.; 3].into()), ..plain };
    assert!(fails(&weighted, &[0, 1]).contains("3 class weights for 2 labels"));
}
