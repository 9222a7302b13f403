//! How weights are taken from files that are not quite as the model asks for: in several shards,
//! under other names, in another format or element type.

use std::path::{Path, PathBuf};

use candle_core::{DType, Device, Result};

use super::source::Source;
use super::{LoadReport, ParamStore};

/// Files to take weights from: safetensors, or what `torch.save` wrote of a `state_dict`
/// (`pytorch_model.bin`, `.pt`, `.pth`); each is told by its first bytes. Both are mapped, and of
/// each tensor that is asked for every element is read once, straight into its parameter. A pickle
/// is read and never run.
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
    section: Option<String>,
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
            section: None,
            dtype: DType::F32,
        }
    }

    /// Takes each tensor by the name that `rename` gives for its name in the file; one for which
    /// it gives none is left out, and no report calls it unexpected.
    pub fn rename(self, rename: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { rename: Box::new(rename), ..self }
    }

    /// Takes the weights of a PyTorch file from under this key, where it holds other things beside
    /// them. Without, they are the tensors at the top or, if there are none, those under
    /// `state_dict`, `model_state_dict`, `model`, `module` or the only key that has any.
    pub fn section(self, key: &str) -> Self {
        Self { section: Some(key.to_owned()), ..self }
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
    /// If a file cannot be opened or is no whole file of weights, or two tensors have one name. The
    /// message says what is wrong with which file.
    pub fn open(self, device: &Device, seed: u64) -> Result<ParamStore> {
        let source = self.source()?;
        Ok(ParamStore::build(device, self.dtype, seed, Some(source)))
    }

    /// Reads the weights into the parameters and buffers of a store that is there already, which
    /// keep their element types: an adapter onto its model, or a checkpoint to go on from. What
    /// the files do not have stays as it is, and the report calls it missing.
    ///
    /// # Errors
    /// If [`open`](Self::open) would fail, or a parameter is not of a float type in the files. The
    /// store is as it was then.
    pub fn load_into(self, store: &ParamStore) -> Result<LoadReport> {
        store.load_source(&self.source()?)
    }

    fn source(&self) -> Result<Source> {
        Source::open(&self.paths, self.section.as_deref(), &self.rename)
    }
}

impl std::fmt::Debug for WeightFiles<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut shown = f.debug_struct("WeightFiles");
        shown.field("paths", &self.paths).field("section", &self.section);
        shown.field("dtype", &self.dtype).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
