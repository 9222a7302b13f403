//! Weights written as safetensors: one tensor after the other through a small buffer, converted on
//! the way, so that nothing is held twice.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::Path;

use candle_core::{DType, Device, Error, Result, Tensor, bail};
use half::{bf16, f16};
use safetensors::View;
use safetensors::tensor::{Dtype, Metadata, TensorInfo};

use super::ParamStore;
use super::number::Number;
use super::raw::for_float;
use super::weight_files::Rename;
use crate::element::{elements, has_kernel};

/// Elements that are converted at a time.
const BLOCK: usize = 1 << 14;

/// Bytes that are written at a time.
const BUFFER: usize = 1 << 20;

/// What [`ParamStore::save_with`] writes, and how.
///
/// ```no_run
/// # use candle_core::{DType, Device, Result};
/// # use sconce_ops::{ParamStore, SaveOptions};
/// # fn save(store: &ParamStore) -> Result<()> {
/// // The adapter alone, under other names and in half precision.
/// let options = SaveOptions::new()
///     .rename(|name| name.contains(".lora_").then(|| format!("base_model.model.{name}")))
///     .dtype(DType::BF16);
/// store.save_with("adapter_model.safetensors".as_ref(), &options)
/// # }
/// ```
pub struct SaveOptions<'a> {
    rename: Rename<'a>,
    dtype: Option<DType>,
}

impl<'a> SaveOptions<'a> {
    /// Everything, under its own name and as it is.
    pub fn new() -> Self {
        Self { rename: Box::new(|name| Some(name.to_owned())), dtype: None }
    }

    /// Writes each parameter and buffer under the name that `rename` gives for its own; one for
    /// which it gives none is left out.
    #[must_use]
    pub fn rename(self, rename: impl Fn(&str) -> Option<String> + 'a) -> Self {
        Self { rename: Box::new(rename), ..self }
    }

    /// Element type of the file: `F32`, `F64`, `F16` or `BF16`; values are rounded to the nearest.
    /// Buffers of integers keep theirs.
    #[must_use]
    pub fn dtype(self, dtype: DType) -> Self {
        Self { dtype: Some(dtype), ..self }
    }
}

impl Default for SaveOptions<'_> {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for SaveOptions<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SaveOptions").field("dtype", &self.dtype).finish_non_exhaustive()
    }
}

impl ParamStore {
    /// Writes every parameter and buffer to a safetensors file with the metadata
    /// `{"format": "pt"}` that Hugging Face's readers ask for; tied parameters once, under their
    /// first names. All of the file is there or the one from before: it is written beside and
    /// renamed.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.save_with(path, &SaveOptions::new())
    }

    /// [`save`](Self::save), of some of the parameters, under other names or in another element
    /// type.
    ///
    /// # Errors
    /// If the file cannot be written, two tensors get one name, or the element type is no float.
    pub fn save_with(&self, path: &Path, options: &SaveOptions<'_>) -> Result<()> {
        let mut entries = Vec::new();
        for param in self.params() {
            let Some(name) = (options.rename)(param.name()) else { continue };
            let values = param.var().as_detached_tensor();
            let tensor = if param.is_transposed() { values.t()? } else { values };
            entries.push(Entry::new(name, tensor, options.dtype)?);
        }
        for buffer in self.buffers() {
            let Some(name) = (options.rename)(buffer.name()) else { continue };
            entries.push(Entry::new(name, buffer.tensor(), options.dtype)?);
        }
        let mut seen = HashSet::new();
        if let Some(twice) = entries.iter().find(|entry| !seen.insert(entry.name.as_str())) {
            bail!("weights: two tensors would be saved as `{}`", twice.name);
        }
        write_beside(path, entries)
    }
}

/// One tensor of a file.
struct Entry {
    name: String,
    tensor: Tensor,
    /// In the file.
    dtype: DType,
}

