//! Where each parameter stands in a network, read from its name.
//!
//! Transformers number their layers: `bert.encoder.layer.3.output.dense.weight`, `h.3.attn`,
//! `model.layers.3.mlp`. Below them are the embeddings, above them norms, poolers and heads.

use std::collections::BTreeSet;

use sconce_ops::{Param, ParamStore};

use crate::error::{Error, Result};

/// Scopes whose children are numbered layers.
const NUMBERED: [&str; 5] = ["layer", "layers", "h", "block", "blocks"];

/// Scopes of Hugging Face's heads, outside of the network that they stand on.
const HEADS: [&str; 14] = [
    "classifier",
    "pre_classifier",
    "score",
    "qa_outputs",
    "lm_head",
    "cls",
    "predictions",
    "generator_predictions",
    "discriminator_predictions",
    "vocab_transform",
    "vocab_layer_norm",
    "vocab_projector",
    "classification_head",
    "head",
];

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Place {
    /// In the embeddings, below all layers.
    Embeddings,
    /// In a layer, from 0.
    Layer(usize),
    /// Above all layers, in the network that stands on them: its last norm, a pooler.
    Top,
    /// In the head: of the task, not of the network below it.
    Head,
}

impl Place {
    /// Where the parameter of this name stands.
    pub fn of(name: &str) -> Self {
        let scopes: Vec<&str> = name.split('.').collect();
        let numbered = scopes.windows(2).find_map(|pair| {
            let number = pair[1].parse().ok();
            number.filter(|_| NUMBERED.contains(&pair[0]))
        });
        // Adapters put scopes of their own before the name.
        let outermost = scopes.iter().find(|scope| !["base_model", "model"].contains(*scope));
        if outermost.is_some_and(|scope| HEADS.contains(scope)) {
            Self::Head
        } else if let Some(layer) = numbered {
            Self::Layer(layer)
        } else if scopes.iter().any(|scope| is_embedding(scope)) {
            Self::Embeddings
        } else {
            Self::Top
        }
    }
}

fn is_embedding(scope: &str) -> bool {
    let ends = ["embedding", "embeddings"];
    matches!(scope, "wte" | "wpe")
        || scope.starts_with("embed")
        || ends.iter().any(|end| scope.ends_with(end))
}

/// The numbered layers of a network.
#[derive(Debug, Clone)]
pub struct Layers {
    params: Vec<(Param, Place)>,
    n_layers: usize,
}

impl Layers {
    /// Those of a store's parameters.
    pub fn of(store: &ParamStore) -> Self {
        let params: Vec<(Param, Place)> = store
            .params()
            .into_iter()
            .map(|param| {
                let place = Place::of(param.name());
                (param, place)
            })
            .collect();
        let numbers: BTreeSet<usize> =
            params.iter().filter_map(|(_, place)| place.layer()).collect();
        Self { params, n_layers: numbers.last().map_or(0, |last| last + 1) }
    }

    /// How many there are.
    pub fn n_layers(&self) -> usize {
        self.n_layers
    }

    /// Every parameter and its place.
    pub fn params(&self) -> &[(Param, Place)] {
        &self.params
    }

    /// How high a place is: 0 for the embeddings, `n + 1` for layer `n`, one more than the last
    /// layer for what stands above it.
    pub fn depth(&self, place: Place) -> usize {
        match place {
            Place::Embeddings => 0,
            Place::Layer(layer) => layer + 1,
            Place::Top | Place::Head => self.n_layers + 1,
        }
    }

    /// The parameters below the last `n` layers: the embeddings and the layers before these.
    ///
    /// # Errors
    /// If there are fewer layers.
    pub fn below_last(&self, n: usize) -> Result<Vec<Param>> {
        let first = self.n_layers.checked_sub(n).filter(|_| self.n_layers > 0);
        let Some(first) = first else {
            return Err(Error::TooFewLayers { asked: n, n_layers: self.n_layers });
        };
        Ok(self.that(|place| self.depth(place) <= first))
    }

    /// The parameters of the last `n` layers, without what stands above them: those that are to be
    /// made fresh, say.
    ///
    /// # Errors
    /// If there are fewer layers.
    pub fn last(&self, n: usize) -> Result<Vec<Param>> {
        let first = self.n_layers.checked_sub(n).filter(|_| self.n_layers > 0);
        let Some(first) = first else {
            return Err(Error::TooFewLayers { asked: n, n_layers: self.n_layers });
        };
        Ok(self.that(|place| place.layer().is_some_and(|layer| layer >= first)))
    }

    fn that(&self, is_meant: impl Fn(Place) -> bool) -> Vec<Param> {
        let meant = self.params.iter().filter(|(_, place)| is_meant(*place));
        meant.map(|(param, _)| param.clone()).collect()
    }
}

impl Place {
    fn layer(self) -> Option<usize> {
        match self {
            Self::Layer(layer) => Some(layer),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
