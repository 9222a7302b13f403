//! What stands beside a vocabulary: `tokenizer_config.json`, `special_tokens_map.json`,
//! `added_tokens.json`, and the model type of `config.json`.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

pub(crate) const CONFIG_FILE: &str = "tokenizer_config.json";
const SPECIAL_FILE: &str = "special_tokens_map.json";
const ADDED_FILE: &str = "added_tokens.json";

/// Lengths from here on are transformers' way of saying that there is no limit.
const NO_LIMIT: f64 = 1e9;

/// A token that is found in a text before anything else, as `tokenizer.json` writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AddedToken {
    pub content: String,
    #[serde(default)]
    pub single_word: bool,
    #[serde(default)]
    pub lstrip: bool,
    #[serde(default)]
    pub rstrip: bool,
    #[serde(default)]
    pub normalized: bool,
    #[serde(default)]
    pub special: bool,
}

impl AddedToken {
    /// A special token that stands for itself.
    pub fn special(content: &str) -> Self {
        Self {
            content: content.to_owned(),
            single_word: false,
            lstrip: false,
            rstrip: false,
            normalized: false,
            special: true,
        }
    }
}

/// The settings of a tokenizer, all optional.
#[derive(Debug, Clone, Default)]
pub(crate) struct Settings {
    /// `tokenizer_config.json`, and `special_tokens_map.json` where that still counts.
    values: Map<String, Value>,
    /// The path for messages.
    file: String,
    /// `tokenizer_config.json` as it was read.
    pub config: Option<Vec<u8>>,
    /// The model type of `config.json`.
    pub model_type: Option<String>,
    /// Tokens with the ids they must have, in the order of these.
    pub added: Vec<(u32, AddedToken)>,
}

impl Settings {
    /// Reads what is there of the files.
    pub fn read(folder: &Path) -> Result<Self> {
        let path = folder.join(CONFIG_FILE);
        let (config, mut values) = match object(&path)? {
            Some((bytes, values)) => (Some(bytes), values),
            None => (None, Map::new()),
        };
        let model_type = object(&folder.join("config.json"))?
            .and_then(|(_, config)| Some(config.get("model_type")?.as_str()?.to_owned()));
        let is_legacy = !values.contains_key("added_tokens_decoder");
        if is_legacy && let Some((_, special)) = object(&folder.join(SPECIAL_FILE))? {
            values.extend(special);
        }
        let file = path.display().to_string();
        let mut settings = Self { values, file, config, model_type, added: Vec::new() };
        settings.added = match is_legacy {
            true => settings.added_file(folder)?,
            false => settings.added_tokens_decoder()?,
        };
        settings.added.sort_by_key(|(id, _)| *id);
        Ok(settings)
    }

    /// The class that transformers reads the tokenizer with, without the ending `Fast`.
    pub fn class(&self) -> Result<Option<&str>> {
        let class = self.text("tokenizer_class")?;
        Ok(class.map(|class| class.strip_suffix("Fast").unwrap_or(class)))
    }

