//! The JSON, and hashes against published test vectors.

use super::*;

#[test]
fn hashes_equal_the_published_vectors_of_sha_256() {
    let folder = tempfile::tempdir().unwrap();
    for (content, expected) in [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    ] {
        let path = folder.path().join("file");
        fs::write(&path, content).unwrap();
        let hash = FileHash::of(&path).unwrap();
        assert_eq!((hash.bytes, hash.sha256.as_str()), (content.len() as u64, expected));
    }
}

#[test]
fn a_manifest_reads_back_and_needs_only_its_first_fields() {
    let folder = tempfile::tempdir().unwrap();
    let mut manifest = Manifest::new("classify", "vocabulary.json");
    manifest.metrics.insert("test".into(), [("accuracy".into(), 0.75)].into());
    manifest.write(folder.path()).unwrap();
    assert_eq!(Manifest::read(folder.path()).unwrap(), manifest);
    let least = r#"{"format_version": 1, "sconce_version": "0.1.0", "task": "classify",
        "preprocessing": {"tokenizer": "vocabulary.json", "max_length": null}, "files": {},
        "later": true}"#;
    fs::write(folder.path().join(MANIFEST_FILE), least).unwrap();
    assert_eq!(Manifest::read(folder.path()).unwrap().task, "classify");
}

#[test]
fn a_newer_format_is_refused_before_anything_else_is_read() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(MANIFEST_FILE), r#"{"format_version": 2, "task": 7}"#).unwrap();
    let error = Manifest::read(folder.path()).unwrap_err().to_string();
    assert!(
        error.ends_with(
            "format version 2 is newer than 1, the newest this version reads; update sconce"
        ),
        "{error}"
    );
}
