//! Saved, loaded, replaced, never trained.

use candle_core::{DType, Device};

use super::*;
use crate::{Init, ParamSpec, ParamStore};

fn positions() -> Tensor {
    Tensor::new(&[[0i64, 1, 2, 3]], &Device::Cpu).unwrap()
}

/// A parameter and two buffers.
fn build(store: &ParamStore) -> Result<[Buffer; 2]> {
    let norm = store.root().pp("norm");
    norm.get("weight", ParamSpec::new(2, Init::ONES))?;
    let mean = norm.buffer("running_mean", &Tensor::zeros(2, DType::F32, store.device())?)?;
    Ok([mean, store.root().buffer("position_ids", &positions())?])
}

fn mean_of(buffer: &Buffer) -> Vec<f32> {
    buffer.tensor().to_vec1().unwrap()
}

#[test]
fn they_are_not_among_the_parameters() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let [mean, _] = build(&store).unwrap();
    assert!(!mean.tensor().track_op());
    assert_eq!((store.params().len(), store.n_elements()), (1, 2));
    let names: Vec<String> = store.buffers().iter().map(|b| b.name().to_owned()).collect();
    assert_eq!(names, ["norm.running_mean", "position_ids"]);
    assert!(store.get("norm.running_mean").is_none());
    assert_eq!(format!("{mean:?}"), "norm.running_mean [2] F32");
}

#[test]
fn they_are_saved_and_loaded_in_their_own_element_type() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let store = ParamStore::with_dtype(&Device::Cpu, DType::F64, 1);
    let [mean, _] = build(&store).unwrap();
    mean.set(&Tensor::new(&[3f32, -0.1], &Device::Cpu).unwrap()).unwrap();
    store.save(&path).unwrap();

    let opened = ParamStore::open(&path, &Device::Cpu, 2).unwrap();
    let [mean, positions_of_file] = build(&opened).unwrap();
    assert_eq!(mean_of(&mean), [3., -0.1]);
    let ids = positions_of_file.tensor();
    assert_eq!(ids.to_vec2::<i64>().unwrap(), positions().to_vec2::<i64>().unwrap());
    let report = opened.load_report();
    report.strict().unwrap();
    assert_eq!(report.loaded, ["norm.weight", "norm.running_mean", "position_ids"]);

    // Without the buffers in the file, the report says so and the initial values hold.
    let bare = ParamStore::new(&Device::Cpu, 1);
    bare.root().pp("norm").get("weight", ParamSpec::new(2, Init::ONES)).unwrap();
    bare.save(&path).unwrap();
    let opened = ParamStore::open(&path, &Device::Cpu, 2).unwrap();
    assert_eq!(mean_of(&build(&opened).unwrap()[0]), [0., 0.]);
    assert_eq!(opened.load_report().missing, ["norm.running_mean", "position_ids"]);
}

#[test]
fn a_snapshot_brings_them_back_and_handed_out_tensors_do_not_change() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let [mean, _] = build(&store).unwrap();
    let (before, snapshot) = (mean.tensor(), store.snapshot().unwrap());
    assert_eq!(snapshot.len(), 3);
    let same = build(&store).unwrap()[0].clone();
    same.set(&Tensor::ones(2, DType::F32, &Device::Cpu).unwrap()).unwrap();
    assert_eq!((mean_of(&mean), before.to_vec1::<f32>().unwrap()), (vec![1., 1.], vec![0., 0.]));
    store.restore(&snapshot).unwrap();
    assert_eq!(mean_of(&mean), [0., 0.]);
}

#[test]
fn other_shapes_types_and_taken_names_are_refused() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let [mean, _] = build(&store).unwrap();
    let tensor = |n: usize, dtype| Tensor::zeros(n, dtype, &Device::Cpu).unwrap();
    for wrong in [tensor(3, DType::F32), tensor(2, DType::F64)] {
        let error = mean.set(&wrong).unwrap_err().to_string();
        assert!(error.contains("buffer `norm.running_mean` has shape [2] of F32"), "{error}");
        assert!(store.root().buffer("norm.running_mean", &wrong).is_err());
    }
    let error = store.root().buffer("norm.weight", &tensor(2, DType::F32)).unwrap_err();
    assert!(error.to_string().contains("a parameter has this name"));
    let error = store.root().get("position_ids", ParamSpec::new(2, Init::ZEROS)).unwrap_err();
    assert!(error.to_string().contains("a buffer has this name"));
}
