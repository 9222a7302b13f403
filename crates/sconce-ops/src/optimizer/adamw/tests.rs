//! Fifty steps of `torch.optim.AdamW`, dense and by rows, fused and composed.

use candle_core::{Device, Var};
use sconce_testing::{Golden, assert_close};

use super::*;
use crate::gradients::RowGradient;
use crate::test_support::{golden, store_with};

/// Takes the golden steps with the gradients that `gradient` makes of each step, and compares.
fn check(
    golden: &Golden,
    (start, after, decay): (&str, &str, &str),
    dtype: DType,
    tolerance: f64,
    gradient: &dyn Fn(usize) -> Gradient,
) {
    let (store, param) = store_with("p", &golden.tensor(start).unwrap().to_dtype(dtype).unwrap());
    let weight_decay = golden.f64(decay).unwrap();
    let mut optimizer = AdamW { weight_decay, ..AdamW::default() };
    let kept = golden.u32s("kept").unwrap();
    for (step, rate) in golden.f64s("lr").unwrap().into_iter().enumerate() {
        let mut gradients = Gradients::new(1);
        gradients.add(0, gradient(step)).unwrap();
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
    // F64 takes the composed path, F32 the fused one.
    for (dtype, tolerance) in [(DType::F32, 2e-6), (DType::F64, 1e-12)] {
        for name in ["w", "b"] {
            let key = |part: &str| format!("dense.{name}.{part}");
            let names = (&*key("start"), &*format!("dense.{name}"), &*key("weight_decay"));
            let gradient = |step| Gradient::Dense(step_of(&golden, &key("gradients"), step, dtype));
            check(&golden, names, dtype, tolerance, &gradient);
        }
    }
}

#[test]
fn row_steps_equal_dense_steps_of_pytorch() {
    let golden = golden("adamw");
    let (rows, offsets) =
        (golden.u32s("sparse.rows").unwrap(), golden.u32s("sparse.row_offsets").unwrap());
    for (dtype, tolerance) in [(DType::F32, 2e-6), (DType::F64, 1e-12)] {
        let gradient = |step: usize| {
            let rows = rows[offsets[step] as usize..offsets[step + 1] as usize].to_vec();
            let index = Tensor::new(rows.as_slice(), &Device::Cpu).unwrap();
            let values = step_of(&golden, "sparse.table.gradients", step, dtype);
            Gradient::Rows(RowGradient { values: values.index_select(&index, 0).unwrap(), rows })
        };
        for kind in ["decayed", "undecayed"] {
            let after = format!("sparse.{kind}.table");
            let decay = format!("sparse.{kind}.weight_decay");
            check(&golden, ("sparse.table.start", &after, &decay), dtype, tolerance, &gradient);
        }
    }
}

/// Steps with gradients of rows, densely and by rows, must give the same bits, wherever decay is.
#[test]
fn row_steps_equal_dense_steps_to_the_bit() {
    for decay in [Decay::Decoupled, Decay::Gradient] {
        let start = Tensor::ones((40, 3), DType::F32, &Device::Cpu).unwrap();
        let run = |by_rows: bool| {
            let (store, param) = store_with("p", &start);
            let mut optimizer = AdamW { weight_decay: 0.1, decay, ..AdamW::default() };
            for step in 0..8u32 {
                let rows: Vec<u32> = (0..40).filter(|row| (row * 7 + step) % 5 == 1).collect();
                let values = Tensor::full(0.3f32 + step as f32, (rows.len(), 3), &Device::Cpu);
                let gradient = Gradient::Rows(RowGradient { values: values.unwrap(), rows });
                // A dense step in the middle gives every row moments.
                let gradient = if by_rows && step != 4 {
                    gradient
                } else {
                    Gradient::Dense(gradient.to_dense(&[40, 3]).unwrap())
                };
                let mut gradients = Gradients::new(1);
                gradients.add(0, gradient).unwrap();
                optimizer.step(&store, &gradients, 0.01).unwrap();
            }
            param.tensor().to_vec2::<f32>().unwrap()
        };
        assert_eq!(run(true), run(false), "{decay:?}");
    }
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
