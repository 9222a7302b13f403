//! The tensors of some files, by the names that the model has for them.

use std::collections::BTreeMap;
use std::path::PathBuf;

use candle_core::{Result, bail};

use super::file::WeightFile;
use super::raw::{Raw, View};
use super::weight_files::Rename;

/// The named tensors of mapped files.
pub(super) struct Source {
    files: Vec<WeightFile>,
    /// By the name in the model.
    places: BTreeMap<String, Place>,
}

/// Where a tensor is.
struct Place {
    file: usize,
    /// Name in that file.
    name: String,
    raw: Raw,
}

impl Source {
    pub(super) fn open(
        paths: &[PathBuf],
        section: Option<&str>,
        rename: &Rename<'_>,
    ) -> Result<Self> {
        let mut source = Self { files: Vec::new(), places: BTreeMap::new() };
        for path in paths {
            let (mapped, tensors) = WeightFile::open(path, section)?;
            for (name, raw) in tensors {
                let Some(renamed) = rename(&name) else { continue };
                let place = Place { file: source.files.len(), name, raw };
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

    /// Shape in the file.
    pub(super) fn shape(&self, name: &str) -> Option<&[usize]> {
        self.places.get(name).map(|place| place.raw.shape.as_slice())
    }

    /// Whether both names have the same bytes of the same file.
    pub(super) fn is_one_tensor(&self, a: &str, b: &str) -> bool {
        match (self.places.get(a), self.places.get(b)) {
            (Some(a), Some(b)) => a.file == b.file && a.raw == b.raw,
            _ => false,
        }
    }

    /// The tensor of this name, as the file has it.
    pub(super) fn view(&self, name: &str) -> Result<View<'_>> {
        let Some(place) = self.places.get(name) else { bail!("weights: no tensor `{name}`") };
        View::new(name, &self.files[place.file], &place.raw)
    }
}
