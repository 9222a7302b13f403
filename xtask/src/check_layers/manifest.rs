//! What the layer check needs to know of `cargo metadata`.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use serde_json::Value;

/// A package of the workspace.
pub struct Package {
    /// Its name.
    pub name: String,
    /// Its direct dependencies of every kind.
    pub dependencies: Vec<Dependency>,
    /// Its features and what each turns on.
    pub features: BTreeMap<String, Vec<String>>,
}

/// A direct dependency.
pub struct Dependency {
    /// The name of the package depended on.
    pub name: String,
    /// The name it goes by in the manifest.
    pub key: String,
    /// In which table it stands.
    pub kind: Kind,
    /// Whether its default features are on.
    pub default_features: bool,
    /// The features turned on in the manifest.
    pub features: Vec<String>,
}

/// The table a dependency stands in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    /// `[dependencies]`
    Normal,
    /// `[dev-dependencies]`
    Dev,
    /// `[build-dependencies]`
    Build,
}

/// Reads the packages out of `cargo metadata --format-version 1 --no-deps`.
pub fn packages(metadata: &Value) -> Result<Vec<Package>> {
    array(&metadata["packages"]).map(package).collect()
}

fn package(value: &Value) -> Result<Package> {
    let features = value["features"].as_object().context("a package has no `features`")?;
    let dependencies = array(&value["dependencies"]).map(dependency).collect::<Result<_>>()?;
    Ok(Package {
        name: text(value, "name")?,
        dependencies,
        features: features.iter().map(|(name, on)| (name.clone(), strings(on))).collect(),
    })
}

fn dependency(value: &Value) -> Result<Dependency> {
    let name = text(value, "name")?;
    Ok(Dependency {
        key: value["rename"].as_str().unwrap_or(&name).to_owned(),
        name,
        kind: match value["kind"].as_str() {
            None => Kind::Normal,
            Some("dev") => Kind::Dev,
            Some(_) => Kind::Build,
        },
        default_features: value["uses_default_features"].as_bool().unwrap_or(true),
        features: strings(&value["features"]),
    })
}

fn text(value: &Value, key: &str) -> Result<String> {
    let found =
        value[key].as_str().with_context(|| format!("`{key}` is missing in the metadata"))?;
    Ok(found.to_owned())
}

fn strings(value: &Value) -> Vec<String> {
    array(value).filter_map(Value::as_str).map(str::to_owned).collect()
}

fn array(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}
