//! What a store holds, by name.

use std::collections::HashSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::{Buffer, Mismatch, Param};

/// Everything in a store that changes while a model is built.
#[derive(Default)]
pub(super) struct Contents {
    pub(super) params: IndexMap<Arc<str>, Param>,
    /// Second names of parameters, with their place among the parameters.
    pub(super) tied: IndexMap<Arc<str>, usize>,
    pub(super) buffers: IndexMap<Arc<str>, Buffer>,
    /// First names of what took its values from a file.
    pub(super) loaded: HashSet<String>,
    pub(super) mismatched: Vec<Mismatch>,
    /// Second names for which the file has values of their own.
    pub(super) untied: Vec<String>,
}

impl Contents {
    /// The parameter that has this name, be it the first or a second one.
    pub(super) fn param(&self, name: &str) -> Option<&Param> {
        let tied = || self.tied.get(name).and_then(|&index| Some(self.params.get_index(index)?.1));
        self.params.get(name).or_else(tied)
    }

    /// Whether any parameter or buffer has this name.
    pub(super) fn contains(&self, name: &str) -> bool {
        self.param(name).is_some() || self.buffers.contains_key(name)
    }

    /// First names of all parameters and buffers, in order.
    pub(super) fn first_names(&self) -> impl Iterator<Item = &str> {
        self.params.keys().chain(self.buffers.keys()).map(AsRef::as_ref)
    }
}
