//! How weights are taken from files that are not quite as the model asks for: in several shards,
//! under other names, in another element type.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Result};

use super::ParamStore;
use super::file::Source;

/// Safetensors files to open a store from.
///
/// ```no_run
/// # use candle_core::{Device, Result};
/// # use sconce_ops::{ParamStore, WeightFiles};
/// # fn main() -> Result<()> {
/// // A checkpoint whose encoder has a prefix, from the days of `gamma` and `beta`.
/// let store = WeightFiles::new(["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"])
///     .rename(|name| {
///         let name = name.strip_prefix("bert.")?; // the heads are left out
///         Some(name.replace(".gamma", ".weight").replace(".beta", ".bias"))
///     })
///     .open(&Device::Cpu, 42)?;
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing is read before `open`"]
pub struct WeightFiles<'a> {
    paths: Vec<PathBuf>,
    rename: Rename<'a>,
    dtype: DType,
}

/// Name in the model of each tensor of a file.
pub(super) type Rename<'a> = Box<dyn Fn(&str) -> Option<String> + 'a>;

impl<'a> WeightFiles<'a> {
    /// One file or several shards of one model, under the names that they have.
    pub fn new(paths: impl IntoIterator<Item = impl AsRef<Path>>) -> Self {
        Self {
            paths: paths.into_iter().map(|path| path.as_ref().to_owned()).collect(),
            rename: Box::new(|name| Some(name.to_owned())),
            dtype: DType::F32,
        }
    }

    /// Takes each tensor by the name that `rename` gives for its name in the file; one for which
    /// it gives none is left out, and no report calls it unexpected.
    pub fn rename(self, rename: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { rename: Box::new(rename), ..self }
    }

    /// Element type of the store's parameters; `F32` if not said. Values in other float types are
    /// converted to it, values that have it keep every bit, and what is saved has it.
    pub fn dtype(self, dtype: DType) -> Self {
        Self { dtype, ..self }
    }

    /// Maps the files, without reading them: building the model picks the tensors by name. Ask
    /// [`load_report`](ParamStore::load_report) afterwards.
    ///
    /// A parameter that no file has gets fresh values drawn from `seed`. While the store lives, the
    /// files must not be shortened or rewritten in place; a file that replaces one does no harm.
    ///
    /// # Errors
    /// If a file cannot be opened or is not a whole safetensors file, or two tensors have one name.
    pub fn open(self, device: &Device, seed: u64) -> Result<ParamStore> {
        let source = Source::open(&self.paths, &self.rename)?;
        Ok(ParamStore::build(device, self.dtype, seed, Some(source)))
    }
}

impl std::fmt::Debug for WeightFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("WeightFiles");
        shown.field("paths", &self.paths).field("dtype", &self.dtype).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
