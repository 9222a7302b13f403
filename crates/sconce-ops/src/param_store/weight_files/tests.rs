//! Shards, other names, other element types, files that are none.

use candle_core::Tensor;

use super::*;
use crate::{Init, ParamSpec};

/// Writes a file of float tensors, one row each.
fn write(path: &Path, dtype: DType, tensors: &[(&str, &[f32])]) {
    let store = ParamStore::with_dtype(&Device::Cpu, dtype, 1);
    for (name, values) in tensors {
        let spec = ParamSpec::new(values.len(), Init::Values(values.to_vec()));
        store.root().get(name, spec).unwrap();
    }
    store.save(path).unwrap();
}

fn get(store: &ParamStore, name: &str, n: usize) -> Vec<f32> {
    let param = store.root().get(name, ParamSpec::new(n, Init::ZEROS)).unwrap();
    param.tensor().to_dtype(DType::F32).unwrap().to_vec1().unwrap()
}

#[test]
fn shards_are_one_model() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["1.safetensors", "2.safetensors"].map(|name| folder.path().join(name));
    write(&paths[0], DType::F32, &[("a", &[1., 2.])]);
    write(&paths[1], DType::F32, &[("b", &[3.]), ("c", &[4.])]);
    let store = WeightFiles::new(&paths).open(&Device::Cpu, 1).unwrap();
    assert_eq!((get(&store, "a", 2), get(&store, "b", 1)), (vec![1., 2.], vec![3.]));
    assert_eq!(store.load_report().to_string(), "2 tensors loaded; 1 unexpected: c");

    write(&paths[1], DType::F32, &[("a", &[3.])]);
    let error = WeightFiles::new(&paths).open(&Device::Cpu, 1).unwrap_err().to_string();
    assert!(error.contains("two tensors for `a`") && error.contains("2.safetensors"), "{error}");
}

#[test]
fn tensors_are_taken_by_their_new_names() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let tensors: [(&str, &[f32]); 4] = [
        ("bert.norm.gamma", &[1.]),
        ("bert.norm.beta", &[2.]),
        ("bert.extra", &[3.]),
        ("cls.predictions.bias", &[4.]),
    ];
    write(&path, DType::F32, &tensors);
    let rename = |name: &str| {
        let name = name.strip_prefix("bert.")?;
        Some(name.replace(".gamma", ".weight").replace(".beta", ".bias"))
    };
    let store = WeightFiles::new([&path]).rename(rename).open(&Device::Cpu, 1).unwrap();
    assert_eq!((get(&store, "norm.weight", 1), get(&store, "norm.bias", 1)), (vec![1.], vec![2.]));
    let report = store.load_report();
    assert_eq!(report.to_string(), "2 tensors loaded; 1 unexpected: extra");
    let error = report.strict().unwrap_err().to_string();
    assert!(error.starts_with("the weights are not those of this model: 2 tensors"), "{error}");

    let to_one = |_: &str| Some("same".to_owned());
    let error = WeightFiles::new([&path]).rename(to_one).open(&Device::Cpu, 1).unwrap_err();
    assert!(error.to_string().contains("two tensors for `same`"), "{error}");
}

#[test]
fn half_precision_widens_exactly_and_a_type_that_is_kept_keeps_its_bits() {
    let folder = tempfile::tempdir().unwrap();
    let (path, again) = (folder.path().join("half"), folder.path().join("again"));
    let values = [1.5f32, -0.333, 65000., 1e-7];
    for dtype in [DType::F16, DType::BF16] {
        write(&path, dtype, &[("a", &values)]);
        let rounded = Tensor::new(&values, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
        let rounded = rounded.to_dtype(DType::F32).unwrap().to_vec1::<f32>().unwrap();
        let wide = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
        assert_eq!((get(&wide, "a", 4), wide.dtype()), (rounded, DType::F32));
        let kept = WeightFiles::new([&path]).dtype(dtype).open(&Device::Cpu, 1).unwrap();
        get(&kept, "a", 4);
        assert_eq!(kept.params()[0].var().dtype(), dtype);
        kept.save(&again).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());
    }
}

