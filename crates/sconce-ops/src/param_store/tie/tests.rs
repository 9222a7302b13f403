//! Two names, one parameter: trained once, saved once, loaded by either name.

use std::path::Path;

use candle_core::{Device, Tensor};

use super::*;
use crate::{Init, Optimizer, ParamSpec, embedding, linear, mean_squared_error};

const FIRST: &str = "embeddings.weight";
const SECOND: &str = "lm_head.weight";

fn spec() -> ParamSpec {
    ParamSpec::new((4, 2), Init::normal(1.))
}

/// Embedding and output layer, tied or not.
fn build(store: &ParamStore, tied: bool) -> Result<[Param; 2]> {
    let first = store.root().pp("embeddings").get("weight", spec())?;
    let second = match tied {
        true => store.root().pp("lm_head").tie("weight", &first)?,
        false => store.root().pp("lm_head").get("weight", spec())?,
    };
    Ok([first, second])
}

fn values(param: &Param) -> Vec<f32> {
    param.tensor().flatten_all().unwrap().to_vec1().unwrap()
}

/// A file that holds these parameters, one seed each.
fn write(path: &Path, tensors: &[(&str, u64)]) {
    let store = ParamStore::new(&Device::Cpu, 1);
    for (name, seed) in tensors {
        let of_seed = ParamStore::new(&Device::Cpu, *seed).root().get("w", spec()).unwrap();
        store.root().get(name, spec()).unwrap().var().set(&of_seed.tensor()).unwrap();
    }
    store.save(path).unwrap();
}

#[test]
fn both_names_are_one_parameter_that_is_saved_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let store = ParamStore::new(&Device::Cpu, 1);
    let [first, second] = build(&store, true).unwrap();
    assert_eq!(first.var().id(), second.var().id());
    for name in [FIRST, SECOND] {
        let param = store.get(name).unwrap();
        assert_eq!((param.name(), param.var().id()), (FIRST, first.var().id()));
        let asked_for = store.root().get(name, spec()).unwrap();
        assert_eq!(asked_for.var().id(), first.var().id());
        assert!(store.root().get(name, ParamSpec::new(3, Init::ZEROS)).is_err());
    }
    assert_eq!((store.params().len(), store.n_elements()), (1, 8));
    store.save(&path).unwrap();
    let plain = ParamStore::open(&path, &Device::Cpu, 9).unwrap();
    assert_eq!(plain.load_report().unexpected, [FIRST]);
    // Tying again changes nothing.
    build(&store, true).unwrap();
    assert_eq!(store.params().len(), 1);
}

#[test]
fn either_name_loads_and_the_report_is_clean() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    for tensors in [&[(FIRST, 5)][..], &[(SECOND, 5)], &[(FIRST, 5), (SECOND, 5)]] {
        write(&path, tensors);
        let store = ParamStore::open(&path, &Device::Cpu, 9).unwrap();
        let [first, _] = build(&store, true).unwrap();
        let expected = ParamStore::new(&Device::Cpu, 5).root().get("w", spec()).unwrap();
        assert_eq!(values(&first), values(&expected), "{tensors:?}");
        let report = store.load_report();
        report.strict().unwrap();
        assert_eq!(report.loaded, [FIRST]);
    }
}

#[test]
fn values_of_its_own_for_a_second_name_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    write(&path, &[(FIRST, 5), (SECOND, 6)]);
    let store = ParamStore::open(&path, &Device::Cpu, 9).unwrap();
    let [first, _] = build(&store, true).unwrap();
    let expected = ParamStore::new(&Device::Cpu, 5).root().get("w", spec()).unwrap();
    assert_eq!(values(&first), values(&expected));
    let error = store.load_report().strict().unwrap_err().to_string();
    assert!(error.contains("1 tied in the model but not in the file: lm_head.weight"), "{error}");
    // Of another shape, it is reported as that.
    let shapes = ParamStore::new(&Device::Cpu, 1);
    shapes.root().get(SECOND, ParamSpec::new(3, Init::ZEROS)).unwrap();
    shapes.save(&path).unwrap();
    let store = ParamStore::open(&path, &Device::Cpu, 9).unwrap();
    build(&store, true).unwrap();
    let report = store.load_report();
    assert_eq!(report.missing, [FIRST]);
    assert_eq!(report.mismatched[0].name, SECOND);
}

#[test]
fn gradients_of_both_uses_add_up_and_a_step_is_taken_once() {
    let device = &Device::Cpu;
    let run = |tied: bool| {
        let store = ParamStore::new(device, 1);
        let [first, second] = build(&store, tied).unwrap();
        second.var().set(&Tensor::new(values(&first), device).unwrap().reshape((4, 2)).unwrap())?;
        let logits = linear(&embedding(&first, &[1, 3, 1])?, &second, None)?;
        let loss = mean_squared_error(&logits, &logits.ones_like()?)?;
        let gradients = store.backward(&loss)?;
        crate::AdamW::default().step(&store, &gradients, 0.1)?;
        let dense = |i: usize| gradients.get(i).unwrap().to_dense(&[4, 2]);
        let sum = if tied { dense(0)? } else { (dense(0)? + dense(1)?)? };
        Ok::<_, candle_core::Error>((sum.to_vec2::<f32>()?, values(&first)))
    };
    let ((tied, moved), (apart, _)) = (run(true).unwrap(), run(false).unwrap());
    for (a, b) in tied.iter().flatten().zip(apart.iter().flatten()) {
        assert!((a - b).abs() <= 1e-6 * b.abs().max(1.), "{a} {b}");
    }
    let store = ParamStore::new(device, 1);
    let start = values(&build(&store, true).unwrap()[0]);
    // Adam's first step is the learning rate in the gradient's direction.
    for ((start, moved), gradient) in start.iter().zip(&moved).zip(tied.iter().flatten()) {
        assert!((start - moved - 0.1 * gradient.signum()).abs() < 1e-3, "{start} {moved}");
    }
}

#[test]
fn candle_layers_see_tied_names() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let [first, _] = build(&store, true).unwrap();
    let layer = candle_nn::linear_no_bias(2, 4, store.var_builder().pp("lm_head")).unwrap();
    assert_eq!(layer.weight().id(), first.var().id());
}

#[test]
fn names_that_are_taken_and_strangers_are_refused() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let [first, _] = build(&store, false).unwrap();
    let root = store.root();
    root.buffer("positions", &first.tensor()).unwrap();
    let refused = |name: &str, param: &Param| root.tie(name, param).unwrap_err().to_string();
    assert!(refused(SECOND, &first).contains("`lm_head.weight` is a parameter of its own"));
    assert!(refused("positions", &first).contains("is a buffer"));
    let [stranger, _] = build(&ParamStore::new(&Device::Cpu, 1), true).unwrap();
    assert!(refused("other", &stranger).contains("`embeddings.weight` is not of this store"));
    root.tie(FIRST, &first).unwrap(); // its own name
}
