//! `cargo xtask check-layers`: which crate may know which, checked against the manifests and trees.

mod features;
mod manifest;

use anyhow::{Result, bail};

use crate::args::{Args, Command};
use crate::{process, repo};
use manifest::{Dependency, Kind, Package};

/// The command.
pub const COMMAND: Command = Command {
    name: "check-layers",
    help: "Check that no crate depends on what it must not know\n\n\
           The allowed edges are the table LAYERS in xtask/src/check_layers.rs; the reasons stand in\n\
           docs/architecture.md. Also checks that device features are forwarded one step at a time.",
    flags: &[],
    max_words: 0,
    passes_on: false,
    run: |_: &Args| check(),
};

/// One crate of the workspace and the crates of the workspace it may depend on.
struct Layer {
    name: &'static str,
    floor: u8,
    may_use: &'static [&'static str],
}

const PIPELINE: &str = "sconce-text-pipeline";
const METRICS: &str = "sconce-metrics";
const OPS: &str = "sconce-ops";
const EMBEDDINGS: &str = "sconce-embeddings";
const MODELS: &str = "sconce-models";
const TRAINING: &str = "sconce-training";
const EXPORT: &str = "sconce-export";
const SERVE: &str = "sconce-serve";
/// Only ever a dev-dependency, and free of the crates it tests.
const TESTING: &str = "sconce-testing";

/// Every allowed edge; nothing else may depend on anything else.
const LAYERS: &[Layer] = &[
    Layer { name: PIPELINE, floor: 0, may_use: &[] },
    Layer { name: METRICS, floor: 0, may_use: &[] },
    Layer { name: OPS, floor: 0, may_use: &[] },
    Layer { name: EMBEDDINGS, floor: 1, may_use: &[PIPELINE, OPS] },
    Layer { name: MODELS, floor: 2, may_use: &[PIPELINE, OPS, EMBEDDINGS] },
    Layer { name: TRAINING, floor: 3, may_use: &[PIPELINE, METRICS, OPS, EMBEDDINGS, MODELS] },
    Layer { name: EXPORT, floor: 3, may_use: &[PIPELINE, OPS, EMBEDDINGS, MODELS] },
    Layer { name: SERVE, floor: 4, may_use: &[PIPELINE, METRICS, OPS, EMBEDDINGS, MODELS, EXPORT] },
    Layer {
        name: "sconce",
        floor: 5,
        may_use: &[PIPELINE, METRICS, OPS, EMBEDDINGS, MODELS, TRAINING, EXPORT, SERVE],
    },
    Layer {
        name: "benches",
        floor: 5,
        may_use: &[PIPELINE, METRICS, OPS, EMBEDDINGS, MODELS, TRAINING, EXPORT, SERVE],
    },
    // The two that stand beside the house and know nothing of it.
    Layer { name: TESTING, floor: 0, may_use: &[] },
    Layer { name: "xtask", floor: 5, may_use: &[] },
];

/// Edges whose absence is a promise of its own; said instead of the general rule.
const REASONS: &[(&str, &str, &str)] = &[
    (EXPORT, TRAINING, "a trained model is packed and used without the code that trained it"),
    (SERVE, TRAINING, "a server carries no training code"),
    (MODELS, TRAINING, "a network must be usable without a trainer"),
];

/// What a crate's whole tree of normal dependencies must not hold, with the reason.
const TREES: &[(&str, &[&str], &str)] = &[
    (PIPELINE, &["candle-core", "candle-nn"], "text is processed without a tensor library"),
    (METRICS, &["candle-core", "candle-nn"], "metrics work on slices and strings"),
    (EXPORT, &[TRAINING], "a trained model is packed and used without the code that trained it"),
    (SERVE, &[TRAINING], "a server carries no training code"),
];

/// Crates that belong to programs: a library that used one would force it on its users.
const PROGRAMS_ONLY: &[&str] = &["anyhow", "clap", "indicatif", "mimalloc"];
const PROGRAMS: &[&str] = &["sconce", "xtask", "benches"];

