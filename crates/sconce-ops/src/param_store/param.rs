//! One parameter, how it is asked for, and the scope in which its name is built.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use candle_core::{Result, Shape, Tensor, Var, bail};

use super::ParamStore;
use super::no_grad::StoreId;
use crate::gradients::Gradient;
use crate::init::Init;
use crate::random::Random;

/// Gradients that operations left for their parameters, by place in the store.
pub(crate) type Deposits = Arc<Mutex<Vec<(usize, Gradient)>>>;

/// Locks a mutex also after a panic elsewhere: no invariant of this crate spans two writes.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a layer asks of a parameter: shape, initial values and how it is trained.
#[derive(Debug, Clone)]
pub struct ParamSpec {
    pub(super) shape: Shape,
    pub(super) init: Init,
    decay: bool,
    trainable: bool,
    pub(super) transposed: bool,
    group: Arc<str>,
    may_be_zero: Option<&'static str>,
}

impl ParamSpec {
    /// A trainable parameter with weight decay.
    pub fn new(shape: impl Into<Shape>, init: Init) -> Self {
        Self {
            shape: shape.into(),
            init,
            decay: true,
            trainable: true,
            transposed: false,
            group: "".into(),
            may_be_zero: None,
        }
    }

    /// With other initial values.
    #[must_use]
    pub fn init(self, init: Init) -> Self {
        Self { init, ..self }
    }

    /// Never decayed, whatever the optimizer's weight decay (biases and norms).
    #[must_use]
    pub fn no_decay(self) -> Self {
        Self { decay: false, ..self }
    }

    /// Trained or not.
    #[must_use]
    pub fn trainable(self, trainable: bool) -> Self {
        Self { trainable, ..self }
    }

    /// A matrix that files hold transposed, such as the `(n_in, n_out)` weights of GPT-2's linear
    /// layers: it is read and written so. Everything else sees the shape that was asked for, be it
    /// gradients, snapshots or the state of an optimizer.
    ///
    /// ```
    /// # use candle_core::{Device, Result};
    /// # use sconce_ops::{ParamSpec, ParamStore};
    /// # fn main() -> Result<()> {
    /// let store = ParamStore::new(&Device::Cpu, 42);
    /// let weight = store.root().get("c_fc.weight", ParamSpec::linear_weight(2, 8).transposed())?;
    /// assert_eq!(weight.var().dims(), [8, 2]); // in a file, (2, 8)
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { transposed: true, ..self }
    }

    /// In the group of this name (see [`Param::group`]).
    #[must_use]
    pub fn group(self, name: &str) -> Self {
        Self { group: name.into(), ..self }
    }

    /// Allows an all-zero gradient, for this reason; [`GradientAudit`](crate::GradientAudit)
    /// refuses it otherwise.
    #[must_use]
    pub fn may_be_zero(self, reason: &'static str) -> Self {
        Self { may_be_zero: Some(reason), ..self }
    }
}

/// A named parameter. Cheap to clone: all clones are the same parameter.
#[derive(Clone)]
pub struct Param {
    shared: Arc<SharedParam>,
}

struct SharedParam {
    name: Arc<str>,
    index: usize,
    var: Var,
    /// What its fresh values are drawn from; none if they were given.
    init: Option<Init>,
    decay: bool,
    is_transposed: bool,
    trainable: AtomicBool,
    group: Mutex<Arc<str>>,
    may_be_zero: Option<&'static str>,
    deposits: Deposits,
    store: StoreId,
}

impl Param {
    pub(super) fn new(
        name: Arc<str>,
        index: usize,
        var: Var,
        spec: &ParamSpec,
        (deposits, store): (&Deposits, StoreId),
    ) -> Self {
        let shared = SharedParam {
            name,
            index,
            var,
            init: spec.init.is_drawn().then(|| spec.init.clone()),
            decay: spec.decay,
            is_transposed: spec.transposed,
            trainable: AtomicBool::new(spec.trainable),
            group: Mutex::new(spec.group.clone()),
            may_be_zero: spec.may_be_zero,
            deposits: deposits.clone(),
            store,
        };
        Self { shared: Arc::new(shared) }
    }

    /// Full name, with the prefixes of its scopes.
    pub fn name(&self) -> &str {
        &self.shared.name
    }

    /// The values, as a tensor for a forward pass: tracked by autograd if the parameter is
    /// trainable, detached (and so free of any backward cost) if not or under
    /// [`no_grad`](ParamStore::no_grad).
    pub fn tensor(&self) -> Tensor {
        if self.is_tracked() {
            self.shared.var.as_tensor().clone()
        } else {
            self.shared.var.as_detached_tensor()
        }
    }

    /// The variable itself.
    pub fn var(&self) -> &Var {
        &self.shared.var
    }

