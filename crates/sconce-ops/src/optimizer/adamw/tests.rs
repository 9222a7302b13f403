//! Fifty steps of `torch.optim.AdamW` and `Adam`, dense and by rows, fused and composed.

use candle_core::{DType, Device, Tensor, Var};
use sconce_testing::{Golden, assert_close};

use super::*;
use crate::gradients::{Gradients, RowGradient};
use crate::optimizer::Optimizer;
use crate::test_support::{golden, store_with, wavy};

/// Where the fused path (F32) and the composed one (F64) are expected to be.
const TOLERANCES: [(DType, f64); 2] = [(DType::F32, 2e-6), (DType::F64, 1e-12)];

/// Takes the golden steps with the gradients that `gradient` makes of each step, and compares.
fn check(
    golden: &Golden,
    (start, after, weight_decay): (&str, &str, &str),
    decay: Decay,
    (dtype, tolerance): (DType, f64),
    gradient: &dyn Fn(usize) -> Option<Gradient>,
) {
    let (store, param) = store_with("p", &golden.tensor(start).unwrap().to_dtype(dtype).unwrap());
    let mut optimizer = AdamW::with_decay(golden.f64(weight_decay).unwrap(), decay);
    let kept = golden.u32s("kept").unwrap();
    for (step, rate) in golden.f64s("lr").unwrap().into_iter().enumerate() {
        let mut gradients = Gradients::new(1);
        if let Some(gradient) = gradient(step) {
            gradients.add(0, gradient).unwrap();
        }
        optimizer.step(&store, &gradients, rate).unwrap();
        let step = step as u32 + 1;
        if kept.contains(&step) {
            let expected = golden.tensor_f64(&format!("{after}.after_{step}")).unwrap();
            let name = format!("{after} after {step}");
            let actual = param.tensor().to_dtype(DType::F64).unwrap();
            assert_close(&name, &actual, &expected, tolerance, tolerance).unwrap();
        }
    }
}

fn step_of(golden: &Golden, key: &str, step: usize, dtype: DType) -> Tensor {
    golden.tensor(key).unwrap().get(step).unwrap().to_dtype(dtype).unwrap()
}

#[test]
fn dense_steps_equal_those_of_pytorch() {
    let golden = golden("adamw");
    for (name, decay) in
        [("dense.w", Decay::Decoupled), ("dense.b", Decay::Decoupled), ("adam.p", Decay::Gradient)]
    {
        let key = |part: &str| format!("{name}.{part}");
        let names = (&*key("start"), name, &*key("weight_decay"));
        for (dtype, tolerance) in TOLERANCES {
            let gradient =
                |step| Some(Gradient::Dense(step_of(&golden, &key("gradients"), step, dtype)));
            check(&golden, names, decay, (dtype, tolerance), &gradient);
        }
    }
}

#[test]
fn a_parameter_counts_its_steps_from_its_first_gradient() {
    let golden = golden("adamw");
    let first = golden.f64("late.p.first_step").unwrap() as usize - 1;
    let names = ("late.p.start", "late.p", "late.p.weight_decay");
    for (dtype, tolerance) in TOLERANCES {
        let gradient = |step: usize| {
            let step = step.checked_sub(first)?;
            Some(Gradient::Dense(step_of(&golden, "late.p.gradients", step, dtype)))
        };
        check(&golden, names, Decay::Decoupled, (dtype, tolerance), &gradient);
    }
}

#[test]
fn row_steps_equal_dense_steps_of_pytorch() {
    let golden = golden("adamw");
    let (rows, offsets) =
        (golden.u32s("sparse.rows").unwrap(), golden.u32s("sparse.row_offsets").unwrap());
    for (dtype, tolerance) in TOLERANCES {
        let gradient = |step: usize| {
            let rows = rows[offsets[step] as usize..offsets[step + 1] as usize].to_vec();
            let index = Tensor::new(rows.as_slice(), &Device::Cpu).unwrap();
            let values = step_of(&golden, "sparse.table.gradients", step, dtype);
            let values = values.index_select(&index, 0).unwrap();
            Some(Gradient::Rows(RowGradient { values, rows }))
        };
        for kind in ["decayed", "undecayed"] {
            let after = format!("sparse.{kind}.table");
            let decay = format!("sparse.{kind}.weight_decay");
            let names = ("sparse.table.start", &*after, &*decay);
            check(&golden, names, Decay::Decoupled, (dtype, tolerance), &gradient);
        }
    }
}

/// Steps with gradients of rows, densely and by rows, must give the same bits, wherever decay is.
#[test]
fn row_steps_equal_dense_steps_to_the_bit() {
    // One task's work, and several of them with a last one that is smaller.
    for (n_rows, dim) in [(40, 3), (300, 300)] {
        for decay in [Decay::Decoupled, Decay::Gradient] {
            let by_rows = wavy_steps((n_rows, dim), decay, true);
            let densely = wavy_steps((n_rows, dim), decay, false);
            assert!(by_rows == densely, "{n_rows} rows of {dim}, {decay:?}");
        }
    }
}

/// The bits of a parameter after eight steps with gradients in a fifth of its rows.
fn wavy_steps(shape: (usize, usize), decay: Decay, by_rows: bool) -> Vec<u32> {
    let tensor = |n_rows: usize, phase: f64| {
        let values =
            Tensor::from_vec(wavy(n_rows * shape.1, phase), (n_rows, shape.1), &Device::Cpu);
        values.unwrap().to_dtype(DType::F32).unwrap()
    };
    let (store, param) = store_with("p", &tensor(shape.0, 0.));
    let mut optimizer = AdamW::with_decay(0.1, decay);
    for step in 0..8u32 {
        let rows: Vec<u32> =
            (0..shape.0 as u32).filter(|row| (row * 7 + step) % 5 == 1 && row % 11 != 3).collect();
        let values = tensor(rows.len(), f64::from(step));
        let gradient = Gradient::Rows(RowGradient { values, rows });
        // A dense step near the end gives every row moments.
        let gradient = if by_rows && step != 6 {
            gradient
        } else {
            Gradient::Dense(gradient.to_dense(&[shape.0, shape.1]).unwrap())
        };
        let mut gradients = Gradients::new(1);
        gradients.add(0, gradient).unwrap();
        optimizer.step(&store, &gradients, 0.01).unwrap();
    }
    let values = param.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    values.into_iter().map(f32::to_bits).collect()
}

#[test]
fn frozen_parameters_and_absent_gradients_change_nothing() {
    let start = Tensor::ones(3, DType::F32, &Device::Cpu).unwrap();
    let (store, param) = store_with("p", &start);
    let mut optimizer = AdamW { weight_decay: 0.1, ..AdamW::default() };
    optimizer.step(&store, &Gradients::new(1), 0.1).unwrap();
    let mut gradients = Gradients::new(1);
    gradients.add(0, Gradient::Dense(start.clone())).unwrap();
    param.set_trainable(false);
    optimizer.step(&store, &gradients, 0.1).unwrap();
    assert_eq!(param.tensor().to_vec1::<f32>().unwrap(), [1.; 3]);
    let _: &Var = param.var();
}
