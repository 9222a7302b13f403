//! What an optimizer remembers of each parameter, and the steps, saving and loading that are the
//! same for all optimizers.

use candle_core::{DType, Device, Result, Tensor, Var, bail};
use indexmap::IndexMap;
use rayon::prelude::*;

use super::algorithm::{Algorithm, Slot, Turn};
use crate::gradients::{Gradient, Gradients};
use crate::param_store::{Param, ParamStore};

/// Name of the number of steps among the tensors of a saved state.
const STEP: &str = "step";

/// What an optimizer remembers of the parameters that it has moved: nothing at first. Optimizers
/// fill it themselves; [`Optimizer::state`](super::Optimizer::state) reads it.
#[derive(Default)]
pub struct OptimizerStates {
    /// By place of the parameter in its store; none before its first gradient.
    by_param: Vec<Option<State>>,
}

struct State {
    n_steps: u64,
    dims: Vec<usize>,
    memory: Memory,
}

/// What is kept of one parameter between steps.
pub(super) struct Memory {
    pub(super) values: Values,
    /// Of a parameter with row gradients: the rows that ever had one. Found from the values when
    /// it is first asked for.
    pub(super) touched: Option<Vec<bool>>,
}

/// One array or tensor a slot.
pub(super) enum Values {
    /// Of an `F32` parameter on the CPU, updated by fused passes.
    Fused(Vec<Vec<f32>>),
    /// Of any other, updated by candle's operations.
    Composed(Vec<Tensor>),
}

impl OptimizerStates {
    /// One step of all parameters that have a gradient.
    pub(super) fn step<A: Algorithm>(
        &mut self,
        algorithm: &A,
        store: &ParamStore,
        gradients: &Gradients,
        learning_rate: f64,
    ) -> Result<()> {
        algorithm.validate()?;
        let params = store.params();
        self.by_param.resize_with(params.len().max(self.by_param.len()), || None);
        let mut turns = Vec::new();
        for ((index, param), state) in params.iter().enumerate().zip(&mut self.by_param) {
            let gradient = gradients.get(index).filter(|_| param.is_trainable());
            let Some(gradient) = gradient.filter(|_| param.var().elem_count() > 0) else {
                continue;
            };
            check(A::NAME, param, gradient)?;
            if state.is_none() {
                *state = Some(State::new(algorithm, param.var())?);
            }
            let Some(state) = state else { continue };
            if state.dims != param.var().dims() {
                bail!(
                    "{}: {param:?} had the shape {:?} in the step before; use one optimizer for \
                     one store",
                    A::NAME,
                    state.dims
                );
            }
            let group = algorithm.groups().get(&param.group());
            let weight_decay = group.weight_decay.unwrap_or(algorithm.weight_decay());
            let turn = Turn {
                var: param.var(),
                gradient,
                scale: gradients.scale(),
                learning_rate: learning_rate * group.lr_scale,
                weight_decay: if param.decays() { weight_decay } else { 0. },
                n_steps: state.n_steps + 1,
            };
            turns.push((turn, state));
        }
        let take = |(turn, state): (Turn<'_>, &mut State)| {
            state.n_steps = turn.n_steps;
            algorithm.update(&turn, &mut state.memory)
        };
        // Small parameters go whole to one thread, large ones share out their blocks. candle's own
        // operations have threads of their own.
        if store.device().is_cpu() && store.dtype() == DType::F32 {
            turns.into_par_iter().try_for_each(take)
        } else {
            turns.into_iter().try_for_each(take)
        }
    }

    /// Every number as a named tensor.
    pub(super) fn save<A: Algorithm>(
        &self,
        algorithm: &A,
        store: &ParamStore,
    ) -> Result<Vec<(String, Tensor)>> {
        let mut tensors = Vec::new();
        for (param, state) in store.params().iter().zip(&self.by_param) {
            let Some(state) = state else { continue };
            let n_steps = Tensor::new(state.n_steps as i64, store.device())?;
            tensors.push((format!("{}.{STEP}", param.name()), n_steps));
            for (place, slot) in algorithm.slots(&state.dims).iter().enumerate() {
                let tensor = state.memory.tensor(place, &slot.shape, store.device())?;
                tensors.push((format!("{}.{}", param.name(), slot.name), tensor));
            }
        }
        Ok(tensors)
    }

