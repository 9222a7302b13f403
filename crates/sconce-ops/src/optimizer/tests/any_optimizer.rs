//! What every optimizer must do, whatever its rule.

use candle_core::{DType, Device, Tensor};

use super::*;
use crate::test_support::{wavy, with_threads};

fn waves(dims: &[usize], phase: f64, dtype: DType) -> Tensor {
    let values = wavy(dims.iter().product(), phase);
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
}

/// Rows that have a gradient in this step: a fifth of them, and some never.
fn rows_of(n_rows: usize, step: u32) -> Vec<u32> {
    (0..n_rows as u32).filter(|row| (row * 7 + step) % 5 == 1 && row % 11 != 3).collect()
}

fn row_gradient((n_rows, dim): (usize, usize), step: u32, dtype: DType) -> Gradient {
    let rows = rows_of(n_rows, step);
    let values = waves(&[rows.len(), dim], f64::from(step), dtype);
    Gradient::Rows(RowGradient { values, rows })
}

fn bits(tensor: &Tensor) -> Vec<u64> {
    let values = tensor.flatten_all().unwrap().to_dtype(DType::F64).unwrap();
    values.to_vec1::<f64>().unwrap().into_iter().map(f64::to_bits).collect()
}

/// The bits of a table after eight steps.
fn table_after(case: &str, shape: (usize, usize), dtype: DType, by_rows: bool) -> Vec<u64> {
    let (store, table) = store_with("table", &waves(&[shape.0, shape.1], 0., dtype));
    let mut optimizer = of_case(case);
    for step in 0..8 {
        let gradient = row_gradient(shape, step, dtype);
        // A dense step near the end gives every row state.
        let gradient = if by_rows && step != 6 {
            gradient
        } else {
            Gradient::Dense(gradient.to_dense(&[shape.0, shape.1]).unwrap())
        };
        let mut gradients = Gradients::new(1);
        gradients.add(0, gradient).unwrap();
        optimizer.step(&store, &gradients, 0.01).unwrap();
    }
    bits(&table.tensor())
}

#[test]
fn row_steps_equal_dense_steps_to_the_bit() {
    for case in cases() {
        // One task's work, and several of them with a last one that is smaller.
        for shape in [(40, 3), (300, 150)] {
            for dtype in [DType::F32, DType::F64] {
                let by_rows = table_after(&case, shape, dtype, true);
                assert!(
                    by_rows == table_after(&case, shape, dtype, false),
                    "{case} {shape:?} {dtype:?}"
                );
            }
        }
    }
}

#[test]
fn rows_that_got_their_state_from_decay_alone_keep_coasting_without_it() {
    let run = |by_rows: bool| {
        let (store, table) = store_with("table", &waves(&[40, 3], 0., DType::F32));
        let mut adam = AdamW::adam(0.1);
        for step in 0..6 {
            if step == 3 {
                adam.weight_decay = 0.;
            }
            let gradient = row_gradient((40, 3), step, DType::F32);
            let dense = Gradient::Dense(gradient.to_dense(&[40, 3]).unwrap());
            let mut gradients = Gradients::new(1);
            gradients.add(0, if by_rows { gradient } else { dense }).unwrap();
            adam.step(&store, &gradients, 0.01).unwrap();
        }
        bits(&table.tensor())
    };
    assert!(run(true) == run(false));
}

/// Optimizers with a lazy rule and weight decay.
fn lazy(name: &str) -> Box<dyn Optimizer> {
    let (sparse, weight_decay) = (Sparse::Lazy, 0.1);
    match name {
        "adamw" => Box::new(AdamW { sparse, weight_decay, ..AdamW::default() }),
        "adam" => Box::new(AdamW { sparse, ..AdamW::adam(weight_decay) }),
        "sgd" => Box::new(Sgd { sparse, weight_decay, ..Sgd::default() }),
        "adagrad" => Box::new(Adagrad { sparse, weight_decay, ..Adagrad::default() }),
        "rms_prop" => {
            Box::new(RmsProp { sparse, weight_decay, centered: true, ..RmsProp::default() })
        }
        "lion" => Box::new(Lion { sparse, weight_decay, ..Lion::default() }),
        _ => panic!("no lazy optimizer {name}"),
    }
}

