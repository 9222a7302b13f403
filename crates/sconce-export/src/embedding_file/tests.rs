//! The three forms, read back; whole or absent.

use std::fs;

use candle_core::{Device, Tensor};

use super::*;

const ROWS: [(&str, [f32; 3]); 2] = [("a \"b\"", [1., -2.5, 3.]), ("", [0.1, 0., 1e-8])];

fn write(path: &Path) {
    let format = EmbeddingFormat::of_path(path).unwrap();
    let mut file = EmbeddingFile::create(path, format, 2, 3).unwrap();
    ROWS.iter().for_each(|(text, row)| file.push(text, row).unwrap());
    file.finish().unwrap();
}

#[test]
fn every_form_reads_back() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name| folder.path().join(name);
    let expected = Tensor::new(&[ROWS[0].1, ROWS[1].1], &Device::Cpu).unwrap();
    let same = |found: &Tensor| {
        assert_eq!(found.to_vec2::<f32>().unwrap(), expected.to_vec2::<f32>().unwrap());
    };
    write(&path("x.npy"));
    same(&Tensor::read_npy(path("x.npy")).unwrap());
    let bytes = fs::read(path("x.npy")).unwrap();
    assert_eq!((bytes.len() % 64, bytes.len() - 64 * (bytes.len() / 64)), (24, 24));
    write(&path("x.safetensors"));
    let tensors = candle_core::safetensors::load(path("x.safetensors"), &Device::Cpu).unwrap();
    same(&tensors["embeddings"]);
    write(&path("x.jsonl"));
    let lines = fs::read_to_string(path("x.jsonl")).unwrap();
    assert_eq!(lines.lines().next(), Some(r#"{"text":"a \"b\"","embedding":[1.0,-2.5,3.0]}"#));
    assert_eq!(lines.lines().count(), 2);
}

#[test]
fn an_unfinished_file_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.npy");
    let mut file = EmbeddingFile::create(&path, EmbeddingFormat::Npy, 2, 3).unwrap();
    file.push("", &[1., 2., 3.]).unwrap();
    assert!(file.push("", &[1.]).unwrap_err().to_string().contains("a vector of 1 numbers"));
    assert!(file.finish().unwrap_err().to_string().ends_with("1 vectors are missing"));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    for name in ["x", "x.txt", "npy"] {
        assert_eq!(EmbeddingFormat::of_path(Path::new(name)), None, "{name}");
    }
    assert_eq!(EmbeddingFormat::of_path(Path::new("a.NPY")), Some(EmbeddingFormat::Npy));
    let missing = folder.path().join("no/such/x.npy");
    assert!(EmbeddingFile::create(&missing, EmbeddingFormat::Npy, 0, 3).is_err());
}
