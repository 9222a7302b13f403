//! The folders in `tests/golden`: tiny random models with what Python made of them.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Tensor};
use sconce_models::{AnyModel, ModelConfig, checkpoint};
use sconce_ops::{Offsets, ParamStore};
use sconce_testing::Golden;

/// A folder's model and what is expected of it.
pub struct Case {
    pub name: String,
    pub model: AnyModel,
    pub store: ParamStore,
    pub expected: Golden,
    pub ids: Vec<u32>,
    pub type_ids: Vec<u32>,
    pub offsets: Offsets,
}

/// The folder of a case.
pub fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

/// Names of the cases of a theme.
pub fn names(theme: &str) -> Vec<String> {
    let json = std::fs::read_to_string(folder("index.json")).unwrap();
    let index: serde_json::Value = serde_json::from_str(&json).unwrap();
    let names: Vec<String> = serde_json::from_value(index[theme].clone()).unwrap();
    assert!(!names.is_empty(), "no cases of {theme}");
    names
}

/// Loads a case as a user loads a folder.
pub fn case(name: &str) -> Case {
    case_with(name, |config| config)
}

/// Loads a case with a changed config.
pub fn case_with(name: &str, change: impl Fn(ModelConfig) -> ModelConfig) -> Case {
    let folder = folder(name);
    let config = change(checkpoint::load_config(&folder).unwrap());
    let (model, store, report) =
        checkpoint::load_pretrained(&folder, &config, &Device::Cpu, 1).unwrap();
    assert!(report.missing.is_empty() && report.mismatched.is_empty(), "{name}: {report}");
    let expected = Golden::open(folder.join("expected.json")).unwrap();
    let ids = expected.u32s("input.ids").unwrap();
    let type_ids = match expected.contains("input.type_ids") {
        true => expected.u32s("input.type_ids").unwrap(),
        false => Vec::new(),
    };
    let offsets = Offsets::new(expected.u32s("input.offsets").unwrap()).unwrap();
    Case { name: name.to_owned(), model, store, expected, ids, type_ids, offsets }
}

/// Largest distance between two tensors of one shape.
pub fn distance(a: &Tensor, b: &Tensor) -> f64 {
    assert_eq!(a.dims(), b.dims());
    let difference = (a.to_dtype(DType::F64).unwrap() - b.to_dtype(DType::F64).unwrap()).unwrap();
    largest(&difference)
}

/// Largest magnitude in a tensor.
pub fn largest(x: &Tensor) -> f64 {
    let values = x.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1::<f64>().unwrap();
    assert!(values.iter().all(|value| value.is_finite()));
    values.into_iter().map(f64::abs).fold(0., f64::max)
}
