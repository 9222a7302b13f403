//! Weights in safetensors files, mapped into memory.
#![allow(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::fs::{self, File};
use std::path::{Path, PathBuf};

use candle_core::safetensors::MmapedSafetensors;
use candle_core::{Device, Error, Result, Tensor, bail};

use super::weight_files::Rename;

/// The named tensors of mapped files.
pub(super) struct Source {
    files: Vec<MmapedSafetensors>,
    /// By the name in the model.
    places: BTreeMap<String, Place>,
}

/// Where a tensor is.
struct Place {
    file: usize,
    /// Name in that file.
    name: String,
    shape: Vec<usize>,
}

impl Source {
    pub(super) fn open(paths: &[PathBuf], rename: &Rename<'_>) -> Result<Self> {
        let mut source = Self { files: Vec::new(), places: BTreeMap::new() };
        for path in paths {
            let mapped = map(path)?;
            for (name, view) in mapped.tensors() {
                let Some(renamed) = rename(&name) else { continue };
                let shape = view.shape().to_vec();
                let place = Place { file: source.files.len(), name, shape };
                if let Some(other) = source.places.insert(renamed.clone(), place) {
                    bail!(
                        "weights: two tensors for `{renamed}`, the second in {}: `{}` of file {} \
                         and `{}` of file {}",
                        path.display(),
                        other.name,
                        other.file + 1,
                        source.places[&renamed].name,
                        source.files.len() + 1
                    );
                }
            }
            source.files.push(mapped);
        }
        Ok(source)
    }

    /// Names of all tensors in the model, sorted.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.places.get(name).map(|place| place.shape.as_slice())
    }

    /// The tensor of this name, in the file's element type.
    pub(super) fn tensor(&self, name: &str, device: &Device) -> Result<Tensor> {
        let Some(place) = self.places.get(name) else { bail!("weights: no tensor `{name}`") };
        self.files[place.file].load(&place.name, device)
    }
}

fn map(path: &Path) -> Result<MmapedSafetensors> {
    // SAFETY: a map of a file is only sound while nobody shortens or rewrites the file. Bundles
    // and Hugging Face folders are written beside and renamed, never changed in place; the
    // contract is the one of every reader of mapped weights.
    unsafe { MmapedSafetensors::new(path) }.map_err(|error| {
        Error::Msg(format!("weights: cannot read {} as safetensors: {error}", path.display()))
    })
}

/// Writes tensors to `path`, which holds what it held before until all of it is written.
pub(super) fn save(path: &Path, tensors: &[(String, Tensor)]) -> Result<()> {
    let tensors: Vec<(&str, Tensor)> = tensors
        .iter()
        .map(|(name, tensor)| Ok((name.as_str(), tensor.to_device(&Device::Cpu)?)))
        .collect::<Result<_>>()?;
    let Some(file_name) = path.file_name() else {
        bail!("weights: cannot save to {}, which names no file", path.display())
    };
    let partial = path.with_file_name(format!(".{}.partial", file_name.to_string_lossy()));
    let written = write(&partial, path, &tensors).map_err(|error| {
        Error::Msg(format!("weights: cannot save to {}: {error}", path.display()))
    });
    if written.is_err() {
        // What is left over is of no use; the error to tell is the first.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn write(partial: &Path, path: &Path, tensors: &[(&str, Tensor)]) -> Result<()> {
    // safetensors writes a file that only its owner may read; a model is as readable as the file
    // that it replaces, or as any other file that this process makes.
    let fresh = File::create(partial)?;
    let permissions = fs::metadata(path).or_else(|_| fresh.metadata())?.permissions();
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    safetensors::serialize_to_file(
        tensors.iter().map(|(name, tensor)| (name, tensor)),
        Some(metadata),
        partial,
    )
    .map_err(Error::wrap)?;
    fs::set_permissions(partial, permissions)?;
    Ok(fs::rename(partial, path)?)
}
