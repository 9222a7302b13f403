//! Reads golden files: one object whose keys are `case.name`.

use std::fs;
use std::rc::Rc;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

/// One case of a golden file.
pub struct Golden {
    values: Rc<Map<String, Value>>,
    pub name: String,
}

impl Golden {
    /// The whole file as a case without a name.
    pub fn file(name: &str) -> Self {
        let path = format!("{}/tests/golden/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).unwrap();
        Self { values: Rc::new(serde_json::from_str(&text).unwrap()), name: String::new() }
    }

    /// The cases that the list `key` names, at least as many as there were.
    pub fn cases(self, key: &str, at_least: usize) -> Vec<Self> {
        let names: Vec<String> = self.value(key);
        assert!(names.len() >= at_least, "the golden file has lost cases: {} {key}", names.len());
        names.into_iter().map(|name| Self { values: self.values.clone(), name }).collect()
    }

    fn key(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    pub fn has(&self, key: &str) -> bool {
        self.values.contains_key(&self.key(key))
    }

    pub fn value<T: DeserializeOwned>(&self, key: &str) -> T {
        let key = self.key(key);
        assert!(self.values.contains_key(&key), "the golden file has no {key}");
        serde_json::from_value(self.values[&key].clone()).unwrap()
    }

    /// A list of 0 and 1.
    pub fn bools(&self, key: &str) -> Vec<bool> {
        self.value::<Vec<u8>>(key).into_iter().map(|value| value == 1).collect()
    }

    /// Within 1e-9, relative where numbers are large: what double precision leaves of sums.
    pub fn assert_equal(&self, key: &str, actual: f64) {
        let expected: f64 = self.value(key);
        let tolerance = 1e-9 * expected.abs().max(1.0);
        let key = self.key(key);
        assert!((actual - expected).abs() < tolerance, "{key}: {actual}, expected {expected}");
    }
}
