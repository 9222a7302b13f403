//! The config as a JSON object: one id or several, `null` for the default, errors that name the
//! field, and no silence about a setting that would change the text and is not there.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{EarlyStopping, GenerationConfig};
use crate::error::Error;

/// Settings of transformers that change the text and that nothing here implements, with the value
/// that changes nothing (`null` is another).
const NOT_IMPLEMENTED: &[(&str, &str)] = &[
    ("typical_p", "1"),
    ("top_h", "null"),
    ("epsilon_cutoff", "0"),
    ("eta_cutoff", "0"),
    ("renormalize_logits", "false"),
    ("forced_bos_token_id", "null"),
    ("forced_eos_token_id", "null"),
    ("exponential_decay_length_penalty", "null"),
    ("suppress_tokens", "[]"),
    ("begin_suppress_tokens", "[]"),
    ("sequence_bias", "null"),
    ("token_healing", "false"),
    ("guidance_scale", "1"),
    ("watermarking_config", "null"),
    ("max_time", "null"),
    ("penalty_alpha", "null"),
    ("dola_layers", "null"),
    ("diversity_penalty", "0"),
    ("num_beam_groups", "1"),
    ("constraints", "null"),
    ("force_words_ids", "null"),
    ("prompt_lookup_num_tokens", "null"),
    ("assistant_early_exit", "null"),
    ("use_mtp", "false"),
];

impl TryFrom<Map<String, Value>> for GenerationConfig {
    type Error = Error;

    fn try_from(mut map: Map<String, Value>) -> Result<Self, Error> {
        map.retain(|_, value| !value.is_null());
        refuse_not_implemented(&mut map)?;
        let mut config = Self::default();
        let fields = &mut map;
        take(fields, "max_new_tokens", |value| config.max_new_tokens = Some(value))?;
        take(fields, "max_length", |value| config.max_length = Some(value))?;
        take(fields, "min_new_tokens", |value| config.min_new_tokens = Some(value))?;
        take(fields, "min_length", |value| config.min_length = value)?;
        take(fields, "do_sample", |value| config.do_sample = value)?;
        take(fields, "temperature", |value| config.temperature = value)?;
        take(fields, "top_k", |value| config.top_k = value)?;
        take(fields, "top_p", |value| config.top_p = value)?;
        take(fields, "min_p", |value| config.min_p = Some(value))?;
        take(fields, "repetition_penalty", |value| config.repetition_penalty = value)?;
        take(fields, "presence_penalty", |value| config.presence_penalty = value)?;
        take(fields, "no_repeat_ngram_size", |value| config.no_repeat_ngram_size = value)?;
        take(fields, "bad_words_ids", |value| config.bad_words_ids = value)?;
        take(fields, "num_beams", |value| config.num_beams = value)?;
        take(fields, "num_return_sequences", |value| config.num_return_sequences = value)?;
        take(fields, "length_penalty", |value| config.length_penalty = value)?;
        take_early_stopping(fields, &mut config.early_stopping)?;
        take_list(fields, "eos_token_id", &mut config.eos_token_id)?;
        // Some old configs write -1 for none.
        take(fields, "pad_token_id", |id: i64| config.pad_token_id = u32::try_from(id).ok())?;
        take_list(fields, "stop_strings", &mut config.stop_strings)?;
        take(fields, "seed", |value| config.seed = value)?;
        config.other = map;
        Ok(config)
    }
}

fn refuse_not_implemented(map: &mut Map<String, Value>) -> Result<(), Error> {
    for &(field, neutral) in NOT_IMPLEMENTED {
        let Some(value) = map.get(field) else { continue };
        let same = match serde_json::from_str::<Value>(neutral) {
            Ok(neutral) => {
                value == &neutral
                    || value.as_f64().is_some_and(|value| neutral.as_f64() == Some(value))
            }
            Err(_) => false,
        };
        if !same {
            let message = format!("{value} is not implemented here; remove it or set {neutral}");
            return Err(Error::Generation { field, message });
        }
        map.remove(field);
    }
    Ok(())
}

fn take<T: DeserializeOwned>(
    map: &mut Map<String, Value>,
    field: &'static str,
    set: impl FnOnce(T),
) -> Result<(), Error> {
    if let Some(value) = map.shift_remove(field) {
        let shown = value.to_string();
        let parsed = serde_json::from_value(value);
        let error = |error| Error::Generation { field, message: format!("{shown}: {error}") };
        set(parsed.map_err(error)?);
    }
    Ok(())
}

/// One value or a list of them.
fn take_list<T: DeserializeOwned>(
    map: &mut Map<String, Value>,
    field: &'static str,
    slot: &mut Vec<T>,
) -> Result<(), Error> {
    match map.get(field) {
        Some(Value::Array(_)) | None => take(map, field, |values| *slot = values),
        Some(_) => take(map, field, |value| *slot = vec![value]),
    }
}

fn take_early_stopping(
    map: &mut Map<String, Value>,
    slot: &mut EarlyStopping,
) -> Result<(), Error> {
    *slot = match map.shift_remove("early_stopping") {
        None | Some(Value::Bool(false)) => EarlyStopping::Heuristic,
        Some(Value::Bool(true)) => EarlyStopping::AtOnce,
        Some(Value::String(word)) if word == "never" => EarlyStopping::Never,
        Some(value) => {
            let message = format!("must be true, false or \"never\", got {value}");
            return Err(Error::Generation { field: "early_stopping", message });
        }
    };
    Ok(())
}

impl From<GenerationConfig> for Map<String, Value> {
    /// The fields that differ from their defaults.
    fn from(config: GenerationConfig) -> Self {
        let default = fields(&GenerationConfig::default());
        let mut map = fields(&config);
        map.retain(|field, value| default.get(field) != Some(value));
        map.extend(config.other);
        map
    }
}

fn fields(config: &GenerationConfig) -> Map<String, Value> {
    let early_stopping = match config.early_stopping {
        EarlyStopping::AtOnce => json!(true),
        EarlyStopping::Heuristic => json!(false),
        EarlyStopping::Never => json!("never"),
    };
    let eos_token_id = match config.eos_token_id.as_slice() {
        [id] => json!(id),
        ids => json!(ids),
    };
    let fields = [
        ("max_new_tokens", json!(config.max_new_tokens)),
        ("max_length", json!(config.max_length)),
        ("min_new_tokens", json!(config.min_new_tokens)),
        ("min_length", json!(config.min_length)),
        ("do_sample", json!(config.do_sample)),
        ("temperature", json!(config.temperature)),
        ("top_k", json!(config.top_k)),
        ("top_p", json!(config.top_p)),
        ("min_p", json!(config.min_p)),
        ("repetition_penalty", json!(config.repetition_penalty)),
        ("presence_penalty", json!(config.presence_penalty)),
        ("no_repeat_ngram_size", json!(config.no_repeat_ngram_size)),
        ("bad_words_ids", json!(config.bad_words_ids)),
        ("num_beams", json!(config.num_beams)),
        ("num_return_sequences", json!(config.num_return_sequences)),
        ("length_penalty", json!(config.length_penalty)),
        ("early_stopping", early_stopping),
        ("eos_token_id", eos_token_id),
        ("pad_token_id", json!(config.pad_token_id)),
        ("stop_strings", json!(config.stop_strings)),
        ("seed", json!(config.seed)),
    ];
    fields.into_iter().map(|(field, value)| (field.to_owned(), value)).collect()
}
