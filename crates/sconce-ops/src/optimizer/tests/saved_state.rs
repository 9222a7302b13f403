//! A run that stops, saves, loads and goes on is the run that did not stop.

use std::collections::HashMap;

use candle_core::{DType, Device, Tensor};

use super::*;
use crate::test_support::wavy;

const TABLE: (usize, usize) = (12, 5);

fn waves(dims: &[usize], phase: f64, dtype: DType) -> Tensor {
    let values = wavy(dims.iter().product(), phase);
    Tensor::from_vec(values, dims, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
}

/// A table with row gradients, a vector, and a matrix whose first gradient comes late.
fn store(dtype: DType) -> ParamStore {
    let store = ParamStore::with_dtype(&Device::Cpu, dtype, 1);
    let shapes: [(&str, &[usize]); 3] = [("table", &[12, 5]), ("step", &[7]), ("late.w", &[3, 4])];
    for (name, dims) in shapes {
        let param = store.root().get(name, ParamSpec::new(dims, Init::Constant(0.))).unwrap();
        param.var().set(&waves(dims, 0.5, dtype)).unwrap();
    }
    store
}

fn take_steps(
    optimizer: &mut dyn Optimizer,
    store: &ParamStore,
    steps: std::ops::Range<u32>,
    dtype: DType,
) {
    for step in steps {
        let phase = f64::from(step);
        let mut gradients = Gradients::new(3);
        let rows: Vec<u32> = (0..TABLE.0 as u32).filter(|row| (row + step) % 5 == 1).collect();
        let values = waves(&[rows.len(), TABLE.1], phase, dtype);
        gradients.add(0, Gradient::Rows(RowGradient { rows, values })).unwrap();
        gradients.add(1, Gradient::Dense(waves(&[7], phase, dtype))).unwrap();
        if step > 4 {
            gradients.add(2, Gradient::Dense(waves(&[3, 4], phase, dtype))).unwrap();
        }
        optimizer.step(store, &gradients, 0.01).unwrap();
    }
}

fn values(store: &ParamStore) -> Vec<f64> {
    let flat = |param: &Param| param.tensor().flatten_all().unwrap().to_dtype(DType::F64).unwrap();
    store.params().iter().flat_map(|param| flat(param).to_vec1::<f64>().unwrap()).collect()
}

#[test]
fn a_resumed_run_equals_one_that_did_not_stop_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    for case in cases() {
        for dtype in [DType::F32, DType::F64] {
            // Stops before and after the matrix has its first gradient.
            for stop in [3, 7] {
                let whole = store(dtype);
                take_steps(&mut *of_case(&case), &whole, 0..10, dtype);

                let stopped = store(dtype);
                let mut optimizer = of_case(&case);
                take_steps(&mut *optimizer, &stopped, 0..stop, dtype);
                let file = folder.path().join("state.safetensors");
                let state: HashMap<_, _> = optimizer.state(&stopped).unwrap().into_iter().collect();
                candle_core::safetensors::save(&state, &file).unwrap();

                let resumed = store(dtype);
                resumed.restore(&stopped.snapshot().unwrap()).unwrap();
                // What is saved must not change with the steps that follow.
                take_steps(&mut *optimizer, &stopped, stop..10, dtype);
                let loaded = candle_core::safetensors::load(&file, &Device::Cpu).unwrap();
                let mut optimizer = of_case(&case);
                optimizer.load_state(&resumed, &loaded.into_iter().collect::<Vec<_>>()).unwrap();
                take_steps(&mut *optimizer, &resumed, stop..10, dtype);
                let what = format!("{case} {dtype:?} stopped after {stop}");
                assert!(values(&whole) == values(&resumed), "{what}");
                assert!(values(&whole) == values(&stopped), "{what}: saving changed the run");
            }
        }
    }
}

#[test]
fn state_has_the_names_of_pytorch() {
    let expected: [(&str, &[&str]); 9] = [
        ("sgd", &[]),
        ("sgd_momentum", &["momentum_buffer"]),
        ("adam_amsgrad", &["exp_avg", "exp_avg_sq", "max_exp_avg_sq"]),
        ("adagrad", &["sum"]),
        ("rms_prop_both", &["square_avg", "momentum_buffer", "grad_avg"]),
        ("adafactor", &["row_var", "col_var"]),
        ("lion", &["exp_avg"]),
        ("lamb", &["exp_avg", "exp_avg_sq"]),
        ("adamw", &["exp_avg", "exp_avg_sq"]),
    ];
    for (case, slots) in expected {
        let (store, mut optimizer) = (store(DType::F32), of_case(case));
        take_steps(&mut *optimizer, &store, 0..2, DType::F32);
        let state = optimizer.state(&store).unwrap();
        let of_table: Vec<&str> =
            state.iter().filter_map(|(name, _)| name.strip_prefix("table.")).collect();
        assert_eq!(of_table, [&["step"], slots].concat(), "{case}");
        assert_eq!(state[0].1.to_scalar::<i64>().unwrap(), 2, "{case}");
        assert!(state.iter().all(|(name, _)| !name.starts_with("late")), "{case}");
    }
    let (store, mut optimizer) = (store(DType::F32), of_case("adafactor"));
    take_steps(&mut *optimizer, &store, 0..2, DType::F32);
    let state: HashMap<_, _> = optimizer.state(&store).unwrap().into_iter().collect();
    assert_eq!(state["table.row_var"].dims(), [12, 1]);
    assert_eq!(state["table.col_var"].dims(), [1, 5]);
    assert_eq!(state["step.variance"].dims(), [7]);
}

#[test]
fn a_state_that_does_not_fit_is_refused_and_changes_nothing() {
    let store = store(DType::F32);
    let mut optimizer = of_case("adamw");
    take_steps(&mut *optimizer, &store, 0..2, DType::F32);
    let state = optimizer.state(&store).unwrap();
    let vector = Tensor::zeros(2, DType::F32, &Device::Cpu).unwrap();
    let without =
        |name: &str| state.iter().filter(|(other, _)| other != name).cloned().collect::<Vec<_>>();
    let with = |name: &str, tensor: &Tensor| {
        let mut state = without(name);
        state.push((name.to_owned(), tensor.clone()));
        state
    };
    let below_zero = Tensor::new(-1i64, &Device::Cpu).unwrap();
    let wrong = [
        ("no `table.exp_avg`", without("table.exp_avg")),
        ("`table.exp_avg`", without("table.step")),
        ("shape [2]", with("table.exp_avg_sq", &vector)),
        ("`other.exp_avg`", with("other.exp_avg", &vector)),
        ("-1 steps", with("step.step", &below_zero)),
    ];
    for (part, wrong) in wrong {
        let error = optimizer.load_state(&store, &wrong).unwrap_err().to_string();
        assert!(error.contains(part), "{part}: {error}");
    }
    let error = of_case("adam_amsgrad").load_state(&store, &state).unwrap_err().to_string();
    assert!(error.contains("max_exp_avg_sq"), "{error}");
    let error = of_case("lion").load_state(&store, &state).unwrap_err().to_string();
    assert!(error.contains("another optimizer"), "{error}");
    let names = |state: Vec<(String, Tensor)>| state.into_iter().map(|(name, _)| name);
    assert!(names(optimizer.state(&store).unwrap()).eq(names(state)));
}
