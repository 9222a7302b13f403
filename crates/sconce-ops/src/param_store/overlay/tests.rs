//! A second file onto a store that is there.

use candle_core::{DType, Device, Tensor};

use crate::{Init, ParamSpec, ParamStore, WeightFiles};

fn spec(n: usize) -> ParamSpec {
    ParamSpec::new(n, Init::normal(1.))
}

fn values(store: &ParamStore, name: &str) -> Vec<f32> {
    store.get(name).unwrap().tensor().flatten_all().unwrap().to_vec1().unwrap()
}

/// A store with these parameters, all elements of one value each.
fn store(params: &[(&str, f64, usize)]) -> ParamStore {
    let store = ParamStore::new(&Device::Cpu, 1);
    for (name, value, n) in params {
        store.root().get(name, ParamSpec::new(*n, Init::Constant(*value))).unwrap();
    }
    store
}

#[test]
fn what_the_file_has_is_set_and_the_rest_stays() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adapter.safetensors");
    let saved = store(&[("x.a", 5., 2), ("x.b", 6., 3), ("x.d", 7., 1)]);
    saved.root().buffer("x.mean", &Tensor::new(&[8f32], &Device::Cpu).unwrap()).unwrap();
    saved.save(&path).unwrap();
    let store = store(&[("a", 1., 2), ("b", 2., 2), ("c", 3., 1)]);
    let mean = store.root().buffer("mean", &Tensor::new(&[0f64], &Device::Cpu).unwrap()).unwrap();
    let held = store.get("a").unwrap().tensor();
    let report = WeightFiles::new([&path])
        .rename(|name| name.strip_prefix("x.").map(str::to_owned))
        .load_into(&store)
        .unwrap();
    assert_eq!(values(&store, "a"), [5., 5.]);
    assert_eq!((values(&store, "b"), values(&store, "c")), (vec![2., 2.], vec![3.]));
    assert_eq!(mean.tensor().to_vec1::<f64>().unwrap(), [8.]);
    assert_eq!(
        report.to_string(),
        "2 tensors loaded; 1 missing: c; 1 unexpected: d; \
         1 of another shape: b (model [2], file [3])"
    );
    // In place: tensors that were handed out see the new values, as after a step of an optimizer.
    assert_eq!(held.to_vec1::<f32>().unwrap(), [5., 5.]);
}

#[test]
fn transposed_and_tied_parameters_are_found_as_when_building() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let build = |seed| {
        let store = ParamStore::new(&Device::Cpu, seed);
        let w = store.root().get("w", ParamSpec::linear_weight(2, 3).transposed()).unwrap();
        let table = store.root().get("table", spec(4)).unwrap();
        store.root().tie("head", &table).unwrap();
        (store, w)
    };
    let (saved, _) = build(1);
    saved.save(&path).unwrap();
    let (loaded, _) = build(2);
    assert_ne!(values(&saved, "w"), values(&loaded, "w"));
    WeightFiles::new([&path]).load_into(&loaded).unwrap().strict().unwrap();
    assert_eq!(values(&saved, "w"), values(&loaded, "w"));
    // By the second name, and by both with values that differ.
    let by_head = store(&[("head", 4., 4)]);
    by_head.save(&path).unwrap();
    let report = WeightFiles::new([&path]).load_into(&loaded).unwrap();
    assert_eq!((report.loaded, values(&loaded, "table")), (vec!["table".into()], vec![4.; 4]));
    store(&[("head", 4., 4), ("table", 3., 4)]).save(&path).unwrap();
    let report = WeightFiles::new([&path]).load_into(&loaded).unwrap();
    assert_eq!((report.untied, values(&loaded, "table")), (vec!["head".into()], vec![3.; 4]));
}

#[test]
fn an_error_leaves_the_store_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let file = store(&[("a", 5., 2)]);
    file.root().buffer("b", &Tensor::zeros(2, DType::I64, &Device::Cpu).unwrap()).unwrap();
    file.save(&path).unwrap();
    let store = store(&[("a", 1., 2), ("b", 2., 2)]);
    let error = WeightFiles::new([&path]).load_into(&store).unwrap_err().to_string();
    assert!(error.contains("parameter `b` is I64 in the file"), "{error}");
    assert_eq!(values(&store, "a"), [1., 1.]);
}