    /// A setting that is on or off, if it is there.
    pub fn flag(&self, key: &str) -> Result<Option<bool>> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Bool(flag)) => Ok(Some(*flag)),
            Some(other) => Err(self.wrong(key, other, "true or false")),
        }
    }

    /// A setting that is a text, if it is there.
    pub fn text(&self, key: &str) -> Result<Option<&str>> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(other) => Err(self.wrong(key, other, "a text")),
        }
    }

    /// A setting that counts something, if it is there.
    pub fn count(&self, key: &str) -> Result<Option<usize>> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => match value.as_f64() {
                Some(count) if count >= NO_LIMIT => Ok(None),
                Some(count) if count >= 0.0 && count.fract() == 0.0 => Ok(Some(count as usize)),
                _ => Err(self.wrong(key, value, "a whole number")),
            },
        }
    }

    /// A list of texts; empty if it is not there.
    pub fn texts(&self, key: &str) -> Result<Vec<&str>> {
        match self.values.get(key) {
            None | Some(Value::Null) => Ok(Vec::new()),
            Some(Value::Array(list)) => {
                let wrong = || self.wrong(key, &Value::Null, "a list of texts");
                list.iter().map(|text| text.as_str().ok_or_else(wrong)).collect()
            }
            Some(other) => Err(self.wrong(key, other, "a list of texts")),
        }
    }

    /// Whether a token is given with all its properties.
    pub fn is_spelled_out(&self, key: &str) -> bool {
        self.values.get(key).is_some_and(Value::is_object)
    }

    /// Whether a key is there, be it `null`.
    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(key)
    }

    /// A token such as `cls_token`, given as a text or as an object.
    pub fn token(&self, key: &str) -> Result<Option<AddedToken>> {
        self.values.get(key).map_or(Ok(None), |value| self.parse_token(key, value))
    }

    /// The content of a token such as `cls_token`, or what its family calls it.
    pub fn token_or(&self, key: &str, default: &str) -> Result<String> {
        Ok(self.token(key)?.map_or_else(|| default.to_owned(), |token| token.content))
    }

    /// Special tokens without a role.
    pub fn more_special(&self) -> Result<Vec<AddedToken>> {
        let mut tokens = Vec::new();
        for key in ["additional_special_tokens", "extra_special_tokens"] {
            let listed: Vec<&Value> = match self.values.get(key) {
                None | Some(Value::Null) => Vec::new(),
                Some(Value::Array(list)) => list.iter().collect(),
                Some(Value::Object(named)) => named.values().collect(),
                Some(other) => return Err(self.wrong(key, other, "a list of tokens")),
            };
            for value in listed {
                tokens.extend(self.parse_token(key, value)?);
            }
        }
        Ok(tokens)
    }

    /// `tokenizer_config.json` for a `tokenizer.json` that says all that these settings say.
    pub fn config_beside(&self, tokens: &[(&str, Option<String>)]) -> Map<String, Value> {
        let mut config = self.values.clone();
        for said in ["added_tokens_decoder", "add_bos_token", "add_eos_token"] {
            config.remove(said);
        }
        // transformers rebuilds the tokenizer of any other class and would not read the file.
        config.insert("tokenizer_class".to_owned(), "PreTrainedTokenizerFast".into());
        for (key, token) in tokens {
            // One that is not there is written as null, or readers would guess.
            config.insert((*key).to_owned(), token.as_deref().into());
        }
        config
    }

    fn added_tokens_decoder(&self) -> Result<Vec<(u32, AddedToken)>> {
        let key = "added_tokens_decoder";
        match self.values.get(key) {
            Some(Value::Object(tokens)) => tokens
                .iter()
                .map(|(id, token)| {
                    let expected = "an object of ids and tokens";
                    let wrong = || self.wrong(key, token, expected);
                    let id = id.parse().map_err(|_| wrong())?;
                    Ok((id, self.parse_token(key, token)?.ok_or_else(wrong)?))
                })
                .collect(),
            Some(Value::Null) | None => Ok(Vec::new()),
            Some(other) => Err(self.wrong(key, other, "an object of ids and tokens")),
        }
    }

    fn added_file(&self, folder: &Path) -> Result<Vec<(u32, AddedToken)>> {
        let path = folder.join(ADDED_FILE);
        let Some((_, tokens)) = object(&path)? else { return Ok(Vec::new()) };
        let mut special = self.more_special()?;
        for (key, _) in self.values.iter().filter(|(key, _)| key.ends_with("_token")) {
            // Only texts and objects name a token; `add_bos_token` does not.
            if !key.starts_with("add_") {
                special.extend(self.token(key)?);
            }
        }
        let mut added = Vec::new();
        for (content, id) in tokens {
            let found = id.as_u64().and_then(|id| u32::try_from(id).ok());
            let id = found.ok_or_else(|| Error::TokenizerSetting {
                file: path.display().to_string(),
                key: content.clone(),
                found: kind(&id),
                expected: "an id",
            })?;
            let named = special.iter().find(|token| token.content == content);
            let token = named.cloned().unwrap_or_else(|| AddedToken {
                normalized: true,
                special: false,
                ..AddedToken::special(&content)
            });
            added.push((id, token));
        }
        Ok(added)
    }

    fn parse_token(&self, key: &str, value: &Value) -> Result<Option<AddedToken>> {
        match value {
            Value::Null => Ok(None),
            Value::String(content) if content.is_empty() => Ok(None),
            Value::String(content) => Ok(Some(AddedToken::special(content))),
            Value::Object(_) => {
                let wrong = |_| self.wrong(key, value, "a token with `content`");
                let mut token = AddedToken::deserialize(value).map_err(wrong)?;
                // What has a role is special; only the table of added tokens says so itself.
                token.special |= key != "added_tokens_decoder";
                Ok(Some(token))
            }
            other => Err(self.wrong(key, other, "a token")),
        }
    }

    fn wrong(&self, key: &str, value: &Value, expected: &'static str) -> Error {
        let (file, key) = (self.file.clone(), key.to_owned());
        Error::TokenizerSetting { file, key, found: kind(value), expected }
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

/// A JSON object and the text that it was read from.
type Object = (Vec<u8>, Map<String, Value>);

/// Reads a JSON object; none if there is no such file.
fn object(path: &Path) -> Result<Option<Object>> {
    let bytes = match super::read(path) {
        Err(Error::FileMissing { .. }) => return Ok(None),
        other => other?,
    };
    let object = serde_json::from_slice(&bytes).map_err(|error| Error::CorruptTokenizer {
        file: path.display().to_string(),
        reason: error.to_string(),
    })?;
    Ok(Some((bytes, object)))
}