    /// What [`save`](Self::save) gave, for the parameters of this store.
    pub(super) fn load<A: Algorithm>(
        algorithm: &A,
        store: &ParamStore,
        tensors: &[(String, Tensor)],
    ) -> Result<Self> {
        let mut left: IndexMap<&str, &Tensor> =
            tensors.iter().map(|(name, tensor)| (name.as_str(), tensor)).collect();
        let mut by_param = Vec::new();
        for param in store.params() {
            let state = match left.shift_remove(format!("{}.{STEP}", param.name()).as_str()) {
                Some(n_steps) => Some(State::load(algorithm, &param, n_steps, &mut left)?),
                None => None,
            };
            by_param.push(state);
        }
        if let Some(name) = left.keys().next() {
            bail!(
                "{}: the state has `{name}` and {} more tensors that belong to no parameter of \
                 the store, or to another optimizer or setting",
                A::NAME,
                left.len() - 1
            );
        }
        Ok(Self { by_param })
    }
}

impl std::fmt::Debug for OptimizerStates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "States of {} parameters", self.by_param.iter().flatten().count())
    }
}

impl State {
    fn new<A: Algorithm>(algorithm: &A, var: &Var) -> Result<Self> {
        let slots = algorithm.slots(var.dims());
        let values = if is_fused(var) {
            let array = |slot: &Slot| vec![slot.start as f32; slot.shape.iter().product()];
            Values::Fused(slots.iter().map(array).collect())
        } else {
            let tensor = |slot: &Slot| {
                Tensor::full(slot.start, slot.shape.as_slice(), var.device())?.to_dtype(var.dtype())
            };
            Values::Composed(slots.iter().map(tensor).collect::<Result<_>>()?)
        };
        let memory = Memory { values, touched: None };
        Ok(Self { n_steps: 0, dims: var.dims().to_vec(), memory })
    }

    fn load<A: Algorithm>(
        algorithm: &A,
        param: &Param,
        n_steps: &Tensor,
        left: &mut IndexMap<&str, &Tensor>,
    ) -> Result<Self> {
        let var = param.var();
        let mut tensors = Vec::new();
        for slot in algorithm.slots(var.dims()) {
            let name = format!("{}.{}", param.name(), slot.name);
            match left.shift_remove(name.as_str()) {
                Some(tensor) if tensor.dims() == slot.shape => tensors.push(
                    tensor.to_device(var.device())?.to_dtype(var.dtype())?.force_contiguous()?,
                ),
                Some(tensor) => bail!(
                    "{}: `{name}` has the shape {:?}, expected {:?}",
                    A::NAME,
                    tensor.dims(),
                    slot.shape
                ),
                None => bail!("{}: the state has no `{name}`", A::NAME),
            }
        }
        let values = if is_fused(var) {
            let array = |tensor: Tensor| tensor.flatten_all()?.to_vec1();
            Values::Fused(tensors.into_iter().map(array).collect::<Result<_>>()?)
        } else {
            Values::Composed(tensors)
        };
        let n_steps = n_steps.to_dtype(DType::I64)?.to_scalar::<i64>()?;
        let Ok(n_steps) = u64::try_from(n_steps) else {
            bail!("{}: {param:?} has taken {n_steps} steps", A::NAME)
        };
        let memory = Memory { values, touched: None };
        Ok(Self { n_steps, dims: var.dims().to_vec(), memory })
    }
}

impl Memory {
    fn tensor(&self, place: usize, shape: &[usize], device: &Device) -> Result<Tensor> {
        match &self.values {
            Values::Fused(arrays) => Tensor::from_slice(&arrays[place], shape, device),
            // A later step makes new tensors and leaves these as they are.
            Values::Composed(tensors) => Ok(tensors[place].clone()),
        }
    }
}

fn is_fused(var: &Var) -> bool {
    var.device().is_cpu() && var.dtype() == DType::F32
}

/// Refuses a gradient that does not fit its parameter.
fn check(op: &'static str, param: &Param, gradient: &Gradient) -> Result<()> {
    let dims = param.var().dims();
    match gradient {
        Gradient::Dense(values) if values.dims() != dims => {
            bail!("{op}: the gradient of {param:?} has the shape {:?}", values.dims())
        }
        Gradient::Rows(gradient) => {
            let fits = matches!(dims, &[n_rows, dim]
                if gradient.values.dims() == [gradient.rows.len(), dim]
                    && gradient.rows.last().is_none_or(|&last| (last as usize) < n_rows));
            if !fits || !gradient.rows.is_sorted_by(|a, b| a < b) {
                bail!(
                    "{op}: the gradient of {param:?} must have rising rows below the parameter's \
                     first dimension, got {} rows with values {:?}",
                    gradient.rows.len(),
                    gradient.values.dims()
                );
            }
            Ok(())
        }
        Gradient::Dense(_) => Ok(()),
    }
}
