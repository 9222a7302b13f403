//! Small batches give the gradients of the big one that they are parts of.

use candle_core::{DType, Device};
use sconce_testing::assert_close;

use super::*;
use crate::test_support::{wavy, with_threads};
use crate::{CrossEntropy, IGNORE_INDEX, Param, ParamSpec, ParamStore, embedding, linear};

const IDS: [u32; 9] = [1, 4, 4, 0, 6, 1, 2, 6, 4];
const TARGETS: [u32; 9] = [2, IGNORE_INDEX, 0, 1, 4, IGNORE_INDEX, IGNORE_INDEX, 3, 5];

/// An embedding, and an output layer that is tied to it or not.
fn model(tied: bool) -> (ParamStore, Param, Param) {
    let store = ParamStore::with_dtype(&Device::Cpu, DType::F64, 1);
    let table = store.root().get("table", ParamSpec::embedding(7, 3)).unwrap();
    let output = match tied {
        true => store.root().tie("output", &table),
        false => store.root().get("output", ParamSpec::linear_weight(3, 7)),
    };
    (store, table, output.unwrap())
}

/// The gradients of the mean loss over these tokens, and how many of them count.
fn gradients(
    (store, table, output): &(ParamStore, Param, Param),
    tokens: std::ops::Range<usize>,
) -> (Gradients, f64) {
    let targets = &TARGETS[tokens.clone()];
    let logits = linear(&embedding(table, &IDS[tokens]).unwrap(), output, None).unwrap();
    let loss = CrossEntropy::default().loss(&logits, targets).unwrap();
    let counted = targets.iter().filter(|&&target| target != IGNORE_INDEX).count();
    (store.backward(&loss).unwrap(), counted as f64)
}

#[test]
fn batches_that_count_differently_equal_one_big_batch() {
    for tied in [false, true] {
        let model = model(tied);
        let (expected, total) = gradients(&model, 0..9);
        // Sizes differ, so do the shares that count; one batch has no target that counts.
        for cuts in [vec![0, 1, 2, 5, 9], vec![0, 5, 7, 9], vec![0, 9]] {
            let mut mean = GradientMean::default();
            for cut in cuts.windows(2) {
                let (gradients, weight) = gradients(&model, cut[0]..cut[1]);
                mean.add(&gradients, weight).unwrap();
            }
            assert_eq!(mean.weight(), total);
            let mean = mean.take();
            for (index, param) in model.0.params().iter().enumerate() {
                let dims = param.var().dims();
                let dense = |gradients: &Gradients| {
                    let gradient = gradients.get(index).unwrap().to_dense(dims).unwrap();
                    (gradient * gradients.scale()).unwrap()
                };
                let name = format!("{param:?}, cut at {cuts:?}");
                assert_close(&name, &dense(&mean), &dense(&expected), 1e-12, 1e-12).unwrap();
            }
            let sparse = matches!(mean.get(0).unwrap(), Gradient::Rows(_));
            assert_eq!(sparse, !tied, "an embedding alone has gradients of rows");
        }
    }
}

fn tensor(n: usize, phase: f64) -> Tensor {
    Tensor::from_vec(wavy(3 * n, phase), (n, 3), &Device::Cpu).unwrap()
}

fn rows(rows: &[u32], phase: f64) -> Gradient {
    Gradient::Rows(RowGradient { rows: rows.to_vec(), values: tensor(rows.len(), phase) })
}

fn one(gradient: &Gradient) -> Gradients {
    let mut gradients = Gradients::new(1);
    gradients.add(0, gradient.clone()).unwrap();
    gradients
}

#[test]
fn dense_gradients_and_rows_add_up_in_any_order() {
    let dense = |phase| Gradient::Dense(tensor(5, phase));
    let cases = [
        [dense(0.), dense(1.), dense(2.)],
        [dense(0.), rows(&[0, 3], 1.), dense(2.)],
        [rows(&[0, 3], 0.), dense(1.), rows(&[4], 2.)],
        [rows(&[0, 3], 0.), rows(&[1, 3, 4], 1.), rows(&[], 2.)],
        [rows(&[], 0.), rows(&[2], 1.), rows(&[1, 2], 2.)],
    ];
    for (case, parts) in cases.iter().enumerate() {
        let mut mean = GradientMean::default();
        let mut expected = Tensor::zeros((5, 3), DType::F64, &Device::Cpu).unwrap();
        for (part, weight) in parts.iter().zip([3., 0.5, 2.]) {
            let before = part.values().to_vec2::<f64>().unwrap();
            mean.add(&one(part), weight).unwrap();
            assert_eq!(part.values().to_vec2::<f64>().unwrap(), before, "case {case}");
            expected = (expected + (part.to_dense(&[5, 3]).unwrap() * weight).unwrap()).unwrap();
        }
        let mean = mean.take();
        assert_eq!(mean.scale(), 1. / 5.5);
        let sum = mean.get(0).unwrap().to_dense(&[5, 3]).unwrap();
        assert_close(&format!("case {case}"), &sum, &expected, 1e-14, 1e-14).unwrap();
        if let Gradient::Rows(rows) = mean.get(0).unwrap() {
            assert!(rows.rows.is_sorted_by(|a, b| a < b), "{:?}", rows.rows);
        }
    }
}

