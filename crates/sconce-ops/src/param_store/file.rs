//! Weights in safetensors files, mapped into memory.
#![allow(unsafe_code)]

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{Device, Error, Result, Tensor};

use super::Param;

/// A mapped file of named tensors.
pub(super) struct Source {
    mapped: MmapedSafetensors,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self> {
        // SAFETY: a map of a file is only sound while nobody shortens or rewrites the file. Bundles
        // and Hugging Face folders are written beside and renamed, never changed in place; the
        // contract is the one of every reader of mapped weights.
        let mapped = unsafe { MmapedSafetensors::new(path) }?;
        Ok(Self { mapped })
    }

    /// Names of all tensors, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
        let mut names: Vec<String> =
            self.mapped.tensors().into_iter().map(|(name, _)| name).collect();
        names.sort_unstable();
        names.into_iter()
    }

    pub(super) fn shape(&self, name: &str) -> Option<Vec<usize>> {
        self.mapped.get(name).ok().map(|view| view.shape().to_vec())
    }

    pub(super) fn tensor(&self, name: &str, device: &Device) -> Result<Tensor> {
        self.mapped.load(name, device)
    }
}

/// Writes parameters in their order.
pub(super) fn save(path: &Path, params: &[Param]) -> Result<()> {
    let tensors: Vec<(&str, Tensor)> = params
        .iter()
        .map(|param| Ok((param.name(), param.var().as_detached_tensor().to_device(&Device::Cpu)?)))
        .collect::<Result<_>>()?;
    // safetensors writes a temporary file, which only its owner may read, and renames it; a model
    // is as readable as any other file that this process makes. (The file that is there may be
    // mapped, so it is not truncated.)
    let file = File::options().write(true).create(true).truncate(false).open(path)?;
    let permissions = file.metadata()?.permissions();
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize_to_file(
        tensors.iter().map(|(name, tensor)| (name, tensor)),
        Some(metadata),
        path,
    )
    .map_err(Error::wrap)?;
    Ok(std::fs::set_permissions(path, permissions)?)
}
