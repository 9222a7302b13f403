//! The losses against sentence-transformers and transformers, in double and in single precision.

use candle_core::{DType, Device, Result, Tensor, Var};
use sconce_ops::{CrossEntropy, IGNORE_INDEX, Offsets};
use sconce_testing::{Golden, assert_close, finite_difference};

use super::*;

fn golden(name: &str) -> Golden {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/");
    Golden::open(format!("{folder}{name}.json")).unwrap()
}

/// Compares a loss of the tensors `inputs` of a case, and their gradients, in both precisions.
fn assert_loss(
    golden: &Golden,
    case: &str,
    inputs: &[&str],
    loss: impl Fn(&[Tensor]) -> Result<Tensor>,
) {
    // Golden values are made in double precision. In single precision, scale 20 times the rounding
    // of a cosine (6e-8) is an error of 1e-6 in a logit; a gradient sums a few of these.
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 2e-5)] {
        let read = |key: String| golden.tensor_f64(&key).unwrap().to_dtype(dtype).unwrap();
        let vars: Vec<Var> = inputs
            .iter()
            .map(|input| Var::from_tensor(&read(format!("{case}.{input}"))).unwrap())
            .collect();
        let tensors: Vec<Tensor> = vars.iter().map(|var| var.as_tensor().clone()).collect();
        let loss = loss(&tensors).unwrap();
        assert_eq!(loss.rank(), 0, "{case}");
        let expected = read(format!("{case}.loss"));
        assert_close(case, &loss, &expected, tolerance, tolerance).unwrap();
        let gradients = loss.backward().unwrap();
        for (input, var) in inputs.iter().zip(&vars) {
            let name = format!("{case}.d{input}");
            let Some(gradient) = gradients.get(var) else { panic!("{name}: no gradient") };
            assert_close(&name, gradient, &read(name.clone()), tolerance, tolerance).unwrap();
        }
    }
}

fn f32s(golden: &Golden, key: &str) -> Vec<f32> {
    golden.f64s(key).unwrap().into_iter().map(|x| x as f32).collect()
}

#[test]
fn in_batch_negatives_equal_sentence_transformers() {
    let golden = golden("sentence_losses");
    for scale in [20., 5.] {
        for (kind, is_symmetric) in [("forward", false), ("symmetric", true)] {
            let case = format!("negatives.{kind}.{scale:.1}");
            let loss = InBatchNegatives { scale, is_symmetric };
            assert_loss(&golden, &case, &["a", "b"], |t| loss.loss(&t[0], &t[1]));
        }
        let case = format!("negatives.hard.{scale:.1}");
        let loss = InBatchNegatives { scale, ..InBatchNegatives::default() };
        assert_loss(&golden, &case, &["a", "b", "negatives"], |t| {
            loss.loss(&t[0], &Tensor::cat(&t[1..], 0)?)
        });
    }
}

#[test]
fn cosent_equals_sentence_transformers_with_ties_and_without_any_order() {
    let golden = golden("sentence_losses");
    for scale in [20., 5.] {
        for kind in ["distinct", "ties", "equal"] {
            let case = format!("cosent.{kind}.{scale:.1}");
            let similarities = f32s(&golden, &format!("{case}.labels"));
            assert_loss(&golden, &case, &["a", "b"], |t| {
                CoSent { scale }.loss(&t[0], &t[1], &similarities)
            });
        }
    }
}

#[test]
fn multi_label_and_regression_losses_equal_transformers() {
    let golden = golden("task_losses");
    let targets = |case: &str| {
        let labels = golden.tensor(&format!("{case}.labels")).unwrap();
        labels.flatten_all().unwrap().to_vec1::<f32>().unwrap()
    };
    let hot = targets("multi_label");
    assert_loss(&golden, "multi_label", &["logits"], |t| multi_label_loss(&t[0], &hot, None));
    for case in ["regression.1", "regression.3"] {
        let numbers = targets(case);
        assert_loss(&golden, case, &["logits"], |t| regression_loss(&t[0], &numbers));
    }
}

