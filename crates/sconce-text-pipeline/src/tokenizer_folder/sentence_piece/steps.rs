//! Steps of normalizers, pre-tokenizers and decoders, as `tokenizer.json` writes them.

use serde_json::{Value, json};

/// What SentencePiece writes for a space.
pub(super) const SPACE: &str = "▁";

pub(super) fn sequence(key: &str, steps: Vec<Value>) -> Value {
    json!({ "type": "Sequence", key: steps })
}

pub(super) fn replace(pattern: &str, content: &str) -> Value {
    json!({ "type": "Replace", "pattern": { "String": pattern }, "content": content })
}

pub(super) fn replace_regex(pattern: &str, content: &str) -> Value {
    json!({ "type": "Replace", "pattern": { "Regex": pattern }, "content": content })
}

pub(super) fn metaspace(prepend_scheme: &str, split: bool) -> Value {
    json!({
        "type": "Metaspace",
        "replacement": SPACE,
        "prepend_scheme": prepend_scheme,
        "split": split,
    })
}

/// Spaces for `▁`, bytes joined to characters, and the space before the text removed.
pub(super) fn decoder(byte_fallback: bool, strip: bool) -> Value {
    let mut steps = vec![replace(SPACE, " ")];
    if byte_fallback {
        steps.push(json!({ "type": "ByteFallback" }));
    }
    if byte_fallback || strip {
        steps.push(json!({ "type": "Fuse" }));
    }
    if strip {
        steps.push(json!({ "type": "Strip", "content": " ", "start": 1, "stop": 0 }));
    }
    sequence("decoders", steps)
}

/// A text as the pattern that matches it alone.
pub(super) fn escape(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_ascii_punctuation() || c.is_ascii_whitespace() {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
