//! Fresh, saved, opened; reports; a candle model on the store.

use candle_nn::Module;
use sconce_testing::conformance;

use super::*;
use crate::{AdamW, Init, Optimizer, linear};

fn spec(n_out: usize, n_in: usize) -> ParamSpec {
    ParamSpec::new((n_out, n_in), Init::TorchLinear)
}

fn vars(store: &ParamStore) -> Vec<(String, candle_core::Var)> {
    store.params().iter().map(|p| (p.name().to_owned(), p.var().clone())).collect()
}

fn build(store: &ParamStore) -> Result<()> {
    store.root().pp("a").get("weight", spec(3, 2))?;
    store.root().pp("b").get("weight", spec(2, 3))?;
    Ok(())
}

#[test]
fn values_depend_on_seed_and_name_alone() {
    let value = |seed, other_first: bool| {
        let store = ParamStore::new(&Device::Cpu, seed);
        if other_first {
            store.root().get("other", spec(7, 7)).unwrap();
        }
        let param = store.root().pp("layer").get("weight", spec(3, 2)).unwrap();
        param.tensor().to_vec2::<f32>().unwrap()
    };
    assert_eq!(value(1, false), value(1, true));
    assert_ne!(value(1, false), value(2, false));
}

#[test]
fn a_parameter_drawn_anew_is_that_of_a_fresh_store() {
    let store = ParamStore::new(&Device::Cpu, 1);
    build(&store).unwrap();
    let param = store.get("b.weight").unwrap();
    let first = store.params()[0].tensor().to_vec2::<f32>().unwrap();
    let held = param.tensor();
    param.reinitialize(7).unwrap();
    let other = ParamStore::new(&Device::Cpu, 7);
    build(&other).unwrap();
    let expected = other.get("b.weight").unwrap().tensor().to_vec2::<f32>().unwrap();
    assert_eq!(held.to_vec2::<f32>().unwrap(), expected);
    assert_eq!(store.params()[0].tensor().to_vec2::<f32>().unwrap(), first);
    for init in [Init::Values(vec![1.]), Init::Values(vec![1.]).with_zero_row(0)] {
        let name = format!("{init:?}");
        let given = store.root().get(&name, ParamSpec::new(1, init)).unwrap();
        let error = given.reinitialize(7).unwrap_err().to_string();
        assert!(error.contains("was given its initial values"), "{error}");
    }
}

#[test]
fn a_name_asked_for_twice_is_one_parameter() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let a = store.root().pp("a").get("weight", spec(3, 2)).unwrap();
    let tied = store.root().get("a.weight", spec(3, 2)).unwrap();
    assert_eq!(a.var().id(), tied.var().id());
    assert_eq!((store.params().len(), store.n_elements()), (1, 6));
    let error = store.root().get("a.weight", spec(2, 3)).unwrap_err().to_string();
    assert!(error.contains("`a.weight` exists with shape [3, 2]"), "{error}");
}

#[test]
fn saved_parameters_open_bit_equal_and_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let saved = ParamStore::new(&Device::Cpu, 1);
    build(&saved).unwrap();
    saved.save(&path).unwrap();
    let opened = ParamStore::open(&path, &Device::Cpu, 99).unwrap();
    build(&opened).unwrap();
    conformance::round_trips(&vars(&saved), &vars(&opened)).unwrap();
    let report = opened.load_report();
    assert!(report.is_complete());
    assert_eq!(report.loaded, ["a.weight", "b.weight"]);
    #[cfg(unix)]
    {
        let mode = |path: &Path| {
            use std::os::unix::fs::PermissionsExt;
            std::fs::metadata(path).unwrap().permissions().mode()
        };
        let other = folder.path().join("other");
        std::fs::write(&other, "").unwrap();
        assert_eq!(mode(&path), mode(&other));
    }
    let header = String::from_utf8_lossy(&std::fs::read(&path).unwrap()[8..60]).into_owned();
    assert!(header.contains(r#""__metadata__":{"format":"pt"}"#), "{header}");
}

#[test]
fn the_report_names_what_is_missing_left_over_and_of_another_shape() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let saved = ParamStore::new(&Device::Cpu, 1);
    build(&saved).unwrap();
    saved.save(&path).unwrap();
    let opened = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    opened.root().pp("a").get("weight", spec(3, 4)).unwrap();
    opened.root().pp("c").get("weight", spec(1, 1)).unwrap();
    let report = opened.load_report();
    assert_eq!(
        report.to_string(),
        "0 tensors loaded; 1 missing: c.weight; 1 unexpected: b.weight; \
         1 of another shape: a.weight (model [3, 4], file [3, 2])"
    );
}

#[test]
fn a_file_that_is_none_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    assert!(ParamStore::open(&path, &Device::Cpu, 1).is_err());
    std::fs::write(&path, b"not a safetensors file").unwrap();
    assert!(ParamStore::open(&path, &Device::Cpu, 1).is_err());
}

#[test]
fn a_snapshot_brings_values_back() {
    let store = ParamStore::new(&Device::Cpu, 1);
    build(&store).unwrap();
    let before = store.params()[0].tensor().to_vec2::<f32>().unwrap();
    let snapshot = store.snapshot().unwrap();
    store.params()[0].var().set(&Tensor::zeros((3, 2), DType::F32, &Device::Cpu).unwrap()).unwrap();
    store.restore(&snapshot).unwrap();
    assert_eq!(store.params()[0].tensor().to_vec2::<f32>().unwrap(), before);
    assert!(store.restore(&snapshot[..1]).is_err());
}

