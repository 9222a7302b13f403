//! The `config.json` of a transformer: every key is kept as it was read, and those that matter are
//! understood.

use indexmap::IndexMap;
use serde_json::{Map, Value, json};

use super::{Head, ProblemType, labels};
use crate::families::Blueprint;
use crate::lora::LoraConfig;
use crate::sentence_modules::SentenceModules;

/// The config of a transformer, with what other files of its folder add to it.
#[derive(Debug, Clone)]
pub struct PretrainedConfig {
    json: Map<String, Value>,
    blueprint: Blueprint,
    head: Head,
    /// Low-rank adapters that the model is built with.
    pub lora: Option<LoraConfig>,
    /// What makes one vector of a sentence, in a model without a head.
    pub sentence: Option<SentenceModules>,
}

/// Two configs are equal if their files are: all else follows from them.
impl PartialEq for PretrainedConfig {
    fn eq(&self, other: &Self) -> bool {
        (&self.json, &self.lora, &self.sentence) == (&other.json, &other.lora, &other.sentence)
    }
}

impl PretrainedConfig {
    /// Understands the keys of a `config.json`.
    ///
    /// # Errors
    /// If a key is missing, of another kind, or asks for what is not implemented.
    pub fn from_json(json: Map<String, Value>) -> Result<Self, String> {
        let blueprint = Blueprint::of(&json)?;
        let head = match json.get("architectures").and_then(Value::as_array).map(Vec::as_slice) {
            None | Some([]) => Head::None,
            Some([class, ..]) => Head::of_class(class.as_str().unwrap_or_default())?,
        };
        head.class_name(&blueprint)?;
        Ok(Self { json, blueprint, head, lora: None, sentence: None })
    }

    /// Every key, as it is written.
    pub fn json(&self) -> &Map<String, Value> {
        &self.json
    }

    /// How the model is built.
    pub fn blueprint(&self) -> &Blueprint {
        &self.blueprint
    }

    /// What is on top.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The family, such as `bert`.
    pub fn model_type(&self) -> &str {
        self.text("model_type").unwrap_or_default()
    }

    /// The same model with another head.
    ///
    /// # Errors
    /// If the family has no such head.
    pub fn with_head(mut self, head: Head) -> Result<Self, String> {
        let class = head.class_name(&self.blueprint)?;
        self.json.insert("architectures".into(), json!([class]));
        self.head = head;
        // The steps to a vector of the sentence are those of a model without a head.
        self.sentence = self.sentence.filter(|_| head == Head::None);
        if head != Head::None {
            // What makes one vector of a sentence does not belong to a model that gives labels.
            self.sentence = None;
        }
        Ok(self)
    }

    /// The same model with other labels.
    #[must_use]
    pub fn with_labels(mut self, labels: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let labels: Vec<String> = labels.into_iter().map(Into::into).collect();
        let label2id: IndexMap<&String, usize> = labels.iter().zip(0..).collect();
        let id2label: IndexMap<String, &String> =
            labels.iter().enumerate().map(|(id, label)| (id.to_string(), label)).collect();
        let maps = [("id2label", json!(id2label)), ("label2id", json!(label2id))];
        for (key, map) in maps {
            self.json.insert(key.into(), map);
        }
        self.json.shift_remove("num_labels");
        self
    }

    /// The same model with other kinds of labels.
    #[must_use]
    pub fn with_problem_type(mut self, problem_type: ProblemType) -> Self {
        self.json.insert("problem_type".into(), json!(problem_type));
        self
    }

    /// The same model with this dropout in all of its layers.
    ///
    /// # Errors
    /// If it is no probability below 1.
    pub fn with_dropout(mut self, p: f64) -> Result<Self, String> {
        for key in self.blueprint.dropout_keys {
            self.json.insert((*key).into(), json!(p));
        }
        self.blueprint = Blueprint::of(&self.json)?;
        Ok(self)
    }

    /// The same model with a key set.
    ///
    /// # Errors
    /// If the config makes no sense with it.
    pub fn with_key(mut self, key: &str, value: Value) -> Result<Self, String> {
        self.json.insert(key.into(), value);
        let Self { lora, sentence, .. } = self;
        Ok(Self { lora, sentence, ..Self::from_json(self.json)? })
    }

    /// Label names in the order of their ids; as Hugging Face's, `LABEL_0` and `LABEL_1` where the
    /// file names none.
    ///
    /// # Errors
    /// If the ids are not `0..n_labels`, or `label2id` says otherwise.
    pub fn labels(&self) -> Result<Vec<String>, String> {
        let Some(id2label) = self.json.get("id2label").filter(|value| !value.is_null()) else {
            let n = self.json.get("num_labels").and_then(Value::as_u64).unwrap_or(2);
            return Ok((0..n).map(|id| format!("LABEL_{id}")).collect());
        };
        let unreadable = |key: &str, error: serde_json::Error| format!("{key}: {error}");
        let id2label: IndexMap<String, String> = serde_json::from_value(id2label.clone())
            .map_err(|error| unreadable("id2label", error))?;
        let label2id = match self.json.get("label2id").filter(|value| !value.is_null()) {
            Some(map) => serde_json::from_value(map.clone())
                .map_err(|error| unreadable("label2id", error))?,
            None => id2label
                .iter()
                .filter_map(|(id, label)| Some((label.clone(), id.parse().ok()?)))
                .collect(),
        };
        labels::in_order(&id2label, &label2id)
    }

    /// What the labels of an example may be: what the file says, or a number if there is one label
    /// only, else one label.
    ///
    /// # Errors
    /// If the file says something else than is known.
    pub fn problem_type(&self) -> Result<ProblemType, String> {
        match self.json.get("problem_type").filter(|value| !value.is_null()) {
            Some(value) => serde_json::from_value(value.clone())
                .map_err(|error| format!("problem_type: {error}")),
            None if self.labels()?.len() == 1 => Ok(ProblemType::Regression),
            None => Ok(ProblemType::SingleLabelClassification),
        }
    }

    /// The number at a key, such as `pad_token_id`.
    pub fn number(&self, key: &str) -> Option<u64> {
        self.json.get(key).and_then(Value::as_u64)
    }

    /// The text at a key.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.json.get(key).and_then(Value::as_str)
    }
}
