//! Files that PyTorch wrote, whole and damaged.

use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};

use super::*;
use crate::test_support::golden;
use crate::{Init, ParamSpec, ParamStore, WeightFiles};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

fn open(paths: &[PathBuf]) -> candle_core::Result<ParamStore> {
    WeightFiles::new(paths).open(&Device::Cpu, 1)
}

#[test]
fn every_type_layout_and_shared_storage_reads_as_pytorch_has_it() {
    let golden = golden("torch_files");
    let store = WeightFiles::new([fixture("torch_zip.bin")]).dtype(DType::F64);
    let store = store.open(&Device::Cpu, 1).unwrap();
    for name in golden.strings("names").unwrap() {
        let expected = golden.tensor_f64(&name).unwrap();
        let values = if name.starts_with("int") || name == "bool" {
            // No parameters: buffers, which take any element type.
            let initial = Tensor::zeros(expected.shape(), DType::I64, &Device::Cpu).unwrap();
            let buffer = store.root().buffer(&name, &initial).unwrap();
            buffer.tensor().to_dtype(DType::F64).unwrap()
        } else {
            let spec = ParamSpec::new(expected.shape(), Init::ZEROS);
            store.root().get(&name, spec).unwrap().tensor()
        };
        let flat = |tensor: &Tensor| tensor.flatten_all().unwrap().to_vec1::<f64>().unwrap();
        assert_eq!(values.dims(), expected.dims(), "{name}");
        assert_eq!(flat(&values), flat(&expected), "{name}");
    }
    let report = store.load_report();
    // Text is no tensor; a complex tensor is one that nobody asked for.
    assert_eq!((report.unexpected, report.missing), (vec!["complex".to_owned()], vec![]));
    let error = store.root().get("complex", ParamSpec::new(1, Init::ZEROS)).unwrap_err();
    assert!(error.to_string().contains("`complex` is torch.ComplexFloatStorage"), "{error}");
}

#[test]
fn tied_names_of_one_storage_are_tied() {
    let store = open(&[fixture("torch_zip.bin")]).unwrap();
    let tied = store.root().pp("tied");
    let first = tied.get("first", ParamSpec::new((5, 3), Init::ZEROS)).unwrap();
    tied.tie("second", &first).unwrap();
    assert!(store.load_report().untied.is_empty());
}

#[test]
fn weights_are_found_under_a_key_and_several_must_be_told_apart() {
    let golden = golden("torch_files");
    let expected = golden.tensor("nested.weight").unwrap().to_vec2::<f32>().unwrap();
    let weight = |store: ParamStore| {
        let spec = ParamSpec::new((2, 3), Init::ZEROS);
        let weight = store.root().get("weight", spec).unwrap().tensor();
        assert!(store.load_report().is_complete());
        weight.to_vec2::<f32>().unwrap()
    };
    let more = |by: f32| {
        expected.iter().map(|row| row.iter().map(|x| x + by).collect()).collect::<Vec<Vec<f32>>>()
    };
    assert_eq!(weight(open(&[fixture("torch_nested.pt")]).unwrap()), expected);
    let of = |file: &str, key: &str| {
        WeightFiles::new([fixture(file)]).section(key).open(&Device::Cpu, 1)
    };
    assert_eq!(weight(of("torch_nested.pt", "averages").unwrap()), more(1.));
    assert_eq!(weight(of("torch_two.pt", "teacher").unwrap()), more(1.));
    let error = open(&[fixture("torch_two.pt")]).unwrap_err().to_string();
    assert!(error.contains("under several keys: student, teacher"), "{error}");
    let error = of("torch_two.pt", "pupil").unwrap_err().to_string();
    assert!(error.contains("no tensors under `pupil`, but under: student, teacher"), "{error}");
}

#[test]
fn shards_of_both_formats_are_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model-00002-of-00002.safetensors");
    let other = ParamStore::new(&Device::Cpu, 1);
    other.root().get("bias", ParamSpec::new(2, Init::ONES)).unwrap();
    other.save(&path).unwrap();
    let store = open(&[fixture("torch_nested.pt"), path]).unwrap();
    store.root().get("weight", ParamSpec::new((2, 3), Init::ZEROS)).unwrap();
    store.root().get("bias", ParamSpec::new(2, Init::ZEROS)).unwrap();
    store.load_report().strict().unwrap();
}

#[test]
fn what_holds_no_dictionary_of_tensors_is_refused_by_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let legacy = folder.path().join("legacy.bin");
    // How files of PyTorch before 1.6 begin: a pickle of the number 0x1950a86a20f9469cfc6c.
    std::fs::write(&legacy, b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02M\xe9\x03.").unwrap();
    let zip = folder.path().join("other.zip");
    std::fs::write(&zip, b"PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0").unwrap();
    for (path, expected) in [
        (fixture("torch_module.pt"), "holds a Python object (torch.nn.modules.linear.Identity)"),
        (fixture("torch_script.pt"), "is a TorchScript program"),
        (legacy, "format of PyTorch before 1.6"),
        (zip, "no safetensors file"),
    ] {
        let error = open(std::slice::from_ref(&path)).unwrap_err().to_string();
        let name = path.file_name().unwrap().to_string_lossy();
        assert!(error.contains(expected) && error.contains(&*name), "{error}");
    }
}

#[test]
fn damaged_files_are_errors() {
    for name in ["torch_zip.bin", "torch_two.pt"] {
        let whole = std::fs::read(fixture(name)).unwrap();
        for length in 0..whole.len() {
            assert!(tensors(&whole[..length], None).is_err(), "{name} cut at {length}");
        }
        // Any byte may be another; what is still read must lie inside the file.
        for (at, change) in (0..whole.len()).flat_map(|at| [0x01, 0x80, 0xff].map(|x| (at, x))) {
            let mut damaged = whole.clone();
            damaged[at] ^= change;
            for (name, raw) in tensors(&damaged, None).unwrap_or_default() {
                assert!(raw.start + raw.n_bytes <= whole.len(), "{name}: byte {at}");
            }
        }
    }
}
