//! Golden files: values that another library computed, kept as JSON beside the script that made them.

use std::fs;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor};
use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// How much of an unsuitable value an error quotes.
const QUOTED: usize = 60;

/// One golden file: a JSON object of tensors (`{"shape": [..], "data": [..]}`), numbers, and flat
/// lists of numbers or strings.
#[derive(Debug, Clone)]
pub struct Golden {
    path: PathBuf,
    entries: Map<String, Value>,
}

impl Golden {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// If it cannot be read or is not a JSON object.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(source) => return Err(Error::Read { path, source }),
        };
        match serde_json::from_str(&text) {
            Ok(entries) => Ok(Self { path, entries }),
            Err(source) => Err(Error::Json { path, source }),
        }
    }

    /// Whether the file has `key`: for entries that only some cases have.
    #[must_use]
    pub fn contains(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// A tensor in `f32` on the CPU; a flat list of numbers is a tensor of one dimension.
    ///
    /// # Errors
    /// If the key is missing or is no tensor.
    pub fn tensor(&self, key: &str) -> Result<Tensor> {
        let (shape, data) = self.shaped(key)?;
        // The nearest f32 is what a tensor of this type would have been read as.
        let data: Vec<f32> = data.into_iter().map(|value| value as f32).collect();
        Ok(Tensor::from_vec(data, shape, &Device::Cpu)?)
    }

    /// A tensor in `f64` on the CPU; a flat list of numbers is a tensor of one dimension.
    ///
    /// # Errors
    /// If the key is missing or is no tensor.
    pub fn tensor_f64(&self, key: &str) -> Result<Tensor> {
        let (shape, data) = self.shaped(key)?;
        Ok(Tensor::from_vec(data, shape, &Device::Cpu)?)
    }

    /// A list of unsigned integers: ids, targets, offsets.
    ///
    /// # Errors
    /// If the key is missing or holds anything but integers from 0 to `u32::MAX`.
    pub fn u32s(&self, key: &str) -> Result<Vec<u32>> {
        let to_u32 = |value: &Value| value.as_u64().and_then(|n| u32::try_from(n).ok());
        self.list(key, "a list of unsigned 32-bit integers", to_u32)
    }

    /// A list of numbers.
    ///
    /// # Errors
    /// If the key is missing or holds anything but numbers.
    pub fn f64s(&self, key: &str) -> Result<Vec<f64>> {
        self.list(key, "a list of numbers", Value::as_f64)
    }

    /// A list of strings, as the names of the cases under `cases`.
    ///
    /// # Errors
    /// If the key is missing or holds anything but strings.
    pub fn strings(&self, key: &str) -> Result<Vec<String>> {
        self.list(key, "a list of strings", |value| value.as_str().map(str::to_owned))
    }

    /// One number.
    ///
    /// # Errors
    /// If the key is missing or is not a number.
    pub fn f64(&self, key: &str) -> Result<f64> {
        let value = self.value(key)?;
        value.as_f64().ok_or_else(|| self.kind(key, "a number", value))
    }

    fn value(&self, key: &str) -> Result<&Value> {
        self.entries.get(key).ok_or_else(|| Error::NoKey {
            path: self.path.clone(),
            key: key.to_owned(),
            nearest: self.nearest(key),
        })
    }

    fn nearest(&self, key: &str) -> String {
        let shared =
            |other: &str| key.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        self.entries.keys().max_by_key(|other| shared(other)).cloned().unwrap_or_default()
    }

    fn kind(&self, key: &str, wanted: &'static str, found: &Value) -> Error {
        let mut found: Vec<char> = found.to_string().chars().collect();
        if found.len() > QUOTED {
            found.truncate(QUOTED);
            found.push('…');
        }
        let found = found.into_iter().collect();
        Error::Kind { path: self.path.clone(), key: key.to_owned(), wanted, found }
    }

    fn list<T>(
        &self,
        key: &str,
        wanted: &'static str,
        element: impl Fn(&Value) -> Option<T>,
    ) -> Result<Vec<T>> {
        let value = self.value(key)?;
        let elements = value.as_array().and_then(|list| list.iter().map(element).collect());
        elements.ok_or_else(|| self.kind(key, wanted, value))
    }

    fn shaped(&self, key: &str) -> Result<(Vec<usize>, Vec<f64>)> {
        let value = self.value(key)?;
        let numbers = |list: &Value| -> Option<Vec<f64>> {
            list.as_array()?.iter().map(Value::as_f64).collect()
        };
        let sizes = |list: &Value| -> Option<Vec<usize>> {
            list.as_array()?.iter().map(|n| usize::try_from(n.as_u64()?).ok()).collect()
        };
        let read = || match value {
            Value::Object(tensor) => {
                Some((sizes(tensor.get("shape")?)?, numbers(tensor.get("data")?)?))
            }
            list => numbers(list).map(|data| (vec![data.len()], data)),
        };
        match read() {
            Some((shape, data)) if shape.iter().product::<usize>() == data.len() => {
                Ok((shape, data))
            }
            _ => Err(self.kind(key, "a tensor whose data fill its shape", value)),
        }
    }
}

#[cfg(test)]
mod tests;