#[test]
fn other_types_of_tensor_add_up_as_well() {
    let half = |gradient: Gradient| match gradient {
        Gradient::Dense(values) => Gradient::Dense(values.to_dtype(DType::F16).unwrap()),
        Gradient::Rows(rows) => {
            let values = rows.values.to_dtype(DType::F16).unwrap();
            Gradient::Rows(RowGradient { values, ..rows })
        }
    };
    let mut means = [GradientMean::default(), GradientMean::default()];
    for part in [rows(&[0, 3], 0.), rows(&[1, 3], 1.), Gradient::Dense(tensor(5, 2.))] {
        means[0].add(&one(&part), 2.).unwrap();
        means[1].add(&one(&half(part)), 2.).unwrap();
    }
    let [exact, half] = means.map(|mut mean| mean.take().get(0).unwrap().to_dense(&[5, 3]));
    let half = half.unwrap().to_dtype(DType::F64).unwrap();
    assert_close("half", &half, &exact.unwrap(), 2e-2, 0.).unwrap();
}

#[test]
fn factors_of_clipped_batches_are_kept_and_batches_without_weight_passed_over() {
    let gradient = Gradient::Dense(tensor(5, 0.));
    let mut clipped = one(&gradient);
    clipped.clip_norm(0.5).unwrap();
    assert!(clipped.scale() < 1.);
    let mut mean = GradientMean::default();
    mean.add(&clipped, 4.).unwrap();
    let not_finite = Gradient::Dense((tensor(5, 0.) * f64::NAN).unwrap());
    mean.add(&one(&not_finite), 0.).unwrap();
    let mean = mean.take();
    assert!((mean.norm().unwrap() - 0.5).abs() < 1e-6);
    let mut nothing = GradientMean::default();
    nothing.add(&one(&not_finite), 0.).unwrap();
    let nothing = nothing.take();
    assert!(nothing.get(0).is_none() && nothing.norm().unwrap() == 0.);
}

#[test]
fn taking_the_mean_leaves_nothing_and_gradients_may_come_late() {
    let (dense, n) = (Gradient::Dense(tensor(5, 0.)), 2.);
    let mut mean = GradientMean::default();
    mean.add(&Gradients::new(0), n).unwrap(); // before the parameter was there
    mean.add(&one(&dense), n).unwrap();
    let first = mean.take();
    assert_eq!((first.scale(), mean.weight()), (0.25, 0.));
    mean.add(&one(&dense), n).unwrap();
    let second = mean.take();
    let values =
        |gradients: &Gradients| (gradients.get(0).unwrap().values() * gradients.scale()).unwrap();
    assert_close("second", &values(&second), dense.values(), 1e-15, 0.).unwrap();
    assert_close("first", &(values(&first) * 2.).unwrap(), dense.values(), 1e-15, 0.).unwrap();
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let n = BLOCK + 7;
    let table = |phase| Tensor::from_vec(wavy(3 * n, phase), (n, 3), &Device::Cpu).unwrap();
    let some: Vec<u32> = (0..n as u32).filter(|row| row % 3 != 1).collect();
    let with = |threads| {
        with_threads(threads, || {
            let mut mean = GradientMean::default();
            mean.add(&one(&Gradient::Dense(table(0.))), 3.).unwrap();
            mean.add(&one(&rows(&some, 1.)), 5.).unwrap();
            mean.take().get(0).unwrap().values().to_vec2::<f64>().unwrap()
        })
    };
    let single = with(1);
    assert!(single == with(2) && single == with(3));
}

#[test]
fn weights_and_shapes_that_make_no_sense_are_refused() {
    let gradients = one(&Gradient::Dense(tensor(5, 0.)));
    let mut mean = GradientMean::default();
    for weight in [-1., f64::NAN, f64::INFINITY] {
        let error = mean.add(&gradients, weight).unwrap_err().to_string();
        assert!(error.contains("must have a weight of at least 0"), "{error}");
    }
    for (first, other) in [
        (Gradient::Dense(tensor(5, 0.)), Gradient::Dense(tensor(4, 0.))),
        (Gradient::Dense(tensor(5, 0.)), rows(&[5], 0.)),
        (rows(&[3], 0.), Gradient::Dense(tensor(3, 0.))),
    ] {
        let mut mean = GradientMean::default();
        mean.add(&one(&first), 1.).unwrap();
        let error = mean.add(&one(&other), 1.).unwrap_err().to_string();
        assert!(error.contains("do both come from one store?"), "{error}");
    }
}