#[test]
fn a_transposed_parameter_is_transposed_in_files_and_nowhere_else() {
    let folder = tempfile::tempdir().unwrap();
    let (path, again) = (folder.path().join("conv1d"), folder.path().join("again"));
    let file = ParamStore::new(&Device::Cpu, 1);
    let in_file = [[1f32, 2., 3.], [4., 5., 6.]];
    let spec = ParamSpec::new((2, 3), Init::Values(in_file.concat()));
    file.root().get("w", spec).unwrap();
    file.save(&path).unwrap();

    let store = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    let spec = || ParamSpec::linear_weight(2, 3).transposed();
    let w = store.root().get("w", spec()).unwrap();
    store.load_report().strict().unwrap();
    let in_model = [[1f32, 4.], [2., 5.], [3., 6.]];
    assert_eq!(w.tensor().to_vec2::<f32>().unwrap(), in_model);
    assert!(w.is_transposed() && w.var().is_contiguous());
    let gradients = store.backward(&w.tensor().sum_all().unwrap()).unwrap();
    assert_eq!(gradients.get(0).unwrap().values().dims(), [3, 2]);
    assert_eq!(store.snapshot().unwrap()[0].dims(), [3, 2]);
    store.save(&again).unwrap();
    assert_eq!(std::fs::read(&path).unwrap(), std::fs::read(&again).unwrap());

    // Also by a second name, and where the shape disagrees the report speaks of the file's.
    let store = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    let other = store.root().get("other", spec()).unwrap();
    store.root().tie("w", &other).unwrap();
    assert_eq!(other.tensor().to_vec2::<f32>().unwrap(), in_model);
    let store = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    store.root().get("w", ParamSpec::linear_weight(3, 2).transposed()).unwrap();
    let report = store.load_report().to_string();
    assert!(report.contains("w (model [3, 2], file [2, 3])"), "{report}");
    let bias = ParamSpec::linear_bias(2, 3).transposed();
    let error = store.root().get("bias", bias).unwrap_err().to_string();
    assert!(error.contains("only a matrix can be transposed"), "{error}");
}

#[test]
fn integers_are_no_parameter() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    let ids = Tensor::new(&[1i64, 2], &Device::Cpu).unwrap();
    ids.save_safetensors("ids", &path).unwrap();
    let store = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    let error = store.root().get("ids", ParamSpec::new(2, Init::ZEROS)).unwrap_err().to_string();
    assert!(error.contains("parameter `ids` is I64 in the file"), "{error}");
}

#[test]
fn damaged_files_are_one_error_that_names_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (whole, path) = (folder.path().join("whole"), folder.path().join("damaged.safetensors"));
    write(&whole, DType::F32, &[("a", &[1., 2.]), ("b", &[3.])]);
    let bytes = std::fs::read(&whole).unwrap();
    let with = |from: &str, to: &str| {
        let text = bytes.iter().map(|&b| b as char).collect::<String>();
        text.replace(from, to).chars().map(|c| c as u8).collect::<Vec<u8>>()
    };
    for (case, bytes) in [
        ("empty", Vec::new()),
        ("no safetensors", b"not a safetensors file".to_vec()),
        (
            "a pointer of Git LFS",
            b"version https://git-lfs.github.com/spec/v1\noid sha256:".to_vec(),
        ),
        ("cut in its header", bytes[..20].to_vec()),
        ("cut in its data", bytes[..bytes.len() - 4].to_vec()),
        ("too long", [&bytes[..], b"more"].concat()),
        ("endless header", [&[255; 8], &bytes[8..]].concat()),
        ("tensors that overlap", with("[8,12]", "[4,12]")),
        ("another size than its shape", with("\"shape\":[2]", "\"shape\":[3]")),
        ("no JSON", with("{", "(")),
    ] {
        assert!(case == "empty" || bytes != std::fs::read(&whole).unwrap(), "{case}");
        std::fs::write(&path, bytes).unwrap();
        let error = ParamStore::open(&path, &Device::Cpu, 1).unwrap_err().to_string();
        assert!(error.starts_with("weights: cannot read ") && error.contains("damaged"), "{error}");
    }
    let error = ParamStore::open(folder.path(), &Device::Cpu, 1).unwrap_err().to_string();
    assert!(error.contains("it is a folder"), "{error}");
    let error = ParamStore::open(&folder.path().join("absent"), &Device::Cpu, 1).unwrap_err();
    assert!(error.to_string().contains("absent"), "{error}");
}

#[test]
fn saving_replaces_the_file_as_a_whole_or_leaves_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("model.safetensors");
    write(&path, DType::F32, &[("a", &[1., 2.])]);
    // A store keeps the file that it was opened from, also when a new one takes its place.
    let mapped = ParamStore::open(&path, &Device::Cpu, 1).unwrap();
    write(&path, DType::F32, &[("a", &[5., 6.])]);
    assert_eq!(get(&mapped, "a", 2), [1., 2.]);
    assert_eq!(get(&ParamStore::open(&path, &Device::Cpu, 1).unwrap(), "a", 2), [5., 6.]);
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
    assert_eq!(left.len(), 1, "{left:?}");
    let nowhere = folder.path().join("no folder").join("model.safetensors");
    let error = mapped.save(&nowhere).unwrap_err().to_string();
    assert!(error.contains("cannot save to") && error.contains("no folder"), "{error}");
}