#[test]
fn a_lazy_step_leaves_rows_without_a_gradient_alone() {
    let shape = (40, 3);
    for name in ["adamw", "adam", "sgd", "adagrad", "rms_prop", "lion"] {
        let mut after = Vec::new();
        for dtype in [DType::F32, DType::F64] {
            let (store, table) = store_with("table", &waves(&[40, 3], 0., dtype));
            let mut optimizer = lazy(name);
            for step in 0..6 {
                let before = table.tensor().to_dtype(DType::F64).unwrap().to_vec2::<f64>().unwrap();
                let mut gradients = Gradients::new(1);
                gradients.add(0, row_gradient(shape, step, dtype)).unwrap();
                optimizer.step(&store, &gradients, 0.01).unwrap();
                let values = table.tensor().to_dtype(DType::F64).unwrap().to_vec2::<f64>().unwrap();
                let rows = rows_of(shape.0, step);
                for (row, (before, after)) in before.iter().zip(&values).enumerate() {
                    let moved = before != after;
                    assert_eq!(moved, rows.contains(&(row as u32)), "{name} {dtype:?} row {row}");
                }
            }
            after.push(table.tensor());
        }
        assert_close(name, &after[0], &after[1], 2e-6, 2e-6).unwrap();
    }
}

#[test]
fn fused_steps_of_several_blocks_are_near_the_composed_ones() {
    // Odd sizes, more than one block, more dimensions than two, and a single number.
    let shapes: [&[usize]; 6] = [&[131, 257], &[40_001], &[3, 70, 91], &[1, 20_000], &[1], &[]];
    for case in cases() {
        let mut after = [Vec::new(), Vec::new()];
        for (dtype, after) in [DType::F32, DType::F64].into_iter().zip(&mut after) {
            let (store, mut optimizer) =
                (ParamStore::with_dtype(&Device::Cpu, dtype, 1), of_case(&case));
            for (i, &shape) in shapes.iter().enumerate() {
                let spec = ParamSpec::new(shape, Init::Constant(0.));
                let param = store.root().get(&i.to_string(), spec).unwrap();
                param.var().set(&waves(shape, 0.5, dtype)).unwrap();
            }
            for step in 0..3 {
                let mut gradients = Gradients::new(shapes.len());
                for (i, shape) in shapes.iter().enumerate() {
                    let gradient = waves(shape, (i + step) as f64, dtype);
                    gradients.add(i, Gradient::Dense(gradient)).unwrap();
                }
                gradients.clip_norm(30.).unwrap();
                optimizer.step(&store, &gradients, 1e-3).unwrap();
            }
            *after = store.params();
        }
        for (fused, composed) in after[0].iter().zip(&after[1]) {
            assert_close(&case, &fused.tensor(), &composed.tensor(), 2e-6, 2e-6).unwrap();
        }
    }
}

#[test]
fn steps_do_not_depend_on_the_number_of_threads() {
    for case in cases() {
        let run = |n_threads| {
            with_threads(n_threads, || {
                let store = ParamStore::new(&Device::Cpu, 1);
                let shapes: [&[usize]; 4] = [&[300, 150], &[50_000], &[7], &[2, 150, 120]];
                for (i, shape) in shapes.into_iter().enumerate() {
                    let spec = ParamSpec::new(shape, Init::Constant(0.));
                    let param = store.root().get(&i.to_string(), spec).unwrap();
                    param.var().set(&waves(shape, 0.5, DType::F32)).unwrap();
                }
                let mut optimizer = of_case(&case);
                for step in 0..3 {
                    let mut gradients = Gradients::new(shapes.len());
                    gradients.add(0, row_gradient((300, 150), step, DType::F32)).unwrap();
                    for (i, shape) in shapes.iter().enumerate().skip(1) {
                        let gradient = waves(shape, f64::from(step), DType::F32);
                        gradients.add(i, Gradient::Dense(gradient)).unwrap();
                    }
                    optimizer.step(&store, &gradients, 1e-3).unwrap();
                }
                store.params().iter().flat_map(|param| bits(&param.tensor())).collect::<Vec<_>>()
            })
        };
        let one = run(1);
        assert!(one == run(2) && one == run(3), "{case}");
    }
}

