//! PEFT's two files of an adapter: `adapter_config.json` and `adapter_model.safetensors`.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use candle_core::Device;
use sconce_ops::{ParamStore, SaveOptions};

use super::{Adapters, LoraConfig, TargetModules};
use crate::error::{Error, Result};

/// The config's file name.
const CONFIG_FILE: &str = "adapter_config.json";
/// The weights' file name.
pub(crate) const WEIGHTS_FILE: &str = "adapter_model.safetensors";
/// What PEFT puts before the names of the base model.
pub(crate) const PREFIX: &str = "base_model.model.";

impl LoraConfig {
    /// Whether a folder holds an adapter.
    pub fn is_in(folder: &Path) -> bool {
        folder.join(CONFIG_FILE).is_file()
    }

    /// Reads the `adapter_config.json` of a folder.
    ///
    /// # Errors
    /// If it is missing, not JSON, or asks for what is not implemented.
    pub fn load(folder: &Path) -> Result<Self> {
        let path = folder.join(CONFIG_FILE);
        let json = fs::read_to_string(&path).map_err(|source| Error::file(&path, source))?;
        let config: Result<Self, String> =
            serde_json::from_str(&json).map_err(|error| error.to_string());
        let config = config.and_then(|config: Self| config.check().map(|()| config));
        config.map_err(|message| Error::Config { path, message })
    }
}

impl Adapters {
    /// Writes the adapters into a folder, as PEFT's `from_pretrained` reads them, and gives the names
    /// of the files.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn save(&self, folder: &Path, store: &ParamStore) -> Result<Vec<String>> {
        let path = folder.join(CONFIG_FILE);
        let config = LoraConfig {
            // As PEFT does: which maps `all-linear` names depends on who reads it.
            target_modules: Some(TargetModules::Names(self.names())),
            ..(*self.config).clone()
        };
        let mut json = serde_json::to_string_pretty(&config)
            .map_err(|error| Error::Config { path: path.clone(), message: error.to_string() })?;
        json.push('\n');
        fs::write(&path, json).map_err(|source| Error::file(&path, source))?;
        let path = folder.join(WEIGHTS_FILE);
        let names: HashSet<String> = store
            .params()
            .iter()
            .filter(|param| self.owns(param))
            .map(|param| param.name().to_owned())
            .collect();
        let options = SaveOptions::new()
            .rename(|name| names.contains(name).then(|| format!("{PREFIX}{name}")));
        store.save_with(&path, &options).map_err(|source| Error::Unwritable { path, source })?;
        Ok(vec![CONFIG_FILE.into(), WEIGHTS_FILE.into()])
    }

    /// Takes the values of a folder's `adapter_model.safetensors`.
    ///
    /// # Errors
    /// If the file is missing or unreadable, or does not hold exactly this model's adapters.
    pub fn load_weights(&self, folder: &Path, store: &ParamStore) -> Result<()> {
        let path = folder.join(WEIGHTS_FILE);
        fs::metadata(&path).map_err(|source| Error::file(&path, source))?;
        let unreadable = |source| Error::UnreadableWeights { path: path.clone(), source };
        let mut tensors =
            candle_core::safetensors::load(&path, store.device()).map_err(unreadable)?;
        let misfit = |message: String| Error::Adapter { path: path.clone(), message };
        for param in store.params().iter().filter(|param| self.owns(param)) {
            let name = format!("{PREFIX}{}", param.name());
            let values =
                tensors.remove(&name).ok_or_else(|| misfit(format!("no tensor {name}")))?;
            if values.dims() != param.var().dims() {
                return Err(misfit(format!(
                    "{name} has shape {:?}, the model needs {:?}",
                    values.dims(),
                    param.var().dims()
                )));
            }
            let values = values.to_dtype(store.dtype())?;
            param.var().set(&values)?;
        }
        match tensors.keys().min() {
            Some(name) => Err(misfit(format!("the model has no adapter for {name}"))),
            None => Ok(()),
        }
    }
}

/// Rows of the first of these scopes whose weight an adapter's file holds: labels of a head that was
/// trained whole.
pub(crate) fn n_outputs(
    folder: &Path,
    scopes: [&str; 2],
    device: &Device,
) -> Result<Option<usize>> {
    let path = folder.join(WEIGHTS_FILE);
    fs::metadata(&path).map_err(|source| Error::file(&path, source))?;
    let tensors = candle_core::safetensors::load(&path, device)
        .map_err(|source| Error::UnreadableWeights { path, source })?;
    let rows = |scope| {
        let weight = tensors.get(&format!("{PREFIX}{scope}.weight"))?;
        weight.dims().first().copied()
    };
    Ok(scopes.into_iter().find_map(rows))
}
