//! What is looked at in a `tokenizer.json` before the library reads it: it panics on some files.

use serde::Deserialize;
use serde::de::{Error as _, IgnoredAny};
use serde_json::Value;

use crate::tokenizer_folder::sentence_piece::charsmap;

/// The parts that the library takes on trust.
#[derive(Deserialize)]
struct File {
    #[serde(default)]
    normalizer: Value,
    #[serde(default, rename = "pre_tokenizer")]
    _pre_tokenizer: Value,
    #[serde(default, rename = "post_processor")]
    _post_processor: Value,
    #[serde(default, rename = "decoder")]
    _decoder: Value,
    #[serde(default, rename = "model")]
    _model: IgnoredAny,
}

/// Tells whether a file is JSON throughout and the tables of characters in it are sound.
///
/// # Errors
/// What is wrong with it.
pub(super) fn json(bytes: &[u8]) -> serde_json::Result<()> {
    let file: File = serde_json::from_slice(bytes)?;
    normalizer(&file.normalizer).map_err(serde_json::Error::custom)
}

fn normalizer(value: &Value) -> Result<(), String> {
    if let Some(steps) = value.get("normalizers").and_then(Value::as_array) {
        steps.iter().try_for_each(normalizer)?;
    }
    match value.get("precompiled_charsmap") {
        None if value["type"] == "Precompiled" => {
            Err("there is no precompiled_charsmap".to_owned())
        }
        None => Ok(()),
        Some(Value::String(table)) => charsmap::check_base64(table).map_err(str::to_owned),
        Some(_) => Err("its precompiled_charsmap is no text".to_owned()),
    }
}
