//! Memory for time: a part of the model whose activations are not kept but computed again when its
//! gradient is due (Chen et al., 2016, *Training deep nets with sublinear memory cost*,
//! arXiv:1604.06174).

use std::collections::HashSet;
use std::sync::Mutex;

use candle_core::backend::BackendStorage;
use candle_core::{
    CpuStorage, CudaStorage, CustomOp2, Layout, MetalStorage, Result, Shape, Storage, Tensor, Var,
    bail,
};

use crate::gradients::Gradient;
use crate::param_store::{ParamStore, lock};

/// Gives `f(x)`, keeping only `x` and the result: the backward pass runs `f` a second time.
///
/// Values and gradients, of `x` and of every parameter of the store that `f` uses, are those of
/// `f(x)` itself. `f` must give the same result twice, which dropout with a [`Mode`](crate::Mode)
/// does, and the parameters must not change before the backward pass. It may call `checkpoint`
/// itself. Where no gradient can be asked for, this is `f(x)` and nothing more.
///
/// ```
/// # use candle_core::{Device, Result, Tensor};
/// # use sconce_ops::*;
/// # fn main() -> Result<()> {
/// let store = ParamStore::new(&Device::Cpu, 42);
/// let [up, down] = [("up", (2, 64)), ("down", (64, 2))].map(|(name, (n_in, n_out))| {
///     store.root().pp(name).get("weight", ParamSpec::linear_weight(n_in, n_out))
/// });
/// let (up, down) = (up?, down?);
/// let x = Tensor::new(&[[1f32, -2.]], &Device::Cpu)?;
/// let y = checkpoint(&store, &x, move |x| linear(&linear(x, &up, None)?.relu()?, &down, None))?;
/// assert!(store.backward(&y.sqr()?.sum_all()?)?.get(0).is_some());
/// # Ok(())
/// # }
/// ```
///
/// # Shapes
/// - x: what `f` takes
/// - output: what `f` gives
///
/// # Errors
/// If `f` fails. The backward pass fails if `f` uses a variable that is neither `x` nor a parameter
/// of the store, whose gradient would be lost, or gives another shape the second time.
pub fn checkpoint(
    store: &ParamStore,
    x: &Tensor,
    f: impl Fn(&Tensor) -> Result<Tensor> + Send + Sync + 'static,
) -> Result<Tensor> {
    // candle records an operation only if it has an argument that is tracked, which `x` need not
    // be: a parameter that has a gradient stands for all.
    let anchor = store.params().into_iter().find(|param| param.is_tracked());
    let anchor = match anchor {
        Some(param) => param.tensor(),
        None if x.track_op() => x.clone(),
        None => return f(x),
    };
    let output = {
        let _untracked = store.no_grad();
        f(&x.detach())?.detach()
    };
    let is_whole = output.is_contiguous() && output.layout().start_offset() == 0;
    let output = if is_whole { output } else { output.force_contiguous()? };
    let op = Recompute { store: store.clone(), f: Box::new(f), output: Mutex::new(Some(output)) };
    x.apply_op2(&anchor, op)
}

type Function = Box<dyn Fn(&Tensor) -> Result<Tensor> + Send + Sync>;

struct Recompute {
    store: ParamStore,
    f: Function,
    /// What the forward pass gives, until it has.
    output: Mutex<Option<Tensor>>,
}

/// A copy of the output in the storage of a backend.
macro_rules! forward {
    ($self:expr, $backend:ident) => {{
        let Some(output) = lock(&$self.output).take() else {
            bail!("{}: one operation cannot run forward twice", $self.name())
        };
        let (storage, layout) = output.storage_and_layout();
        match &*storage {
            Storage::$backend(storage) => Ok((storage.try_clone(layout)?, layout.shape().clone())),
            _ => bail!("{}: the function must give a tensor on the device of x", $self.name()),
        }
    }};
}

impl CustomOp2 for Recompute {
    fn name(&self) -> &'static str {
        "checkpoint"
    }

    fn cpu_fwd(
        &self,
        _: &CpuStorage,
        _: &Layout,
        _: &CpuStorage,
        _: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        forward!(self, Cpu)
    }

    fn cuda_fwd(
        &self,
        _: &CudaStorage,
        _: &Layout,
        _: &CudaStorage,
        _: &Layout,
    ) -> Result<(CudaStorage, Shape)> {
        forward!(self, Cuda)
    }

    fn metal_fwd(
        &self,
        _: &MetalStorage,
        _: &Layout,
        _: &MetalStorage,
        _: &Layout,
    ) -> Result<(MetalStorage, Shape)> {
        forward!(self, Metal)
    }

    fn bwd(
        &self,
        x: &Tensor,
        _: &Tensor,
        _: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let variable = x.track_op().then(|| Var::from_tensor(&x.detach())).transpose()?;
        let input = variable.as_ref().map_or_else(|| x.detach(), |v| v.as_tensor().clone());
        let output = {
            let _tracked = self.store.tracked();
            (self.f)(&input)?
        };
        if output.shape() != gradient.shape() {
            bail!(
                "{}: the function gave shape {:?} in the forward pass and {:?} in the backward pass",
                self.name(),
                gradient.shape(),
                output.shape()
            );
        }
        // The gradient of this sum by the output is the gradient that came, to the bit.
        let sum = (output * gradient)?.sum_all()?;
        let mut gradients = if sum.track_op() {
            self.expect_own_variables(&sum, variable.as_ref())?;
            Some(sum.backward()?)
        } else {
            None
        };
        for param in self.store.params() {
            let found = gradients.as_mut().and_then(|found| found.remove(param.var()));
            if let Some(gradient) = found {
                param.slot().deposit(Gradient::Dense(gradient));
            }
        }
        let of_input = variable.map(|variable| {
            let found = gradients.as_mut().and_then(|found| found.remove(&variable));
            // candle expects a gradient for each input that is tracked, used or not.
            found.map_or_else(|| variable.zeros_like(), Ok)
        });
        Ok((of_input.transpose()?, None))
    }
}

impl Recompute {
    /// Fails if a gradient would be lost: only those of the input and the store's parameters have
    /// somewhere to go.
    fn expect_own_variables(&self, sum: &Tensor, input: Option<&Var>) -> Result<()> {
        let params = self.store.params();
        let own: HashSet<_> =
            params.iter().map(|param| param.var().id()).chain(input.map(|var| var.id())).collect();
        let nodes = sum.sorted_nodes();
        match nodes.iter().find(|node| node.is_variable() && !own.contains(&node.id())) {
            Some(stranger) => bail!(
                "{}: the function uses a variable of shape {:?} that is not of the store, so its \
                 gradient would be lost; make it a parameter of the store",
                self.name(),
                stranger.shape()
            ),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests;
