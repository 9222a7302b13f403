//! What a network is made of: sizes, parts, adapters.

use sconce_export::Bundle;
use sconce_models::{
    AnyModel, ModelConfig, PretrainedConfig, ProblemType, SentenceModules, TargetModules,
};
use sconce_training::Place;
use serde::Serialize;
use serde_json::{Value, json};

/// The class of the model, and what that is.
pub(super) fn kind(bundle: &Bundle) -> String {
    let what = bundle.model.kind().trim_start_matches("a ").to_owned();
    let class = match bundle.model.config() {
        ModelConfig::Words(config) => config.architectures.first().cloned(),
        ModelConfig::Pretrained(config) => {
            let classes = config.json().get("architectures");
            classes.and_then(|classes| Some(classes.get(0)?.as_str()?.to_owned()))
        }
    };
    match class {
        Some(class) => format!("{class}, {what}"),
        None => what,
    }
}

/// Sizes and kinds by name, in the order in which they are shown.
pub(super) fn architecture(bundle: &Bundle) -> Vec<(String, Value)> {
    let mut rows = match bundle.model.config() {
        ModelConfig::Words(config) => vec![
            ("family", json!(config.encoder.model_type())),
            ("embedding_size", json!(config.embedding_size)),
        ],
        ModelConfig::Pretrained(config) => sizes(&config),
    };
    if let AnyModel::SequenceClassifier(model) = &bundle.model {
        rows.push(("output", json!(output(model.problem_type()))));
    }
    if let AnyModel::SentenceEncoder(model) = &bundle.model {
        rows.push(("vector", json!(vector(model.modules(), model.output_dim()))));
    }
    rows.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn sizes(config: &PretrainedConfig) -> Vec<(&'static str, Value)> {
    let sizes = &config.blueprint().transformer;
    let mut rows = vec![
        ("family", json!(config.model_type())),
        ("layers", json!(sizes.n_layers)),
        ("hidden_size", json!(sizes.hidden_size)),
        ("heads", json!(sizes.n_heads)),
    ];
    if sizes.n_kv_heads != sizes.n_heads {
        rows.push(("key_value_heads", json!(sizes.n_kv_heads)));
    }
    let width = if sizes.is_gated { "gated" } else { "plain" };
    rows.extend([
        ("head_size", json!(sizes.head_dim)),
        ("feed_forward", json!(format!("{}, {width}", sizes.intermediate_size))),
        ("positions", json!(sizes.positions.max())),
        ("vocabulary", json!(sizes.vocab_size)),
    ]);
    if sizes.is_causal {
        rows.push(("attention", json!("causal")));
    }
    // Newer folders have the first key.
    if let Some(dtype) = config.text("dtype").or_else(|| config.text("torch_dtype")) {
        rows.push(("file_type", json!(dtype)));
    }
    rows
}

fn output(problem_type: ProblemType) -> &'static str {
    match problem_type {
        ProblemType::SingleLabelClassification => "one label",
        ProblemType::MultiLabelClassification => "any number of labels",
        ProblemType::Regression => "numbers",
    }
}

/// How tokens become a vector.
fn vector(modules: &SentenceModules, dim: usize) -> String {
    let pooling: Vec<&str> = modules.pooling.iter().map(|mode| mode.name()).collect();
    let dense = if modules.dense.is_some() { ", a layer" } else { "" };
    let length = if modules.normalize { ", of length 1" } else { "" };
    format!("{dim} numbers: {}{dense}{length}", pooling.join(" and "))
}

/// The adapters that the model was opened with.
pub(super) fn adapters(bundle: &Bundle) -> Option<Value> {
    let config = bundle.model.adapters()?.config();
    let targets = match &config.target_modules {
        Some(TargetModules::Names(names)) => json!(names),
        Some(TargetModules::Pattern(pattern)) => json!(pattern),
        None => Value::Null,
    };
    Some(json!({
        "rank": config.r,
        "alpha": config.lora_alpha,
        "targets": targets,
        "modules_to_save": config.modules_to_save,
    }))
}

/// A part of the network.
#[derive(Debug, Serialize)]
pub(super) struct Part {
    /// Where it stands.
    pub(super) name: String,
    /// Its parameters.
    pub(super) parameters: usize,
    /// Their numbers.
    pub(super) elements: usize,
}

/// Embeddings, each layer, what is above them, and the head; one part only of a network that has no
/// layers by name.
pub(super) fn parts(bundle: &Bundle) -> Vec<Part> {
    let mut parts: Vec<(Place, Part)> = Vec::new();
    for param in bundle.store.params() {
        let place = Place::of(param.name());
        let at = parts.iter().position(|(other, _)| *other == place).unwrap_or_else(|| {
            parts.push((place, Part { name: name(place), parameters: 0, elements: 0 }));
            parts.len() - 1
        });
        parts[at].1.parameters += 1;
        parts[at].1.elements += param.var().elem_count();
    }
    parts.sort_by_key(|(place, _)| *place);
    parts.into_iter().map(|(_, part)| part).collect()
}

fn name(place: Place) -> String {
    match place {
        Place::Embeddings => "embeddings".into(),
        Place::Layer(number) => format!("layer {number}"),
        Place::Top => "above the layers".into(),
        Place::Head => "head".into(),
    }
}
