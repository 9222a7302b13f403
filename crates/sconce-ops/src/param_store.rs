//! The ordered, named parameters of a model: made fresh from a seed or taken from a file, trained,
//! and written back.
//!
//! A [`ParamStore`] replaces candle's `VarMap`: its order is that of creation in every process,
//! loading says what was missing and what was left over, and the gradients of a parameter may go
//! straight to the store instead of through candle's `GradStore`, which zeroes and adds each of
//! them first (for a word embedding that is the whole vocabulary).

use std::path::Path;
use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, Mutex, MutexGuard};

use candle_core::{DType, Device, Result, Tensor, bail};
use indexmap::IndexMap;

use crate::gradients::{Gradient, Gradients};
use crate::random::Random;

mod file;
mod param;
mod report;
mod var_builder;

use self::param::Deposits;
pub use self::param::{NoGrad, Param, ParamSpec, Params, Weight};
pub(crate) use self::param::{Slot, lock};
pub use self::report::{LoadReport, Mismatch};

/// The parameters of a model, by name, in the order in which they were created. Cheap to clone:
/// all clones are the same store.
#[derive(Clone)]
pub struct ParamStore {
    shared: Arc<Shared>,
}

struct Shared {
    device: Device,
    dtype: DType,
    random: Random,
    params: Mutex<IndexMap<Arc<str>, Param>>,
    /// Where a store that was opened from a file takes its values from.
    source: Option<file::Source>,
    mismatched: Mutex<Vec<Mismatch>>,
    backward: Mutex<()>,
    /// How many guards say that forward passes are not to be tracked.
    untracked: Arc<AtomicUsize>,
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

    /// A store that takes its values from a safetensors file, which is mapped, not read: building
    /// the model picks the tensors by name. Ask [`load_report`](Self::load_report) afterwards.
    ///
    /// Tensors of other float types are converted to `F32`. A parameter that the file lacks gets
    /// fresh values drawn from `seed`. While the store lives, the file must not be shortened or
    /// rewritten in place; a file that replaces it does no harm.
    ///
    /// # Errors
    /// If the file cannot be opened or is not a safetensors file.
    pub fn open(path: &Path, device: &Device, seed: u64) -> Result<Self> {
        Ok(Self::build(device, DType::F32, seed, Some(file::Source::open(path)?)))
    }

    fn build(device: &Device, dtype: DType, seed: u64, source: Option<file::Source>) -> Self {
        let shared = Shared {
            device: device.clone(),
            dtype,
            random: Random::new(seed),
            params: Mutex::default(),
            source,
            mismatched: Mutex::default(),
            backward: Mutex::default(),
            untracked: Arc::default(),
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

    /// All parameters in order of creation.
    pub fn params(&self) -> Vec<Param> {
        self.lock_params().values().cloned().collect()
    }

    /// The parameter of this name.
    pub fn get(&self, name: &str) -> Option<Param> {
        self.lock_params().get(name).cloned()
    }

    /// Number of elements of all parameters.
    pub fn n_elements(&self) -> usize {
        self.lock_params().values().map(|param| param.var().elem_count()).sum()
    }

    fn lock_params(&self) -> MutexGuard<'_, IndexMap<Arc<str>, Param>> {
        lock(&self.shared.params)
    }

    /// Creates the parameter `name`, or hands out the one there is (tied weights).
    pub(crate) fn get_or_create(&self, name: &str, spec: &ParamSpec) -> Result<Param> {
        let mut params = self.lock_params();
        if let Some(param) = params.get(name) {
            if param.var().shape() != &spec.shape {
                bail!(
                    "parameter `{name}` exists with shape {:?}, asked for with {:?}",
                    param.var().shape(),
                    spec.shape
                );
            }
            return Ok(param.clone());
        }
        let values = match self.value_from_source(name, spec)? {
            Some(values) => values,
            None => {
                let random = self.shared.random.fork_by_name(name);
                spec.init.tensor(&spec.shape, self.shared.dtype, &self.shared.device, random)?
            }
        };
        let index = params.len();
        let shared = (&self.shared.deposits, &self.shared.untracked);
        let param = Param::new(name.into(), index, &values, spec, shared)?;
        params.insert(name.into(), param.clone());
        Ok(param)
    }

    fn value_from_source(&self, name: &str, spec: &ParamSpec) -> Result<Option<Tensor>> {
        let Some(source) = &self.shared.source else { return Ok(None) };
        let Some(found) = source.shape(name) else { return Ok(None) };
        if found != spec.shape.dims() {
            lock(&self.shared.mismatched).push(Mismatch {
                name: name.into(),
                expected: spec.shape.dims().to_vec(),
                found,
            });
            return Ok(None);
        }
        source.tensor(name, &self.shared.device)?.to_dtype(self.shared.dtype).map(Some)
    }

    /// What building the model found in the file that this store was opened from: what it took,
    /// what it missed, what it left over and whose shape was another. Without a file, everything
    /// is missing.
    pub fn load_report(&self) -> LoadReport {
        let params = self.lock_params();
        let mismatched = lock(&self.shared.mismatched).clone();
        let in_file = |name: &str| {
            self.shared.source.as_ref().is_some_and(|source| source.shape(name).is_some())
        };
        let names = || params.keys().map(ToString::to_string);
        let is_mismatched = |name: &str| mismatched.iter().any(|other| other.name == name);
        let unexpected = match &self.shared.source {
            Some(source) => {
                source.names().filter(|name| !params.contains_key(name.as_str())).collect()
            }
            None => Vec::new(),
        };
        LoadReport {
            loaded: names().filter(|name| in_file(name) && !is_mismatched(name)).collect(),
            missing: names().filter(|name| !in_file(name)).collect(),
            unexpected,
            mismatched,
        }
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

    /// Writes every parameter to a safetensors file with the metadata `{"format": "pt"}` that
    /// Hugging Face's readers ask for. Not atomic: write into a folder that is renamed afterwards.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        file::save(path, &self.params())
    }

    /// Until the guard is dropped, forward passes keep nothing for a backward pass: parameters give
    /// detached tensors. For evaluation.
    pub fn no_grad(&self) -> NoGrad {
        NoGrad::new(&self.shared.untracked)
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

    /// A copy of every parameter's values, in order.
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn snapshot(&self) -> Result<Vec<Tensor>> {
        self.params().iter().map(|param| param.var().as_detached_tensor().copy()).collect()
    }

    /// Puts the values of a [`snapshot`](Self::snapshot) back.
    ///
    /// # Errors
    /// If the snapshot is of another model.
    pub fn restore(&self, snapshot: &[Tensor]) -> Result<()> {
        let params = self.params();
        if params.len() != snapshot.len() {
            bail!("the snapshot has {} tensors, the store {}", snapshot.len(), params.len());
        }
        let mut pairs = params.iter().zip(snapshot);
        if let Some((param, values)) = pairs.find(|(p, values)| p.var().shape() != values.shape()) {
            bail!("the snapshot's {param:?} has shape {:?}", values.shape());
        }
        params.iter().zip(snapshot).try_for_each(|(param, values)| param.var().set(values))
    }
}

impl std::fmt::Debug for ParamStore {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.params()).finish()
    }
}

#[cfg(test)]
mod tests;
