//! What an optimizer does otherwise for some groups of parameters.

use std::collections::BTreeMap;

/// How the parameters of one group are trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParamGroup {
    /// Factor of the learning rate.
    pub lr_scale: f64,
    /// Replaces the optimizer's weight decay, for the parameters that
    /// [decay](crate::Param::decays).
    pub weight_decay: Option<f64>,
}

impl Default for ParamGroup {
    /// As the optimizer says.
    fn default() -> Self {
        Self { lr_scale: 1., weight_decay: None }
    }
}

/// Settings by the name of a parameter's [group](crate::Param::group). Groups that are not named
/// here follow the optimizer.
///
/// ```
/// use sconce_ops::{ParamGroup, ParamGroups, Sgd};
///
/// let slow = ParamGroup { lr_scale: 0.1, weight_decay: Some(0.) };
/// let mut optimizer = Sgd::default();
/// optimizer.groups = ParamGroups::default().with("encoder", slow);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ParamGroups {
    by_name: BTreeMap<String, ParamGroup>,
}

impl ParamGroups {
    /// With these settings for the group `name`.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, group: ParamGroup) -> Self {
        self.by_name.insert(name.into(), group);
        self
    }

    /// The settings of the group `name`.
    pub fn get(&self, name: &str) -> ParamGroup {
        self.by_name.get(name).copied().unwrap_or_default()
    }
}