    /// Draws fresh values, as a store of this seed would have drawn them for this name: the top
    /// layers of a pretrained model may do better from there (Zhang et al., 2021,
    /// arXiv:2006.05987). What an optimizer has on it stays.
    ///
    /// ```
    /// # use candle_core::{Device, Result};
    /// # use sconce_ops::{ParamSpec, ParamStore};
    /// # fn main() -> Result<()> {
    /// # let store = ParamStore::new(&Device::Cpu, 1);
    /// # store.root().pp("encoder.layer.11").get("weight", ParamSpec::linear_weight(3, 2))?;
    /// for param in store.matching("encoder.layer.11.*")? {
    ///     param.reinitialize(42)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If its initial values were given ([`Init::Values`]) instead of drawn.
    pub fn reinitialize(&self, seed: u64) -> Result<()> {
        let (name, var) = (self.name(), self.var());
        let Some(init) = &self.shared.init else {
            bail!("parameter `{name}` was given its initial values; none can be drawn anew");
        };
        let random = Random::new(seed).fork_by_name(name);
        let fresh = init.var(var.shape(), var.dtype(), var.device(), random)?;
        var.set(&fresh.as_detached_tensor())
    }

    /// Whether a training step changes it.
    pub fn is_trainable(&self) -> bool {
        self.shared.trainable.load(Ordering::Relaxed)
    }

    /// Whether a forward pass of this thread keeps what its gradient needs.
    pub(crate) fn is_tracked(&self) -> bool {
        self.is_trainable() && !self.shared.store.is_untracked()
    }

    /// Where its gradient may be left.
    pub(crate) fn slot(&self) -> Slot {
        Slot { index: self.shared.index, deposits: self.shared.deposits.clone() }
    }

    /// Freezes or unfreezes it, from the next forward pass on.
    pub fn set_trainable(&self, trainable: bool) {
        self.shared.trainable.store(trainable, Ordering::Relaxed);
    }

    /// Whether weight decay applies.
    pub fn decays(&self) -> bool {
        self.shared.decay
    }

    /// Whether files hold it [transposed](ParamSpec::transposed).
    pub fn is_transposed(&self) -> bool {
        self.shared.is_transposed
    }

    /// Name of the group whose settings an optimizer trains it with; empty if it is in none.
    pub fn group(&self) -> Arc<str> {
        lock(&self.shared.group).clone()
    }

    /// Puts it into the group of this name, from the next step of an optimizer on.
    pub fn set_group(&self, name: &str) {
        *lock(&self.shared.group) = name.into();
    }

    /// Why an all-zero gradient is no error, if it is none.
    pub fn may_be_zero(&self) -> Option<&'static str> {
        self.shared.may_be_zero
    }
}

impl std::fmt::Debug for Param {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {:?}", self.name(), self.var().shape())
    }
}

/// Names parameters under a prefix, as candle's `VarBuilder` does.
#[derive(Debug, Clone)]
pub struct Params {
    store: ParamStore,
    prefix: String,
}

impl Params {
    pub(super) fn new(store: ParamStore, prefix: String) -> Self {
        Self { store, prefix }
    }

    /// The scope `prefix.name`.
    #[must_use]
    pub fn pp(&self, name: impl std::fmt::Display) -> Self {
        Self::new(self.store.clone(), self.path(name))
    }

    /// The parameter `prefix.name`: created if it is new, else the one there is.
    ///
    /// # Errors
    /// If it exists with another shape, or its initial values do not fit the shape.
    pub fn get(&self, name: &str, spec: ParamSpec) -> Result<Param> {
        self.store.get_or_create(&self.path(name), &spec)
    }

    /// The store that the parameters live in.
    pub fn store(&self) -> &ParamStore {
        &self.store
    }

    pub(super) fn path(&self, name: impl std::fmt::Display) -> String {
        if self.prefix.is_empty() { name.to_string() } else { format!("{}.{name}", self.prefix) }
    }
}

/// A weight that an operation is called with: a [`Param`], whose gradient goes straight to its
/// store, or any candle tensor, whose gradient goes the usual way through candle's `GradStore`.
#[derive(Clone)]
pub struct Weight {
    tensor: Tensor,
    slot: Option<Slot>,
}

impl Weight {
    /// The values, tracked by autograd if they are to be trained.
    pub fn tensor(&self) -> &Tensor {
        &self.tensor
    }

    pub(crate) fn slot(&self) -> Option<Slot> {
        self.slot.clone()
    }
}

impl From<&Param> for Weight {
    fn from(param: &Param) -> Self {
        Self { tensor: param.tensor(), slot: param.is_tracked().then(|| param.slot()) }
    }
}

impl From<&Tensor> for Weight {
    fn from(tensor: &Tensor) -> Self {
        Self { tensor: tensor.clone(), slot: None }
    }
}

/// Where the backward pass of an operation leaves a parameter's gradient for
/// [`ParamStore::backward`] to collect.
#[derive(Clone)]
pub(crate) struct Slot {
    index: usize,
    deposits: Deposits,
}

impl Slot {
    pub(crate) fn deposit(&self, gradient: Gradient) {
        lock(&self.deposits).push((self.index, gradient));
    }

    /// Leaves the gradient here if there is a slot, else hands it to candle.
    pub(crate) fn deposit_or_return(slot: Option<&Self>, gradient: Tensor) -> Option<Tensor> {
        match slot {
            Some(slot) => {
                slot.deposit(Gradient::Dense(gradient));
                None
            }
            None => Some(gradient),
        }
    }
}

#[cfg(test)]
mod tests;
