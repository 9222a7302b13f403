//! Device features: forwarded one step at a time, and never on by default.

use std::collections::BTreeSet;

use super::TESTING;
use super::manifest::{Kind, Package};

/// The features that choose a device or its library.
pub const DEVICES: &[&str] = &["cuda", "cudnn", "metal", "mkl", "accelerate"];

/// The tensor crates, each of which has all of [`DEVICES`].
const TENSOR_CRATES: &[&str] = &["candle-core", "candle-nn"];

/// The broken rules of device features.
pub fn check(packages: &[Package]) -> Vec<String> {
    let mut errors = Vec::new();
    for package in packages {
        errors.extend(on_by_default(package));
        errors.extend(fixed_in_the_manifest(package));
        // Tests run under the features of the crate they test; unification brings them here.
        if package.name != TESTING {
            errors.extend(not_forwarded(package, packages));
        }
    }
    errors
}

fn not_forwarded(package: &Package, packages: &[Package]) -> Vec<String> {
    let mut errors = Vec::new();
    for dependency in
        package.dependencies.iter().filter(|dependency| dependency.kind == Kind::Normal)
    {
        for device in DEVICES {
            let has = TENSOR_CRATES.contains(&dependency.name.as_str())
                || packages.iter().any(|other| {
                    other.name == dependency.name && other.features.contains_key(*device)
                });
            if !has {
                continue;
            }
            let (strong, weak) =
                (format!("{}/{device}", dependency.key), format!("{}?/{device}", dependency.key));
            match package.features.get(*device) {
                Some(on) if on.contains(&strong) || on.contains(&weak) => {}
                Some(_) => errors.push(format!(
                    "feature `{device}` of `{}` does not forward to its dependency: add \"{strong}\"",
                    package.name
                )),
                None => errors.push(format!(
                    "`{}` lacks the feature `{device}` that its dependency `{}` has: \
                     add {device} = [\"{strong}\"]",
                    package.name, dependency.name
                )),
            }
        }
    }
    errors
}

/// Device features that `default` turns on, directly or through other features.
fn on_by_default(package: &Package) -> Vec<String> {
    let mut seen = BTreeSet::new();
    let mut open = vec!["default"];
    while let Some(feature) = open.pop() {
        if seen.insert(feature) {
            open.extend(package.features.get(feature).into_iter().flatten().map(String::as_str));
        }
    }
    let is_device =
        |feature: &&&str| DEVICES.contains(&feature.rsplit('/').next().unwrap_or_default());
    seen.iter()
        .filter(is_device)
        .map(|feature| {
            format!("`{}` turns on `{feature}` by default: the user chooses", package.name)
        })
        .collect()
}

/// Device features that a dependency line turns on for good.
fn fixed_in_the_manifest(package: &Package) -> Vec<String> {
    let fixed = package.dependencies.iter().flat_map(|dependency| {
        dependency.features.iter().map(move |feature| (&dependency.name, feature))
    });
    fixed
        .filter(|(_, feature)| DEVICES.contains(&feature.as_str()))
        .map(|(name, feature)| {
            format!("`{}` fixes `{feature}` of `{name}` in its manifest: forward it", package.name)
        })
        .collect()
}