fn check() -> Result<()> {
    let packages = manifest::packages(&repo::metadata()?)?;
    let mut errors = edges(&packages);
    errors.extend(features::check(&packages));
    for (name, forbidden, why) in TREES {
        if let Some(package) = packages.iter().find(|package| package.name == *name) {
            errors.extend(in_tree(name, &tree(package)?, forbidden, why));
        }
    }
    for error in &errors {
        eprintln!("check-layers: {error}");
    }
    match errors.len() {
        0 => {
            println!("check-layers: {} crates, no forbidden edge", packages.len());
            Ok(())
        }
        count => bail!("{count} broken rules of the layering; see docs/architecture.md"),
    }
}

/// The normal dependency tree of a package, one crate a line, with every feature but the devices'.
fn tree(package: &Package) -> Result<String> {
    let heavy: Vec<&str> = package
        .features
        .keys()
        .map(String::as_str)
        .filter(|feature| !features::DEVICES.contains(feature) && *feature != "default")
        .collect();
    process::output(process::cargo().args([
        "tree",
        "--package",
        &package.name,
        "--edges",
        "normal",
        "--prefix",
        "none",
        "--format",
        "{p}",
        "--features",
        &heavy.join(","),
    ]))
}

/// The forbidden crates in the text of a tree.
fn in_tree(name: &str, tree: &str, forbidden: &[&str], why: &str) -> Vec<String> {
    let holds = |banned: &&&str| tree.lines().any(|line| line.split(' ').next() == Some(**banned));
    let say = |banned: &&str| {
        format!(
            "`{name}` has `{banned}` in its tree: {why}; \
             `cargo tree -p {name} -e normal -i {banned}` shows the way in"
        )
    };
    forbidden.iter().filter(holds).map(say).collect()
}

/// Every forbidden direct dependency.
fn edges(packages: &[Package]) -> Vec<String> {
    let mut errors = Vec::new();
    for package in packages {
        let Some(layer) = LAYERS.iter().find(|layer| layer.name == package.name) else {
            errors.push(format!(
                "crate `{}` has no row in LAYERS: give it one, and a place in docs/architecture.md",
                package.name
            ));
            continue;
        };
        for dependency in &package.dependencies {
            errors.extend(edge(layer, dependency));
            if dependency.name.starts_with("candle-") && dependency.default_features {
                errors.push(format!(
                    "`{}` takes `{}` with its default features: say `default-features = false`",
                    package.name, dependency.name
                ));
            }
        }
    }
    errors
}

fn edge(layer: &Layer, dependency: &Dependency) -> Option<String> {
    let (from, to) = (layer.name, dependency.name.as_str());
    let normal = dependency.kind == Kind::Normal;
    if normal && PROGRAMS_ONLY.contains(&to) && !PROGRAMS.contains(&from) {
        return Some(format!(
            "`{from}` must not depend on `{to}`: it is for programs, not libraries"
        ));
    }
    if to == TESTING {
        return match dependency.kind {
            Kind::Dev if from != TESTING => None,
            _ => Some(format!(
                "`{from}` must not depend on `{TESTING}`: it is a dev-dependency only"
            )),
        };
    }
    let target = LAYERS.iter().find(|other| other.name == to)?;
    if layer.may_use.contains(&to) {
        return None;
    }
    let reason = REASONS.iter().find(|(a, b, _)| (*a, *b) == (from, to)).map(|(_, _, why)| *why);
    let why = match reason {
        Some(why) => why.to_owned(),
        None if from == TESTING => String::from("it takes closures, so no crate is built twice"),
        None if from == "xtask" => String::from("automation must compile fast and alone"),
        None if target.floor > layer.floor => {
            format!("it stands on floor {}, above floor {}", target.floor, layer.floor)
        }
        None if target.floor == layer.floor => {
            format!("both stand on floor {} and must not know each other", layer.floor)
        }
        None => String::from("the edge is in no row of LAYERS; is this the place for that code?"),
    };
    Some(format!("`{from}` must not depend on `{to}`: {why}"))
}

#[cfg(test)]
mod tests;
