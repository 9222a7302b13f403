//! Low-rank adapters (LoRA; Hu et al., 2021, arXiv:2106.09685): beside a frozen weight `W` two small
//! trained ones, `y = x · Wᵀ + s · (drop(x) · Aᵀ) · Bᵀ`, with PEFT's config and files.
//!
//! A model whose config has a [`LoraConfig`] is built with adapters on the maps that it names; all
//! else but `modules_to_save` is frozen, and costs neither gradients nor memory for them.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use candle_core::{Result, Tensor};
use sconce_ops::{Init, Mode, Param, ParamSpec, ParamStore, Params, dropout, linear, matmul};

mod config;
pub(crate) mod peft;

pub use self::config::{LoraConfig, TargetModules};

/// The adapter of one map.
#[derive(Debug, Clone)]
pub(crate) struct Adapter {
    weight: Param,
    /// `(rank, n_in)`.
    a: Param,
    /// `(n_out, rank)`.
    b: Param,
    scale: f64,
    dropout: f64,
    is_merged: Arc<AtomicBool>,
}

impl Adapter {
    /// Whether the weight holds the product already.
    pub(crate) fn is_merged(&self) -> bool {
        self.is_merged.load(Ordering::Relaxed)
    }

    /// What it adds to the map's output.
    ///
    /// # Shapes
    /// - x: `(n, n_in)`; output: `(n, n_out)`
    pub(crate) fn forward(&self, x: &Tensor, mode: Mode) -> Result<Tensor> {
        let x = dropout(x, self.dropout, mode)?;
        linear(&linear(&x, &self.a, None)?, &self.b, None)? * self.scale
    }

    /// Adds the product to the weight, `sign` times.
    fn add_to_weight(&self, sign: f64) -> Result<()> {
        let (a, b) = (self.a.var().as_detached_tensor(), self.b.var().as_detached_tensor());
        let product = (matmul(&b, &a)? * (sign * self.scale))?;
        self.weight.var().set(&(self.weight.var().as_detached_tensor() + product)?)
    }
}

/// The adapters of a model. Cheap to clone: clones are the same adapters.
#[derive(Debug, Clone)]
pub struct Adapters {
    config: Arc<LoraConfig>,
    made: Arc<Mutex<Made>>,
    is_merged: Arc<AtomicBool>,
}

/// What building the model made and passed by.
#[derive(Debug, Default)]
struct Made {
    adapters: Vec<Adapter>,
    /// Scopes of all maps that could have one.
    maps: Vec<String>,
}

impl Adapters {
    pub(crate) fn new(config: &LoraConfig) -> Self {
        let is_merged = Arc::default();
        Self { config: Arc::new(config.clone()), made: Arc::default(), is_merged }
    }

    /// Ranks, scales and targets.
    pub fn config(&self) -> &LoraConfig {
        &self.config
    }

    /// The adapter of the map in `scope`, if it is to have one.
    pub(crate) fn of(
        &self,
        scope: &Params,
        weight: &Param,
        is_of_head: bool,
    ) -> Result<Option<Adapter>> {
        let name = weight.name().strip_suffix(".weight").unwrap_or(weight.name());
        if self.config.modules_to_save().any(|module| is_within(weight.name(), module)) {
            return Ok(None);
        }
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        made.maps.push(name.to_owned());
        if !self.config.targets(name, is_of_head) {
            return Ok(None);
        }
        let (n_out, n_in) = weight.var().dims2()?;
        let rank = self.config.rank_of(name);
        let a = ParamSpec::new((rank, n_in), Init::TorchLinear);
        let b = ParamSpec::new((n_out, rank), Init::Constant(0.));
        let adapter = Adapter {
            weight: weight.clone(),
            a: scope.pp("lora_A").get("weight", a)?,
            b: scope.pp("lora_B").get("weight", b)?,
            scale: self.config.scale_of(name),
            dropout: self.config.lora_dropout,
            is_merged: self.is_merged.clone(),
        };
        made.adapters.push(adapter.clone());
        Ok(Some(adapter))
    }

    /// Freezes all but adapters and the modules that are trained whole. Fails if a target is no
    /// map of the model, or a module to save none of its modules.
    pub(crate) fn finish(&self, store: &ParamStore) -> std::result::Result<(), String> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        self.config.check_targets(&made.maps)?;
        // PEFT names the modules of several families, of which a model has one.
        let is_absent =
            |module| !store.params().iter().any(|param| is_within(param.name(), module));
        let mut modules = self.config.modules_to_save().peekable();
        if modules.peek().is_some() && modules.all(is_absent) {
            let names = self.config.modules_to_save().collect::<Vec<_>>().join(", ");
            return Err(format!("modules_to_save: the model has none of the modules {names}"));
        }
        for param in store.params() {
            param.set_trainable(self.owns(&param));
        }
        Ok(())
    }

    /// Names of the maps that have an adapter.
    fn names(&self) -> Vec<String> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        let names = made.adapters.iter().map(|adapter| adapter.weight.name());
        names.map(|name| name.strip_suffix(".weight").unwrap_or(name).to_owned()).collect()
    }

    /// Whether an adapter's file holds a parameter: factors, and modules that are trained whole.
    pub(crate) fn owns(&self, param: &Param) -> bool {
        let name = param.name();
        name.ends_with(".lora_A.weight")
            || name.ends_with(".lora_B.weight")
            || self.config.modules_to_save().any(|module| is_within(name, module))
    }

    /// Whether the products are in the weights.
    pub fn is_merged(&self) -> bool {
        self.is_merged.load(Ordering::Relaxed)
    }

    /// Adds each product to its weight: the model computes the same without a second path. Nothing
    /// happens if that is so already.
    ///
    /// # Errors
    /// If a tensor operation fails.
    pub fn merge(&self) -> Result<()> {
        self.add(true)
    }

    /// Takes the products out of the weights again, which are then what they were but for rounding.
    ///
    /// # Errors
    /// If a tensor operation fails.
    pub fn unmerge(&self) -> Result<()> {
        self.add(false)
    }

    fn add(&self, merged: bool) -> Result<()> {
        let made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        if self.is_merged.swap(merged, Ordering::Relaxed) == merged {
            return Ok(());
        }
        let sign = if merged { 1. } else { -1. };
        made.adapters.iter().try_for_each(|adapter| adapter.add_to_weight(sign))
    }
}

/// Whether a parameter is of a module, as PEFT matches names: the module's name is the last part of
/// a scope of the parameter's.
fn is_within(param: &str, module: &str) -> bool {
    let scope = format!(".{param}");
    scope.contains(&format!(".{module}."))
}

#[cfg(test)]
mod tests;
