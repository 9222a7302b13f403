//! The quick way through an object: only the wanted values are made, all others are skipped.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;

use super::super::field::{self, Place};
use super::super::{ColumnNames, Example, LabelKind, Need, ReadOptions};

/// What is to be taken from an object.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    keys: &'a ColumnNames,
    options: &'a ReadOptions,
}

impl<'a> Wanted<'a> {
    pub(super) fn new(keys: &'a ColumnNames, options: &'a ReadOptions) -> Self {
        Self { keys, options }
    }

    /// The example of a plain object; none if anything is unusual or wrong.
    pub(super) fn read(self, line: &str) -> Option<Example> {
        let mut json = serde_json::Deserializer::from_str(line);
        let example = self.deserialize(&mut json).ok()?;
        json.end().ok().map(|()| example)
    }
}

/// Which of the wanted values a key names.
#[derive(Clone, Copy)]
enum Role {
    Text,
    Pair,
    Label,
    Negative(usize),
    None,
}

impl<'de> DeserializeSeed<'de> for Wanted<'_> {
    type Value = Example;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Example, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Wanted<'_> {
    type Value = Example;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Example, M::Error> {
        let unusual = || M::Error::custom("unusual");
        let (mut text, mut pair, mut label) = (None, None, None);
        let mut negatives = vec![None; self.keys.negatives.len()];
        while let Some(role) = map.next_key_seed(Key(self.keys))? {
            match role {
                Role::Text => text = Some(map.next_value::<String>()?),
                Role::Pair => pair = Some(map.next_value::<String>()?),
                Role::Label => label = Some(map.next_value::<Value>()?),
                Role::Negative(at) => negatives[at] = Some(map.next_value::<String>()?),
                Role::None => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        if pair.is_some() != self.keys.pair.is_some() {
            return Err(unusual());
        }
        let negatives: Option<Vec<String>> = negatives.into_iter().collect();
        let mut example = Example {
            text: text.ok_or_else(unusual)?,
            pair,
            negatives: negatives.ok_or_else(unusual)?,
            ..Example::default()
        };
        self.set_label(&mut example, label).ok_or_else(unusual)?;
        Ok(example)
    }
}

impl Wanted<'_> {
    fn set_label(self, example: &mut Example, label: Option<Value>) -> Option<()> {
        let label = match label {
            None | Some(Value::Null) => None,
            Some(Value::String(label)) => Some(label),
            Some(Value::Number(label)) => Some(label.to_string()),
            Some(Value::Bool(label)) => Some(label.to_string()),
            Some(_) => return None,
        };
        if self.keys.label.is_none() && self.options.labels == Need::Required {
            return None;
        }
        // The usual label is kept as it is; all others are judged where every format's are.
        match (label, self.options.kind) {
            (Some(label), LabelKind::Class) if !label.is_empty() && label.trim() == label => {
                example.label = Some(label);
                Some(())
            }
            (None, LabelKind::Class | LabelKind::Number) if self.keys.label.is_none() => Some(()),
            (label, _) => {
                let place = Place { path: "", line: 0 };
                field::set_label(example, label.as_deref(), self.options, place).ok()
            }
        }
    }
}

/// Compares a key with the wanted ones without keeping it.
struct Key<'a>(&'a ColumnNames);

impl<'de> DeserializeSeed<'de> for Key<'_> {
    type Value = Role;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Role, D::Error> {
        json.deserialize_str(self)
    }
}

impl Visitor<'_> for Key<'_> {
    type Value = Role;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a key")
    }

    fn visit_str<E>(self, key: &str) -> Result<Role, E> {
        let names = self.0;
        Ok(match key {
            key if key == names.text => Role::Text,
            key if names.label.as_deref() == Some(key) => Role::Label,
            key if names.pair.as_deref() == Some(key) => Role::Pair,
            key => match names.negatives.iter().position(|name| name == key) {
                Some(at) => Role::Negative(at),
                None => Role::None,
            },
        })
    }
}
