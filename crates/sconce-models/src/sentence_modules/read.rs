//! Reading `modules.json` and the folders that it names.

use std::fs;
use std::path::Path;

use sconce_ops::Activation;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::{CONFIG_FILE, DenseModule, LENGTH_FILE, MODULES_FILE, PoolingMode, SentenceModules};
use crate::error::{Error, Result};

/// A step of `modules.json`.
#[derive(Debug, Deserialize)]
struct Step {
    path: String,
    #[serde(rename = "type")]
    kind: String,
}

impl SentenceModules {
    /// The steps of a folder; none if it has no `modules.json`.
    ///
    /// # Errors
    /// If a file is unreadable or a step is not known here.
    pub fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(MODULES_FILE);
        if !path.exists() {
            return Ok(None);
        }
        let steps: Vec<Step> = json(&path)?;
        let mut modules =
            Self { pooling: Vec::new(), dense: None, normalize: false, max_seq_length: None };
        for Step { path: place, kind } in &steps {
            let refuse = |message: String| Error::Config { path: path.clone(), message };
            let known = "Transformer, Pooling, Dense, Normalize";
            let name = kind.rsplit('.').next().unwrap_or_default();
            let is_placed = place.is_empty()
                || Path::new(place).file_name().is_some_and(|f| f == place.as_str());
            if !is_placed {
                return Err(refuse(format!("{place:?} is not the name of a folder in it")));
            }
            let config = folder.join(place).join(CONFIG_FILE);
            let is_late = modules.normalize || modules.dense.is_some();
            match name {
                "Transformer" if place.is_empty() && modules.pooling.is_empty() => {}
                "Pooling" if modules.pooling.is_empty() => modules.pooling = pooling(&config)?,
                "Dense" if !modules.pooling.is_empty() && !is_late => {
                    modules.dense = Some(dense(&config, place)?);
                }
                "Normalize" if !modules.pooling.is_empty() => modules.normalize = true,
                _ => {
                    return Err(refuse(format!(
                        "the module {kind:?} in {place:?} is not implemented at its place; known \
                         are {known}, in this order, with the transformer in the folder itself"
                    )));
                }
            }
        }
        if modules.pooling.is_empty() {
            let message = "it has no Pooling module".into();
            return Err(Error::Config { path, message });
        }
        modules.max_seq_length = max_seq_length(folder)?;
        Ok(Some(modules))
    }
}

fn json<T: serde::de::DeserializeOwned>(path: &Path) -> Result<T> {
    let text = fs::read_to_string(path).map_err(|source| Error::file(path, source))?;
    serde_json::from_str(&text)
        .map_err(|error| Error::Config { path: path.to_owned(), message: error.to_string() })
}

fn pooling(path: &Path) -> Result<Vec<PoolingMode>> {
    let config: Map<String, Value> = json(path)?;
    let refuse = |message: String| Error::Config { path: path.to_owned(), message };
    let named = match config.get("pooling_mode") {
        None | Some(Value::Null) => None,
        Some(Value::String(name)) => Some(vec![name.clone()]),
        Some(names) => Some(
            serde_json::from_value::<Vec<String>>(names.clone())
                .map_err(|error| refuse(format!("pooling_mode: {error}")))?,
        ),
    };
    if let Some(names) = named {
        let mode = |name: &String| {
            let known = PoolingMode::ALL.map(PoolingMode::name).join(", ");
            PoolingMode::from_name(name)
                .ok_or_else(|| refuse(format!("pooling_mode {name:?} is none of {known}")))
        };
        return names.iter().map(mode).collect();
    }
    let is_on =
        |mode: &PoolingMode| config.get(mode.switch()).and_then(Value::as_bool) == Some(true);
    let modes: Vec<PoolingMode> = PoolingMode::ALL.into_iter().filter(is_on).collect();
    Ok(if modes.is_empty() { vec![PoolingMode::Mean] } else { modes })
}

/// The keys of a layer.
#[derive(Debug, Deserialize)]
struct Dense {
    out_features: usize,
    #[serde(default = "yes")]
    bias: bool,
    activation_function: Option<String>,
    #[serde(default)]
    use_residual: bool,
}

fn yes() -> bool {
    true
}

fn dense(path: &Path, folder: &str) -> Result<DenseModule> {
    let config: Dense = json(path)?;
    let refuse = |message: String| Error::Config { path: path.to_owned(), message };
    if config.use_residual {
        return Err(refuse("use_residual is not implemented".into()));
    }
    let name = config.activation_function.as_deref().unwrap_or("Tanh");
    let activation = match name.rsplit('.').next().unwrap_or_default() {
        "Identity" => None,
        "Tanh" => Some(Activation::Tanh),
        "ReLU" => Some(Activation::Relu),
        "SiLU" => Some(Activation::Silu),
        "GELU" => Some(Activation::Gelu),
        _ => return Err(refuse(format!("activation_function {name:?} is not implemented"))),
    };
    let (out_features, bias) = (config.out_features, config.bias);
    Ok(DenseModule { folder: folder.to_owned(), out_features, bias, activation })
}

fn max_seq_length(folder: &Path) -> Result<Option<usize>> {
    let path = folder.join(LENGTH_FILE);
    if !path.exists() {
        return Ok(None);
    }
    let config: Map<String, Value> = json(&path)?;
    Ok(config.get("max_seq_length").and_then(Value::as_u64).map(|n| n as usize))
}
