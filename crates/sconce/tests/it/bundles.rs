//! Bundles that are not what was written.

use std::fs;

use serde_json::Value;

use crate::harness::{Run, Workplace, with_model};

fn predict(place: &Workplace) -> Run {
    place.run(&["predict", "--model", "model", "a lovely film"])
}

/// Changes `sconce.json` of the model.
fn edit_manifest(place: &Workplace, edit: impl FnOnce(&mut Value)) {
    let path = place.path("model/sconce.json");
    let mut manifest: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
    edit(&mut manifest);
    fs::write(path, manifest.to_string()).unwrap();
}

#[test]
fn a_missing_truncated_or_altered_file_is_named() {
    for file in ["config.json", "model.safetensors", "vocabulary.json"] {
        let place = with_model();
        let path = place.path("model").join(file);
        let bytes = fs::read(&path).unwrap();

        fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
        predict(&place).assert_fails("truncated", 1, &[file, "bytes", "corrupt"]);

        let mut altered = bytes.clone();
        altered[bytes.len() / 2] ^= 1;
        fs::write(&path, altered).unwrap();
        predict(&place).assert_fails("altered", 1, &[file, "SHA-256", "corrupt"]);

        fs::remove_file(&path).unwrap();
        predict(&place).assert_fails("missing", 1, &[file, "missing"]);

        fs::write(&path, bytes).unwrap();
        assert_eq!(predict(&place).status, Some(0), "{file} restored");
    }
}

#[test]
fn a_bad_manifest_is_named() {
    let place = with_model();
    let path = place.path("model/sconce.json");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    predict(&place).assert_fails("truncated", 1, &["sconce.json: not a readable manifest"]);
    fs::write(&path, "{}").unwrap();
    predict(&place).assert_fails("empty", 1, &["sconce.json: not a readable manifest"]);
    fs::write(&path, &bytes).unwrap();
    edit_manifest(&place, |manifest| manifest["format_version"] = 99.into());
    predict(&place).assert_fails(
        "newer",
        1,
        &["sconce.json: format version 99 is newer", "update"],
    );
    // Without it the folder is a model's like any other, and nothing checks its files.
    fs::remove_file(&path).unwrap();
    assert_eq!(predict(&place).status, Some(0));
    fs::remove_file(place.path("model/config.json")).unwrap();
    let expected = ["model: not a model's folder", "neither sconce.json nor config.json"];
    predict(&place).assert_fails("none", 1, &expected);
    fs::remove_dir_all(place.path("model")).unwrap();
    predict(&place).assert_fails("no folder", 1, &["model: there is no such folder"]);
}

/// Files with content that is none of a model, and its SHA-256.
const UNFIT: [(&str, &[u8], &str, &str); 3] = [
    (
        "config.json",
        b"{",
        "021fb596db81e6d02bf3d2586ee3981fe519f275c0ac9ca76bbcf2ebb4097d96",
        "config.json: ",
    ),
    (
        "model.safetensors",
        b"no tensors",
        "2ac51e3624df36eddac2774a179740bfb565689a347daa0ea8dfb61518f304d8",
        "model.safetensors: not a readable file of weights",
    ),
    (
        "vocabulary.json",
        b"[1]",
        "080a9ed428559ef602668b4c00f114f1a11c3f6b02a435f0bdc154578e4d7f22",
        "vocabulary.json: corrupt tokenizer file",
    ),
];

#[test]
fn files_that_do_not_fit_each_other_are_refused_even_with_their_hashes() {
    for (file, content, sha256, expected) in UNFIT {
        let place = with_model();
        fs::write(place.path("model").join(file), content).unwrap();
        edit_manifest(&place, |manifest| {
            manifest["files"][file] =
                serde_json::json!({ "bytes": content.len(), "sha256": sha256 });
        });
        predict(&place).assert_fails(file, 1, &[expected]);
    }
}

#[test]
fn a_file_without_its_hash_is_refused() {
    for (file, ..) in UNFIT {
        let place = with_model();
        edit_manifest(&place, |manifest| {
            manifest["files"].as_object_mut().unwrap().remove(file);
        });
        let expected = format!("its list of files is not that of a bundle: {file} is missing");
        predict(&place).assert_fails(file, 1, &[&expected]);
    }
}

#[test]
fn every_command_that_takes_a_model_refuses_a_bad_one() {
    let place = Workplace::with_reviews();
    for arguments in [
        &["evaluate", "--model", "gone", "--data", "test.csv"][..],
        &["predict", "--model", "gone", "a"],
        &["inspect", "gone"],
    ] {
        let expected = ["gone: there is no such folder", "hub"];
        place.run(arguments).assert_fails(arguments[0], 1, &expected);
    }
}
