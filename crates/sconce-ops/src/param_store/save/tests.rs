//! Names, element types, and that what is written is read again.

use super::*;
use crate::{Init, ParamSpec, WeightFiles};

fn store() -> ParamStore {
    let store = ParamStore::new(&Device::Cpu, 1);
    let params = store.root().pp("model").pp("q");
    params.get("weight", ParamSpec::linear_weight(40, 30)).unwrap();
    params.get("lora_A", ParamSpec::linear_weight(40, 2)).unwrap();
    params.get("lora_B", ParamSpec::new((30, 2), Init::normal(0.1)).transposed()).unwrap();
    store.root().buffer("ids", &Tensor::new(&[1i64, 2, 3], &Device::Cpu).unwrap()).unwrap();
    store
}

fn load(path: &Path) -> HashMap<String, Tensor> {
    candle_core::safetensors::load(path, &Device::Cpu).unwrap()
}

#[test]
fn some_parameters_are_saved_under_other_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("adapter_model.safetensors");
    let store = store();
    let options = SaveOptions::new()
        .rename(|name| name.contains("lora_").then(|| format!("base_model.{name}.weight")));
    store.save_with(&path, &options).unwrap();
    let file = load(&path);
    let mut names: Vec<&str> = file.keys().map(String::as_str).collect();
    names.sort_unstable();
    assert_eq!(names, ["base_model.model.q.lora_A.weight", "base_model.model.q.lora_B.weight"]);
    assert_eq!(file["base_model.model.q.lora_B.weight"].dims(), [2, 30]);

    let one_name = SaveOptions::new().rename(|_| Some("same".into()));
    let error = store.save_with(&path, &one_name).unwrap_err().to_string();
    assert!(error.contains("two tensors would be saved as `same`"), "{error}");
    assert_eq!(load(&path).len(), 2);
}

#[test]
fn each_float_type_is_written_rounded_and_integers_stay() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let store = store();
    for dtype in [DType::F16, DType::BF16, DType::F32, DType::F64] {
        store.save_with(&path, &SaveOptions::new().dtype(dtype)).unwrap();
        let file = load(&path);
        assert_eq!(file["ids"].to_vec1::<i64>().unwrap(), [1, 2, 3]);
        for param in store.params() {
            let values = param.var().as_detached_tensor();
            let values = if param.is_transposed() { values.t().unwrap() } else { values };
            let expected = values.contiguous().unwrap().to_dtype(dtype).unwrap();
            let found = &file[param.name()];
            assert_eq!(found.dtype(), dtype);
            let wide = |tensor: &Tensor| {
                let wide = tensor.to_dtype(DType::F64).unwrap().flatten_all().unwrap();
                wide.to_vec1::<f64>().unwrap()
            };
            assert_eq!(wide(found), wide(&expected), "{param:?} {dtype:?}");
        }
        let opened = WeightFiles::new([&path]).dtype(dtype).open(&Device::Cpu, 2).unwrap();
        opened.root().get("model.q.weight", ParamSpec::linear_weight(40, 30)).unwrap();
        let found = opened.params()[0].var().as_detached_tensor();
        let expected = store.params()[0].var().to_dtype(dtype).unwrap();
        let bytes = |tensor: &Tensor| View::data(tensor).into_owned();
        assert_eq!(bytes(&found), bytes(&expected));
    }
    let error = store.save_with(&path, &SaveOptions::new().dtype(DType::I64)).unwrap_err();
    assert!(error.to_string().contains("cannot save as I64"), "{error}");
}

#[test]
fn the_bytes_are_those_of_the_crate_safetensors() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let store = store();
    store.save(&path).unwrap();
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let theirs = safetensors::serialize(load(&path), Some(metadata)).unwrap();
    assert_eq!(fs::read(&path).unwrap(), theirs);
}
