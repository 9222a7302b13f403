//! Tensors that belong to a model but are not trained: running means, tables of positions.

use std::sync::{Arc, Mutex};

use candle_core::{Result, Tensor, bail};

use super::lock;
use super::param::Params;

/// A named tensor that is saved and loaded with the parameters but never trained. Cheap to clone:
/// all clones are the same buffer.
#[derive(Clone)]
pub struct Buffer {
    name: Arc<str>,
    /// Replaced as a whole, never written: a graph may still hold the values before.
    tensor: Arc<Mutex<Tensor>>,
}

impl Buffer {
    pub(super) fn new(name: Arc<str>, tensor: &Tensor) -> Self {
        Self { name, tensor: Arc::new(Mutex::new(tensor.detach())) }
    }

    /// Full name, with the prefixes of its scopes.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The values now, not tracked by autograd.
    pub fn tensor(&self) -> Tensor {
        lock(&self.tensor).clone()
    }

    /// Replaces the values. Tensors that were handed out before keep theirs.
    ///
    /// # Errors
    /// If shape, element type or device is another.
    pub fn set(&self, values: &Tensor) -> Result<()> {
        let mut tensor = lock(&self.tensor);
        expect_like(&self.name, &tensor, values)?;
        *tensor = values.detach();
        Ok(())
    }
}

fn expect_like(name: &str, old: &Tensor, new: &Tensor) -> Result<()> {
    let same_device = old.device().same_device(new.device());
    if old.shape() != new.shape() || old.dtype() != new.dtype() || !same_device {
        bail!(
            "buffer `{name}` has shape {:?} of {:?} on {:?}, got {:?} of {:?} on {:?}",
            old.shape(),
            old.dtype(),
            old.device().location(),
            new.shape(),
            new.dtype(),
            new.device().location()
        );
    }
    Ok(())
}

impl std::fmt::Debug for Buffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let tensor = self.tensor();
        write!(f, "{} {:?} {:?}", self.name, tensor.shape(), tensor.dtype())
    }
}

impl Params {
    /// The buffer `prefix.name`, or the one there is: values from the file that the store was
    /// opened from, converted to the element type of `initial`, else `initial` itself.
    ///
    /// ```
    /// # use candle_core::{Device, Tensor};
    /// # use sconce_ops::ParamStore;
    /// # fn main() -> candle_core::Result<()> {
    /// let store = ParamStore::new(&Device::Cpu, 1);
    /// let zeros = Tensor::zeros(4, candle_core::DType::F32, &Device::Cpu)?;
    /// let running_mean = store.root().pp("norm").buffer("running_mean", &zeros)?;
    /// running_mean.set(&Tensor::new(&[1f32, 2., 3., 4.], &Device::Cpu)?)?;
    /// assert!(store.params().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If the name is taken by a parameter or a buffer of another kind, or `initial` is not on the
    /// store's device.
    pub fn buffer(&self, name: &str, initial: &Tensor) -> Result<Buffer> {
        self.store().get_or_create_buffer(&self.path(name), initial)
    }
}

impl super::ParamStore {
    /// All buffers in order of creation.
    pub fn buffers(&self) -> Vec<Buffer> {
        self.contents().buffers.values().cloned().collect()
    }

    fn get_or_create_buffer(&self, name: &str, initial: &Tensor) -> Result<Buffer> {
        let mut contents = self.contents();
        if let Some(buffer) = contents.buffers.get(name) {
            expect_like(name, &buffer.tensor(), initial)?;
            return Ok(buffer.clone());
        }
        if contents.param(name).is_some() {
            bail!("buffer `{name}`: a parameter has this name");
        }
        if !initial.device().same_device(self.device()) {
            bail!("buffer `{name}`: its initial values must be on {:?}", self.device().location());
        }
        let loaded = self.view_from_source(&mut contents, name, initial.dims(), false)?;
        let buffer = match loaded {
            Some(view) => {
                Buffer::new(name.into(), &view.tensor_as(initial.dtype(), self.device())?)
            }
            None => Buffer::new(name.into(), initial),
        };
        contents.buffers.insert(name.into(), buffer.clone());
        Ok(buffer)
    }
}

#[cfg(test)]
mod tests;
