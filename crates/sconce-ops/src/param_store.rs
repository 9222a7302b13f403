//! The ordered, named parameters of a model: made fresh from a seed or taken from a file, trained,
//! and written back.
//!
//! A [`ParamStore`] replaces candle's `VarMap`: its order is that of creation in every process,
//! loading says what was missing and what was left over, and the gradients of a parameter may go
//! straight to the store instead of through candle's `GradStore`, which zeroes and adds each of
//! them first (for a word embedding that is the whole vocabulary).

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard};

use candle_core::{DType, Device, Result, Tensor, bail};

use crate::gradients::{Gradient, Gradients};
use crate::random::Random;

mod buffer;
mod contents;
mod file;
mod no_grad;
mod number;
mod overlay;
mod param;
mod pattern;
mod pickle;
mod raw;
mod report;
mod safetensors_header;
mod save;
mod source;
mod tie;
mod torch;
mod torch_archive;
mod values;
mod var_builder;
mod weight_files;

pub use self::buffer::Buffer;
use self::contents::Contents;
pub use self::no_grad::NoGrad;
use self::no_grad::{StoreId, Tracked};
use self::param::Deposits;
pub use self::param::{Param, ParamSpec, Params, Weight};
pub(crate) use self::param::{Slot, lock};
pub use self::report::{LoadReport, Mismatch};
pub use self::save::SaveOptions;
use self::source::Source;
pub use self::weight_files::WeightFiles;

/// The parameters of a model, by name, in the order in which they were created. Cheap to clone:
/// all clones are the same store.
#[derive(Clone)]
pub struct ParamStore {
    shared: Arc<Shared>,
}

struct Shared {
    id: StoreId,
    device: Device,
    dtype: DType,
    random: Random,
    contents: Mutex<Contents>,
    /// Where a store that was opened from files takes its values from.
    source: Option<Source>,
    backward: Mutex<()>,
    deposits: Deposits,
}

impl ParamStore {
    /// An empty store of `F32` parameters; fresh values are drawn from `seed`.
    pub fn new(device: &Device, seed: u64) -> Self {
        Self::with_dtype(device, DType::F32, seed)
    }

    /// An empty store of parameters of another type (`F64` for finite differences).
    pub fn with_dtype(device: &Device, dtype: DType, seed: u64) -> Self {
        Self::build(device, dtype, seed, None)
    }

    /// A store of `F32` parameters that takes its values from a safetensors file, as
    /// [`WeightFiles`] does from several or under other names.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a whole safetensors file.
    pub fn open(path: &Path, device: &Device, seed: u64) -> Result<Self> {
        WeightFiles::new([path]).open(device, seed)
    }

    fn build(device: &Device, dtype: DType, seed: u64, source: Option<Source>) -> Self {
        let shared = Shared {
            id: StoreId::fresh(),
            device: device.clone(),
            dtype,
            random: Random::new(seed),
            contents: Mutex::default(),
            source,
            backward: Mutex::default(),
            deposits: Arc::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// The scope without a prefix.
    pub fn root(&self) -> Params {
        Params::new(self.clone(), String::new())
    }

    /// Device of every parameter.
    pub fn device(&self) -> &Device {
        &self.shared.device
    }

    /// Element type of every parameter.
    pub fn dtype(&self) -> DType {
        self.shared.dtype
    }

    /// All parameters in order of creation, each once.
    pub fn params(&self) -> Vec<Param> {
        self.contents().params.values().cloned().collect()
    }

    /// The parameter of this name, be it its first or one that it was [tied](Params::tie) to.
    pub fn get(&self, name: &str) -> Option<Param> {
        self.contents().param(name).cloned()
    }

    /// Number of elements of all parameters.
    pub fn n_elements(&self) -> usize {
        self.contents().params.values().map(|param| param.var().elem_count()).sum()
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        lock(&self.shared.contents)
    }

    /// Creates the parameter `name`, or hands out the one there is.
    pub(crate) fn get_or_create(&self, name: &str, spec: &ParamSpec) -> Result<Param> {
        let mut contents = self.contents();
        if let Some(param) = contents.param(name) {
            if param.var().shape() != &spec.shape {
                bail!(
                    "parameter `{name}` exists with shape {:?}, asked for with {:?}",
                    param.var().shape(),
                    spec.shape
                );
            }
            return Ok(param.clone());
        }
        if contents.buffers.contains_key(name) {
            bail!("parameter `{name}`: a buffer has this name");
        }
        let dims = spec.shape.dims();
        if spec.transposed && dims.len() != 2 {
            bail!("parameter `{name}`: only a matrix can be transposed in files, not {dims:?}");
        }
        let (dtype, device) = (self.shared.dtype, &self.shared.device);
        let var = match self.view_from_source(&mut contents, name, dims, spec.transposed)? {
            Some(view) if !view.dtype().is_float() => {
                bail!("parameter `{name}` is {:?} in the file, not of a float type", view.dtype())
            }
            Some(view) => view.var(dtype, device)?,
            None => {
                spec.init.var(&spec.shape, dtype, device, self.shared.random.fork_by_name(name))?
            }
        };
        let index = contents.params.len();
        let shared = (&self.shared.deposits, self.shared.id);
        let param = Param::new(name.into(), index, var, spec, shared);
        contents.params.insert(name.into(), param.clone());
        Ok(param)
    }

    /// Back-propagates `loss` and gathers the gradient of every trainable parameter: the only way
    /// to read gradients, wherever an operation has put them. Threads that share a store take
    /// turns.
    ///
    /// # Errors
    /// If the loss is no scalar, or an operation between it and the parameters has no backward
    /// pass.
    pub fn backward(&self, loss: &Tensor) -> Result<Gradients> {
        if loss.rank() != 0 {
            bail!("backward: the loss must be a scalar, got shape {:?}", loss.shape());
        }
        // One pass at a time: what an operation leaves at its parameter belongs to this one.
        let _turn = lock(&self.shared.backward);
        lock(&self.shared.deposits).clear();
        let mut store = loss.backward()?;
        let params = self.params();
        let mut gradients = Gradients::new(params.len());
        for (index, param) in params.iter().enumerate().filter(|(_, param)| param.is_trainable()) {
            if let Some(gradient) = store.remove(param.var()) {
                gradients.add(index, Gradient::Dense(gradient))?;
            }
        }
        for (index, gradient) in lock(&self.shared.deposits).drain(..) {
            // A parameter may have been frozen since the forward pass.
            if params.get(index).is_some_and(Param::is_trainable) {
                gradients.add(index, gradient)?;
            }
        }
        Ok(gradients)
    }

    /// Until the guard is dropped, forward passes of this thread keep nothing for a backward pass:
    /// parameters give detached tensors. For evaluation. (Layers that candle built on a
    /// [`var_builder`](Self::var_builder) hold the tensors that they got, which stay tracked.)
    pub fn no_grad(&self) -> NoGrad {
        NoGrad::new(self.shared.id)
    }

    /// Until the guard is dropped, forward passes of this thread are tracked again.
    pub(crate) fn tracked(&self) -> Tracked {
        Tracked::new(self.shared.id)
    }

    /// The first parameter that holds a value that is not finite.
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn first_non_finite(&self) -> Result<Option<Param>> {
        for param in self.params() {
            if !crate::gradients::largest_magnitude(&param.var().as_detached_tensor())?.is_finite()
            {
                return Ok(Some(param));
            }
        }
        Ok(None)
    }
}

impl std::fmt::Debug for ParamStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.params()).finish()
    }
}

#[cfg(test)]
mod tests;
