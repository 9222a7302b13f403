//! `adapter_config.json` of PEFT.

use std::collections::BTreeMap;

use fancy_regex::Regex;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Ranks, scales and targets of LoRA adapters, with PEFT's names and defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoraConfig {
    /// Rank of the product.
    pub r: usize,
    /// The product is multiplied by this over the rank.
    pub lora_alpha: f64,
    /// Dropout of the adapter's input while training.
    pub lora_dropout: f64,
    /// The maps that get an adapter.
    pub target_modules: Option<TargetModules>,
    /// Modules that are trained whole and kept with the adapters, such as a new classifier.
    pub modules_to_save: Option<Vec<String>>,
    /// Divide `lora_alpha` by the root of the rank instead (Kalajdzievski, 2023, arXiv:2312.03732).
    pub use_rslora: bool,
    /// Other ranks for some maps, by a regular expression for the end of their names.
    pub rank_pattern: BTreeMap<String, usize>,
    /// Other values of `lora_alpha` for some maps.
    pub alpha_pattern: BTreeMap<String, f64>,
    /// Whether biases are trained: `none` is what is implemented.
    pub bias: String,
    /// Whether files hold the adapted weights as `(n_in, n_out)` (GPT-2).
    pub fan_in_fan_out: bool,
    /// The model that the adapters belong to.
    pub base_model_name_or_path: Option<String>,
    /// PEFT's name for the task, such as `SEQ_CLS`.
    pub task_type: Option<String>,
    /// `LORA`.
    pub peft_type: String,
    /// Keys that this version does not know, kept as they are.
    #[serde(flatten)]
    pub others: Map<String, Value>,
}

/// The maps that get an adapter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TargetModules {
    /// `all-linear` for every map but those of the head; anything else is a regular expression that
    /// fits the whole name.
    Pattern(String),
    /// Names, each whole or the end of a name behind a dot.
    Names(Vec<String>),
}

/// Every map of the layers.
const ALL_LINEAR: &str = "all-linear";

/// Switches of PEFT that change what is computed, with what leaves it as it is here.
const OFF: [&str; 6] = [
    "use_dora",
    "use_qalora",
    "layers_to_transform",
    "layers_pattern",
    "trainable_token_indices",
    "megatron_config",
];

impl Default for LoraConfig {
    fn default() -> Self {
        Self {
            r: 8,
            lora_alpha: 8.,
            lora_dropout: 0.,
            target_modules: None,
            modules_to_save: None,
            use_rslora: false,
            rank_pattern: BTreeMap::new(),
            alpha_pattern: BTreeMap::new(),
            bias: "none".into(),
            fan_in_fan_out: false,
            base_model_name_or_path: None,
            task_type: None,
            peft_type: "LORA".into(),
            others: Map::new(),
        }
    }
}

impl LoraConfig {
    /// Adapters of a rank on the maps with these names; `alpha` is twice the rank.
    pub fn new(rank: usize, targets: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let targets = targets.into_iter().map(Into::into).collect();
        Self {
            r: rank,
            lora_alpha: 2. * rank as f64,
            target_modules: Some(TargetModules::Names(targets)),
            ..Self::default()
        }
    }