#[test]
fn a_value_that_is_not_finite_is_found_by_its_name() {
    let store = ParamStore::new(&Device::Cpu, 1);
    build(&store).unwrap();
    assert!(store.first_non_finite().unwrap().is_none());
    let values = Tensor::new(&[[1f32, 2., 3.], [f32::NAN, 0., 0.]], &Device::Cpu).unwrap();
    store.get("b.weight").unwrap().var().set(&values).unwrap();
    assert_eq!(store.first_non_finite().unwrap().unwrap().name(), "b.weight");
}

#[test]
fn a_gradient_of_a_parameter_frozen_since_the_forward_pass_is_dropped() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let table = store.root().get("table", spec(4, 2)).unwrap();
    let loss = crate::embedding(&table, &[1]).unwrap().sum_all().unwrap();
    table.set_trainable(false);
    assert!(store.backward(&loss).unwrap().get(0).is_none());
    let error = store.backward(&table.tensor()).unwrap_err().to_string();
    assert!(error.contains("must be a scalar"), "{error}");
}

#[test]
fn a_plain_candle_model_trains_on_the_store() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let layer = candle_nn::linear(2, 1, store.var_builder().pp("layer")).unwrap();
    let x = Tensor::new(&[[1f32, 0.], [0., 1.]], &Device::Cpu).unwrap();
    let mut optimizer = AdamW::default();
    let mut losses = Vec::new();
    for _ in 0..100 {
        let loss = layer.forward(&x).unwrap().sqr().unwrap().sum_all().unwrap();
        losses.push(loss.to_scalar::<f32>().unwrap());
        let gradients = store.backward(&loss).unwrap();
        optimizer.step(&store, &gradients, 0.05).unwrap();
    }
    assert!(losses[99] < 0.01 * losses[0], "{losses:?}");
    let names: Vec<String> = store.params().iter().map(|p| p.name().to_owned()).collect();
    assert_eq!(names, ["layer.weight", "layer.bias"]);
}

/// Two candle layers, of which the second is recurrent.
fn candle_model(store: &ParamStore) -> Result<(candle_nn::Embedding, candle_nn::LSTM)> {
    let vars = store.var_builder();
    let table = candle_nn::embedding(5, 3, vars.pp("table"))?;
    Ok((table, candle_nn::lstm(3, 2, candle_nn::LSTMConfig::default(), vars.pp("lstm"))?))
}

#[test]
fn a_plain_candle_model_loads_from_the_file_of_another_and_goes_on_training() {
    use candle_nn::RNN;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let fresh = ParamStore::new(&Device::Cpu, 1);
    candle_model(&fresh).unwrap();
    fresh.save(&path).unwrap();
    let opened = ParamStore::open(&path, &Device::Cpu, 2).unwrap();
    let (table, lstm) = candle_model(&opened).unwrap();
    opened.load_report().strict().unwrap();
    conformance::round_trips(&vars(&fresh), &vars(&opened)).unwrap();

    let ids = Tensor::new(&[[0u32, 3, 4]], &Device::Cpu).unwrap();
    let states = lstm.seq(&table.forward(&ids).unwrap()).unwrap();
    let loss = lstm.states_to_tensor(&states).unwrap().sqr().unwrap().sum_all().unwrap();
    let gradients = opened.backward(&loss).unwrap();
    AdamW::default().step(&opened, &gradients, 0.01).unwrap();
    for (old, new) in fresh.params().iter().zip(opened.params()) {
        let moved = (old.tensor() - new.tensor()).unwrap().sqr().unwrap().sum_all().unwrap();
        assert!(moved.to_scalar::<f32>().unwrap() > 0., "{new:?}");
    }
}

#[test]
fn candles_builder_finds_what_the_file_has_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let saved = ParamStore::new(&Device::Cpu, 1);
    build(&saved).unwrap();
    saved.save(&path).unwrap();
    let opened = ParamStore::open(&path, &Device::Cpu, 2).unwrap();
    let vars = opened.var_builder();
    assert!(vars.contains_tensor("a.weight") && !vars.contains_tensor("c.weight"));
    // Without a shape, that of the file is taken; the tensor is trained like any other.
    let tensor = vars.get_unchecked("a.weight").unwrap();
    assert!(tensor.is_variable() && tensor.dims() == [3, 2]);
    assert!(vars.get_unchecked("c.weight").unwrap_err().to_string().contains("`c.weight`"));
    let half = vars.to_dtype(DType::F16).get((2, 3), "b.weight").unwrap_err().to_string();
    assert!(half.contains("parameter `b.weight` must be F32"), "{half}");
}

#[test]
fn gradients_of_two_kinds_reach_one_parameter() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let table = store.root().get("table", spec(4, 2)).unwrap();
    let looked_up = crate::embedding(&table, &[3]).unwrap();
    let logits = linear(&looked_up, &table, None).unwrap(); // tied output layer
    let gradients = store.backward(&logits.sum_all().unwrap()).unwrap();
    let gradient = gradients.get(0).unwrap().values().to_vec2::<f32>().unwrap();
    let values = table.tensor().to_vec2::<f32>().unwrap();
    let column = |j: usize| values.iter().map(|row| row[j]).sum::<f32>();
    for (row, gradient) in gradient.iter().enumerate() {
        for j in 0..2 {
            let by_lookup = if row == 3 { column(j) } else { 0. };
            assert!((gradient[j] - values[3][j] - by_lookup).abs() < 1e-5);
        }
    }
}