#[test]
fn frozen_parameters_empty_ones_and_absent_gradients_are_left_alone() {
    for case in cases() {
        let store = ParamStore::new(&Device::Cpu, 1);
        let param = |name: &str, dims: &[usize]| {
            store.root().get(name, ParamSpec::new(dims, Init::Constant(1.))).unwrap()
        };
        let (frozen, absent, empty) = (param("f", &[3]), param("a", &[3]), param("e", &[0, 2]));
        let mut gradients = Gradients::new(3);
        gradients.add(0, Gradient::Dense(frozen.var().ones_like().unwrap())).unwrap();
        gradients.add(2, Gradient::Dense(empty.var().ones_like().unwrap())).unwrap();
        frozen.set_trainable(false);
        let mut optimizer = of_case(&case);
        optimizer.step(&store, &gradients, 0.1).unwrap();
        for param in [frozen, absent] {
            assert_eq!(param.tensor().to_vec1::<f32>().unwrap(), [1.; 3], "{case} {param:?}");
        }
        assert!(optimizer.state(&store).unwrap().is_empty(), "{case}");
    }
}

#[test]
fn a_gradient_that_does_not_fit_is_one_clear_error_and_no_step() {
    let dense = |dims: &[usize]| Gradient::Dense(waves(dims, 0., DType::F32));
    let rows = |rows: &[u32], dims: &[usize]| {
        let (rows, values) = (rows.to_vec(), waves(dims, 0., DType::F32));
        Gradient::Rows(RowGradient { rows, values })
    };
    let wrong = [
        ("shape", dense(&[4, 3])),
        ("rising rows", rows(&[0, 3], &[2, 4])),
        ("rising rows", rows(&[2, 1], &[2, 4])),
        ("rising rows", rows(&[1], &[1, 3])),
        ("rising rows", rows(&[0, 1], &[1, 4])),
    ];
    for case in cases() {
        for (part, gradient) in &wrong {
            let store = ParamStore::new(&Device::Cpu, 1);
            for name in ["first", "table"] {
                let spec = ParamSpec::new((3, 4), Init::Constant(1.));
                store.root().get(name, spec).unwrap();
            }
            let mut gradients = Gradients::new(2);
            gradients.add(0, dense(&[3, 4])).unwrap();
            gradients.add(1, gradient.clone()).unwrap();
            let error = of_case(&case).step(&store, &gradients, 0.1).unwrap_err().to_string();
            assert!(error.contains(part) && error.contains("table"), "{case}: {error}");
            let first = store.params()[0].tensor().flatten_all().unwrap();
            assert_eq!(first.to_vec1::<f32>().unwrap(), [1.; 12], "{case}");
        }
    }
}

#[test]
fn an_optimizer_refuses_a_second_store_and_contradictory_settings() {
    let gradients = |dims: &[usize]| {
        let mut gradients = Gradients::new(1);
        gradients.add(0, Gradient::Dense(waves(dims, 0., DType::F32))).unwrap();
        gradients
    };
    let store = |dims: &[usize]| store_with("p", &waves(dims, 0., DType::F32)).0;
    let mut optimizer = AdamW::default();
    optimizer.step(&store(&[3]), &gradients(&[3]), 0.1).unwrap();
    let error = optimizer.step(&store(&[2]), &gradients(&[2]), 0.1).unwrap_err().to_string();
    assert!(error.contains("one optimizer for one store"), "{error}");
    for (momentum, dampening) in [(0., 0.), (0.9, 0.1)] {
        let mut sgd = Sgd { momentum, dampening, nesterov: true, ..Sgd::default() };
        let error = sgd.step(&store(&[3]), &gradients(&[3]), 0.1).unwrap_err().to_string();
        assert!(error.contains("Nesterov"), "{error}");
    }
}
