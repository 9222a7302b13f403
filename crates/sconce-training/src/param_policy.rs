//! Which parameters are trained, and with which learning rate and weight decay.
//!
//! Layer-wise decay of the learning rate: Howard and Ruder (2018, arXiv:1801.06146), as in ELECTRA
//! (Clark et al., 2020, arXiv:2003.10555).

use sconce_ops::{Param, ParamGroup, ParamGroups, ParamStore};
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::layers::{Layers, Place};
use crate::name_pattern::{is_named, named};

/// Which parameters are trained, and how. Biases and norms are never decayed anyway: their
/// [`ParamSpec`](sconce_ops::ParamSpec) says so.
///
/// Patterns are names (`classifier.weight`), scopes (`bert.encoder.layer.0`) or have a `*` for any
/// text (`*.bias`).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParamPolicy {
    /// Patterns of parameters that are not trained.
    pub freeze: Vec<String>,
    /// Trains only the last so many numbered layers and what stands above them.
    pub unfreeze_last: Option<usize>,
    /// Factor of the learning rate from each layer to the one below it; the head has factor 1, the
    /// embeddings the smallest.
    pub layer_decay: f64,
    /// Factor of the learning rate of the head.
    pub head_lr_scale: f64,
    /// Patterns of parameters whose weights never decay, beside those that never do.
    pub no_decay: Vec<String>,
    /// Settings for some parameters. All that fit a parameter have effect: factors are multiplied,
    /// of weight decays the last one counts.
    pub groups: Vec<NamedGroup>,
}

/// Settings of the parameters that a pattern names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NamedGroup {
    /// The pattern.
    pub pattern: String,
    /// Factor of the learning rate.
    #[serde(default = "one")]
    pub lr_scale: f64,
    /// Replaces the optimizer's weight decay.
    #[serde(default)]
    pub weight_decay: Option<f64>,
}

fn one() -> f64 {
    1.
}

impl Default for ParamPolicy {
    /// Everything is trained with the same settings.
    fn default() -> Self {
        Self {
            freeze: Vec::new(),
            unfreeze_last: None,
            layer_decay: 1.,
            head_lr_scale: 1.,
            no_decay: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl ParamPolicy {
    /// Freezes parameters of the store, puts others into groups, and gives the settings of the
    /// groups to the optimizer that is to train them. Nothing is thawed, and applying it twice is
    /// applying it once.
    ///
    /// # Errors
    /// If a pattern names no parameter, there are fewer layers than asked for or none, a setting is
    /// out of its range, or nothing is left to train.
    pub fn apply(&self, store: &ParamStore) -> Result<ParamGroups> {
        self.validate(store)?;
        let layers = Layers::of(store);
        self.freeze(store, &layers)?;
        let mut groups = ParamGroups::default();
        for (param, place) in layers.params() {
            let (name, group) = self.group(param, *place, &layers);
            if group != ParamGroup::default() {
                param.set_group(&name);
                groups = groups.with(name, group);
            }
        }
        Ok(groups)
    }

    fn validate(&self, store: &ParamStore) -> Result<()> {
        let factors =
            self.groups.iter().map(|group| ("the learning-rate factor of a group", group.lr_scale));
        let factors = factors.chain([("the learning-rate factor of the head", self.head_lr_scale)]);
        for (name, value) in factors {
            if !(value.is_finite() && value >= 0.) {
                return Err(Error::Setting { name, value, expected: "a number of at least 0" });
            }
        }
        for value in self.groups.iter().filter_map(|group| group.weight_decay) {
            if !(value.is_finite() && value >= 0.) {
                let (name, expected) = ("the weight decay of a group", "a number of at least 0");
                return Err(Error::Setting { name, value, expected });
            }
        }
        let value = self.layer_decay;
        if !(value > 0. && value <= 1.) {
            let expected = "a number above 0, and at most 1";
            return Err(Error::Setting { name: "the layer decay", value, expected });
        }
        let patterns = self.no_decay.iter().chain(self.groups.iter().map(|group| &group.pattern));
        for pattern in patterns {
            named(pattern, store)?;
        }
        let layers = Layers::of(store);
        if self.layer_decay < 1. && layers.n_layers() == 0 {
            return Err(Error::TooFewLayers { asked: 1, n_layers: 0 });
        }
        let has_head = layers.params().iter().any(|(_, place)| *place == Place::Head);
        if self.head_lr_scale != 1. && !has_head {
            return Err(Error::NoHead);
        }
        Ok(())
    }

    /// Nothing is frozen unless all of it can be.
    fn freeze(&self, store: &ParamStore, layers: &Layers) -> Result<()> {
        let mut frozen = Vec::new();
        for pattern in &self.freeze {
            frozen.extend(named(pattern, store)?);
        }
        if let Some(n) = self.unfreeze_last {
            frozen.extend(layers.below_last(n)?);
        }
        let is_frozen = |param: &Param| frozen.iter().any(|other| other.name() == param.name());
        if !store.params().iter().any(|param| param.is_trainable() && !is_frozen(param)) {
            return Err(Error::NothingToTrain);
        }
        frozen.iter().for_each(|param| param.set_trainable(false));
        Ok(())
    }

    /// The name and the settings of a parameter's group.
    fn group(&self, param: &Param, place: Place, layers: &Layers) -> (String, ParamGroup) {
        let below = layers.n_layers() + 1 - layers.depth(place);
        let mut group =
            ParamGroup { lr_scale: self.layer_decay.powi(below as i32), weight_decay: None };
        let mut name = match place {
            Place::Embeddings => "embeddings".to_owned(),
            Place::Layer(layer) => format!("layer {layer}"),
            Place::Top => "top".to_owned(),
            Place::Head => "head".to_owned(),
        };
        if place == Place::Head {
            group.lr_scale *= self.head_lr_scale;
        }
        for named in self.groups.iter().filter(|named| is_named(&named.pattern, param.name())) {
            group.lr_scale *= named.lr_scale;
            group.weight_decay = named.weight_decay.or(group.weight_decay);
            name += &format!(", {}", named.pattern);
        }
        if self.no_decay.iter().any(|pattern| is_named(pattern, param.name())) {
            group.weight_decay = Some(0.);
            name += ", no decay";
        }
        (name, group)
    }
}

#[cfg(test)]
mod tests;