#[test]
fn span_losses_of_packed_rows_equal_transformers() {
    let golden = golden("task_losses");
    for case in ["spans.equal", "spans.ragged", "spans.outside"] {
        let lengths = golden.u32s(&format!("{case}.lengths")).unwrap();
        let offsets = Offsets::from_lengths(lengths.into_iter().map(|length| length as usize));
        let places = golden.u32s(&format!("{case}.spans")).unwrap();
        let spans: Vec<(u32, u32)> = places.chunks(2).map(|span| (span[0], span[1])).collect();
        assert_loss(&golden, case, &["logits"], |t| span_loss(&t[0], &offsets, &spans));
    }
}

#[test]
fn normalized_rows_have_length_one_and_the_slope_of_finite_differences() {
    let values = [[3f64, -4., 0.], [0.5, 0.25, -2.]];
    let x = Var::new(&values, &Device::Cpu).unwrap();
    let upstream = Tensor::new(&[[1f64, 2., 3.], [-1., 0.5, 2.]], &Device::Cpu).unwrap();
    let loss = || (normalize_rows(x.as_tensor())? * &upstream)?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&[("x".into(), x.clone())], &loss, &options).unwrap();
    let zeros = Tensor::zeros((1, 3), DType::F32, &Device::Cpu).unwrap();
    let kept = normalize_rows(&zeros).unwrap();
    assert_eq!(kept.to_vec2::<f32>().unwrap(), [[0., 0., 0.]]);
}

#[test]
fn a_batch_weighs_as_much_as_its_targets() {
    let plain = CrossEntropy::default();
    assert_eq!(target_weight(&plain, &[0, 1, IGNORE_INDEX, 1]), 3.);
    let weighted = CrossEntropy { class_weights: Some([0.5f32, 2.].into()), ..plain };
    assert_eq!(target_weight(&weighted, &[0, 1, IGNORE_INDEX, 1]), 4.5);
    let offsets = Offsets::from_lengths([3, 2]);
    assert_eq!(span_weight(&offsets, &[(0, 2), (1, 2)]), 1.5);
    assert_eq!(span_weight(&offsets, &[(u32::MAX, u32::MAX), (3, 9)]), 0.);
}

#[test]
fn a_batch_without_any_answer_has_no_loss_and_no_gradient() {
    let logits = Var::new(&[[1f32, 2.], [3., 4.]], &Device::Cpu).unwrap();
    let offsets = Offsets::from_lengths([1, 1]);
    let loss = span_loss(&logits, &offsets, &[(9, 9), (9, 9)]).unwrap();
    assert_eq!(loss.to_scalar::<f32>().unwrap(), 0.);
    let gradients = loss.backward().unwrap();
    let gradient = gradients.get(&logits).unwrap().to_vec2::<f32>().unwrap();
    assert_eq!(gradient, [[0., 0.], [0., 0.]]);
}

#[test]
fn shapes_that_do_not_fit_are_refused() {
    let rows = |n: usize, dim: usize| Tensor::zeros((n, dim), DType::F32, &Device::Cpu).unwrap();
    let offsets = Offsets::from_lengths([2]);
    for (result, expected) in [
        (InBatchNegatives::default().loss(&rows(3, 2), &rows(2, 2)), "in_batch_negatives: anchors"),
        (InBatchNegatives::default().loss(&rows(3, 2), &rows(3, 4)), "in_batch_negatives: anchors"),
        (CoSent::default().loss(&rows(3, 2), &rows(3, 2), &[0.]), "cosent: 3 pairs of rows, 1"),
        (multi_label_loss(&rows(2, 2), &[0.], None), "multi_label_loss: 1 targets"),
        (regression_loss(&rows(2, 1), &[0.]), "regression_loss: 1 targets"),
        (span_loss(&rows(2, 2), &offsets, &[]), "span_loss: logits [2, 2], 0 spans for 1 rows"),
        (span_loss(&rows(2, 3), &offsets, &[(0, 0)]), "span_loss: logits [2, 3]"),
    ] {
        let error = result.unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
