//! Tests of the layer check on hand-made metadata: each rule is broken once.

use serde_json::json;

use super::*;

/// A dependency line as `cargo metadata` shows it.
fn dependency(name: &str, kind: Option<&str>) -> serde_json::Value {
    json!({"name": name, "kind": kind, "rename": null, "uses_default_features": false, "features": []})
}

fn package(name: &str, dependencies: &[serde_json::Value], features: serde_json::Value) -> Package {
    let metadata =
        json!({"packages": [{"name": name, "dependencies": dependencies, "features": features}]});
    manifest::packages(&metadata).unwrap().remove(0)
}

fn edge_errors(from: &str, to: &str, kind: Option<&str>) -> Vec<String> {
    edges(&[package(from, &[dependency(to, kind)], json!({}))])
}

#[test]
fn each_kind_of_forbidden_edge_is_named_with_its_reason() {
    let cases = [
        (OPS, MODELS, None, "above floor 0"),
        (PIPELINE, OPS, None, "both stand on floor 0"),
        (METRICS, PIPELINE, None, "both stand on floor 0"),
        (EMBEDDINGS, METRICS, None, "no row of LAYERS"),
        (MODELS, TRAINING, None, "without a trainer"),
        (EXPORT, TRAINING, None, "without the code that trained it"),
        (TRAINING, EXPORT, None, "both stand on floor 3"),
        (SERVE, TRAINING, None, "no training code"),
        (TRAINING, "sconce", None, "above floor 3"),
        (OPS, MODELS, Some("dev"), "above floor 0"),
        (OPS, TESTING, None, "a dev-dependency only"),
        (OPS, TESTING, Some("build"), "a dev-dependency only"),
        (TESTING, OPS, None, "no crate is built twice"),
        (TESTING, OPS, Some("dev"), "no crate is built twice"),
        ("xtask", PIPELINE, None, "fast and alone"),
        (OPS, "anyhow", None, "for programs"),
    ];
    for (from, to, kind, why) in cases {
        let errors = edge_errors(from, to, kind);
        assert_eq!(errors.len(), 1, "{from} -> {to} ({kind:?}): {errors:?}");
        assert!(errors[0].contains(&format!("`{from}` must not depend on `{to}`")), "{errors:?}");
        assert!(errors[0].contains(why), "{errors:?}");
    }
}

#[test]
fn the_edges_of_the_table_and_foreign_crates_pass() {
    for layer in LAYERS {
        for to in layer.may_use {
            assert_eq!(edge_errors(layer.name, to, None), [""; 0], "{} -> {to}", layer.name);
        }
        assert_eq!(edge_errors(layer.name, "serde", None), [""; 0]);
    }
    assert_eq!(edge_errors(OPS, TESTING, Some("dev")), [""; 0]);
    assert_eq!(edge_errors(OPS, "anyhow", Some("dev")), [""; 0]);
    assert_eq!(edge_errors("sconce", "anyhow", None), [""; 0]);
}

#[test]
fn every_edge_that_is_not_in_the_table_is_caught() {
    for layer in LAYERS {
        for other in LAYERS.iter().filter(|other| other.name != TESTING) {
            let allowed = layer.may_use.contains(&other.name);
            let errors = edge_errors(layer.name, other.name, None);
            assert_eq!(errors.is_empty(), allowed, "{} -> {}: {errors:?}", layer.name, other.name);
        }
    }
}

#[test]
fn the_table_only_points_downwards() {
    for layer in LAYERS {
        for name in layer.may_use {
            let below = LAYERS.iter().find(|other| other.name == *name).unwrap();
            assert!(below.floor < layer.floor, "{} -> {name}", layer.name);
        }
    }
}

#[test]
fn a_crate_without_a_row_is_an_error() {
    let errors = edges(&[package("sconce-extra", &[], json!({}))]);
    assert!(errors[0].contains("`sconce-extra` has no row in LAYERS"), "{errors:?}");
}

#[test]
fn candle_with_default_features_is_an_error() {
    let mut candle = dependency("candle-core", None);
    candle["uses_default_features"] = json!(true);
    let errors = edges(&[package(OPS, &[candle], json!({}))]);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("default-features = false"), "{errors:?}");
}

#[test]
fn a_forbidden_crate_deep_in_a_tree_is_named() {
    let tree = "sconce-text-pipeline v0.1.0\nserde v1.0.1\ncandle-core v0.11.1\n";
    let errors = in_tree(PIPELINE, tree, &["candle-core", "candle-nn"], "no tensors");
    assert_eq!(errors.len(), 1);
    assert!(errors[0].contains("`candle-core` in its tree: no tensors"), "{errors:?}");
    let clean = "sconce-text-pipeline v0.1.0\ntokenizers v0.23.1\ncandle-core-lookalike v1.0.0\n";
    assert_eq!(in_tree(PIPELINE, clean, &["candle-core"], "no tensors"), [""; 0]);
}

/// A features table in which each device forwards to the given crates.
fn forwarding(crates: &[&str]) -> serde_json::Value {
    let each = |device: &&str| {
        let on: Vec<String> = crates.iter().map(|name| format!("{name}/{device}")).collect();
        (String::from(*device), json!(on))
    };
    serde_json::Value::Object(features::DEVICES.iter().map(each).collect())
}

#[test]
fn device_features_must_be_forwarded_to_each_dependency_that_has_them() {
    let ops = || package(OPS, &[dependency("candle-core", None)], forwarding(&["candle-core"]));
    let needs = [dependency(OPS, None), dependency("candle-core", None), dependency("serde", None)];
    let cases = [
        (forwarding(&["candle-core", OPS]), 0, ""),
        (forwarding(&["candle-core"]), 5, "add \"sconce-ops/cuda\""),
        (json!({"default": []}), 10, "lacks the feature `cuda`"),
    ];
    for (table, count, expected) in cases {
        let errors = features::check(&[ops(), package(EMBEDDINGS, &needs, table)]);
        assert_eq!(errors.len(), count, "{errors:?}");
        assert!(count == 0 || errors.iter().any(|error| error.contains(expected)), "{errors:?}");
    }
}

#[test]
fn dev_dependencies_and_the_testing_crate_forward_nothing() {
    let testing = package(TESTING, &[dependency("candle-core", None)], json!({}));
    let pipeline = package(PIPELINE, &[dependency("candle-core", Some("dev"))], json!({}));
    assert_eq!(features::check(&[testing, pipeline]), [""; 0]);
}

#[test]
fn a_device_on_by_default_is_an_error_however_it_is_hidden() {
    let cases = [
        json!({"default": ["cuda"], "cuda": []}),
        json!({"default": ["fast"], "fast": ["gpu"], "gpu": ["candle-core/cuda"]}),
    ];
    for table in cases {
        let errors = features::check(&[package(PIPELINE, &[], table)]);
        assert_eq!(errors.len(), 1, "{errors:?}");
        assert!(errors[0].contains("by default"), "{errors:?}");
    }
    let mut fixed = dependency("candle-core", Some("dev"));
    fixed["features"] = json!(["cuda"]);
    let errors = features::check(&[package(PIPELINE, &[fixed], json!({}))]);
    assert!(errors[0].contains("fixes `cuda` of `candle-core`"), "{errors:?}");
}