    /// Fails if a number makes no sense or a key asks for what is not implemented.
    pub(crate) fn check(&self) -> Result<(), String> {
        let mut ranks = self.rank_pattern.values().chain([&self.r]);
        if ranks.any(|&rank| rank == 0) {
            return Err("the rank of an adapter must be at least 1".into());
        }
        let mut alphas = self.alpha_pattern.values().chain([&self.lora_alpha]);
        if let Some(alpha) = alphas.find(|alpha| !(alpha.is_finite() && **alpha > 0.)) {
            return Err(format!("lora_alpha must be positive, got {alpha}"));
        }
        if !(0. ..1.).contains(&self.lora_dropout) {
            let p = self.lora_dropout;
            return Err(format!("lora_dropout must be from 0 to below 1, got {p}"));
        }
        if self.peft_type != "LORA" {
            return Err(format!(
                "peft_type {:?} is not implemented, only \"LORA\" is",
                self.peft_type
            ));
        }
        if self.bias != "none" {
            return Err(format!("bias {:?} is not implemented, only \"none\" is", self.bias));
        }
        let patterns = match &self.target_modules {
            Some(TargetModules::Pattern(pattern)) if pattern != ALL_LINEAR => Some(pattern),
            _ => None,
        };
        let patterns = patterns.into_iter().chain(self.rank_pattern.keys());
        for pattern in patterns.chain(self.alpha_pattern.keys()) {
            if let Err(error) = Regex::new(pattern) {
                return Err(format!("{pattern:?} is not a regular expression: {error}"));
            }
        }
        let is_off = |value: &Value| match value {
            Value::Null | Value::Bool(false) => true,
            Value::Array(values) => values.is_empty(),
            _ => false,
        };
        match OFF.iter().find(|key| self.others.get(**key).is_some_and(|value| !is_off(value))) {
            Some(key) => Err(format!("{key} is not implemented")),
            None => Ok(()),
        }
    }

    /// Whether the map of this name gets an adapter.
    pub(crate) fn targets(&self, map: &str, is_of_head: bool) -> bool {
        match &self.target_modules {
            None => false,
            Some(TargetModules::Pattern(pattern)) if pattern == ALL_LINEAR => !is_of_head,
            Some(TargetModules::Pattern(pattern)) => fits(pattern, map),
            Some(TargetModules::Names(names)) => names.iter().any(|name| ends_with(map, name)),
        }
    }

    /// Fails if a target is none of these maps.
    pub(crate) fn check_targets(&self, maps: &[String]) -> Result<(), String> {
        let absent = match &self.target_modules {
            Some(TargetModules::Names(names)) if !names.is_empty() => {
                names.iter().find(|name| !maps.iter().any(|map| ends_with(map, name)))
            }
            Some(TargetModules::Pattern(pattern)) if pattern == ALL_LINEAR => None,
            Some(TargetModules::Pattern(pattern)) => {
                (!maps.iter().any(|map| fits(pattern, map))).then_some(pattern)
            }
            _ => return Err(format!("target_modules is empty; the model has {}", ends(maps))),
        };
        match absent {
            Some(name) => {
                Err(format!("target_modules: the model has no map {name:?}; it has {}", ends(maps)))
            }
            None => Ok(()),
        }
    }

    /// Modules that are trained whole.
    pub(crate) fn modules_to_save(&self) -> impl Iterator<Item = &str> {
        self.modules_to_save.iter().flatten().map(String::as_str)
    }

    /// Rank of a map's adapter.
    pub(crate) fn rank_of(&self, map: &str) -> usize {
        of_pattern(&self.rank_pattern, map).copied().unwrap_or(self.r)
    }

    /// What a map's product is multiplied by.
    pub(crate) fn scale_of(&self, map: &str) -> f64 {
        let alpha = of_pattern(&self.alpha_pattern, map).copied().unwrap_or(self.lora_alpha);
        let rank = self.rank_of(map) as f64;
        alpha / if self.use_rslora { rank.sqrt() } else { rank }
    }
}

/// Whether a name is the whole of a map's name or its end behind a dot.
fn ends_with(map: &str, name: &str) -> bool {
    map.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether a regular expression fits the whole of a map's name. (Checked before: it is one.)
fn fits(pattern: &str, map: &str) -> bool {
    Regex::new(&format!("^(?:{pattern})$"))
        .is_ok_and(|regex| regex.is_match(map).is_ok_and(|fits| fits))
}

/// The value of the first pattern that fits the end of a map's name.
fn of_pattern<'a, T>(patterns: &'a BTreeMap<String, T>, map: &str) -> Option<&'a T> {
    let found = patterns.iter().find(|(pattern, _)| fits(&format!(r"(?:.*\.)?(?:{pattern})"), map));
    found.map(|(_, value)| value)
}

/// The last parts of the maps' names, for an error.
fn ends(maps: &[String]) -> String {
    let mut ends: Vec<&str> = maps.iter().filter_map(|map| map.rsplit('.').next()).collect();
    ends.sort_unstable();
    ends.dedup();
    ends.join(", ")
}