impl Entry {
    fn new(name: String, tensor: Tensor, dtype: Option<DType>) -> Result<Self> {
        let dtype = dtype.filter(|_| tensor.dtype().is_float()).unwrap_or(tensor.dtype());
        let is_written = matches!(dtype, DType::F32 | DType::F64 | DType::F16 | DType::BF16);
        if dtype != tensor.dtype() && !is_written {
            bail!("weights: cannot save as {dtype:?}; F32, F64, F16 and BF16 are written");
        }
        if let DType::F6E2M3 | DType::F6E3M2 | DType::F4 | DType::F8E8M0 = dtype {
            bail!("weights: `{name}` is {dtype:?}, which is not written");
        }
        Ok(Self { name, tensor, dtype })
    }

    fn n_bytes(&self) -> usize {
        self.tensor.elem_count() * self.dtype.size_in_bytes()
    }

    /// Writes the elements in order.
    fn write(&self, out: &mut impl Write) -> Result<()> {
        // Of a tensor that is on another device or transposed, this is a copy for as long as it is
        // written.
        let tensor = self.tensor.to_device(&Device::Cpu)?.contiguous()?;
        if self.dtype == tensor.dtype() && !has_kernel(&tensor) {
            out.write_all(&View::data(&tensor))?;
            return Ok(());
        }
        for_float!(tensor.dtype(),
            S => for_float!(self.dtype, T => write_as::<S, T>(&tensor, out), other => {
                bail!("weights: cannot save as {other:?}")
            }),
            other => bail!("weights: cannot convert {other:?} to {:?}", self.dtype)
        )
    }
}

fn write_as<S: Number, T: Number>(tensor: &Tensor, out: &mut impl Write) -> Result<()> {
    let values = elements::<S>("weights", tensor)?;
    let mut bytes = Vec::with_capacity(BLOCK * T::SIZE);
    for block in values.chunks(BLOCK) {
        bytes.clear();
        block.iter().for_each(|value| value.convert::<T>().append(&mut bytes));
        out.write_all(&bytes)?;
    }
    Ok(())
}

/// Writes tensors to `path`, which holds what it held before until all of it is written.
fn write_beside(path: &Path, entries: Vec<Entry>) -> Result<()> {
    let Some(file_name) = path.file_name() else {
        bail!("weights: cannot save to {}, which names no file", path.display())
    };
    let partial = path.with_file_name(format!(".{}.partial", file_name.to_string_lossy()));
    let written = write(&partial, path, entries).map_err(|error| {
        Error::Msg(format!("weights: cannot save to {}: {error}", path.display()))
    });
    if written.is_err() {
        // What is left over is of no use; the error to tell is the first.
        let _ = fs::remove_file(&partial);
    }
    written
}

fn write(partial: &Path, path: &Path, mut entries: Vec<Entry>) -> Result<()> {
    // As safetensors' own writer: the widest first, so that all are aligned, then by name.
    entries.sort_by(|a, b| {
        Dtype::from(b.dtype).cmp(&Dtype::from(a.dtype)).then_with(|| a.name.cmp(&b.name))
    });
    let header = header(&entries)?;
    let mut out = BufWriter::with_capacity(BUFFER, File::create(partial)?);
    out.write_all(&(header.len() as u64).to_le_bytes())?;
    out.write_all(&header)?;
    entries.iter().try_for_each(|entry| entry.write(&mut out))?;
    let file = out.into_inner().map_err(|error| error.into_error())?;
    // As readable as the file that it replaces.
    if let Ok(replaced) = fs::metadata(path) {
        file.set_permissions(replaced.permissions())?;
    }
    Ok(fs::rename(partial, path)?)
}

/// The table of a safetensors file, as long as a multiple of eight bytes.
fn header(entries: &[Entry]) -> Result<Vec<u8>> {
    let mut end = 0;
    let infos = entries.iter().map(|entry| {
        let start = end;
        end += entry.n_bytes();
        let shape = entry.tensor.dims().to_vec();
        let dtype = entry.dtype.into();
        (entry.name.clone(), TensorInfo { dtype, shape, data_offsets: (start, end) })
    });
    let metadata = HashMap::from([("format".to_owned(), "pt".to_owned())]);
    let metadata = Metadata::new(Some(metadata), infos.collect()).map_err(Error::wrap)?;
    let mut header = serde_json::to_vec(&metadata).map_err(Error::wrap)?;
    header.resize(header.len().next_multiple_of(8), b' ');
    Ok(header)
}

#[cfg(test)]
mod tests;
