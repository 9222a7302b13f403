//! Label names to class numbers and back.

use std::collections::BTreeSet;
use std::path::Path;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::error::{Error, Result, nearest};
use crate::text_source::{SourceSettings, TextSource};

/// The classes of a data set: at least two, sorted by name.
///
/// If all names are whole numbers they are sorted as numbers.
///
/// ```
/// use sconce_text_pipeline::Labels;
///
/// let labels = Labels::build(["pos", "neg", "pos"])?;
/// assert_eq!(labels.names(), ["neg", "pos"]);
/// assert_eq!(labels.id("pos")?, 1);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Labels {
    names: Vec<String>,
    ids: FxHashMap<String, u32>,
}

impl Labels {
    /// The different names among the labels of a data set. Fewer than two are an error.
    pub fn build<S: AsRef<str>>(labels: impl IntoIterator<Item = S>) -> Result<Self> {
        let mut distinct = BTreeSet::new();
        for label in labels {
            if !distinct.contains(label.as_ref()) {
                distinct.insert(label.as_ref().to_owned());
            }
        }
        let mut names: Vec<String> = distinct.into_iter().collect();
        // Stable, so that `1` and `01` keep the order of their names.
        if names.iter().all(|name| name.parse::<i64>().is_ok()) {
            names.sort_by_key(|name| name.parse::<i64>().unwrap_or(i64::MAX));
        }
        Self::from_names(names)
    }

    /// Takes names in a given order, as a saved model lists them. They must differ.
    pub fn from_names(names: Vec<String>) -> Result<Self> {
        let mut ids = FxHashMap::default();
        for (id, name) in names.iter().enumerate() {
            if let Some(id) = ids.insert(name.clone(), id as u32) {
                return Err(Error::DuplicateLabel { label: name.clone(), id });
            }
        }
        match names.as_slice() {
            [] => Err(Error::NoLabels),
            [only] => Err(Error::SingleLabel { label: only.clone() }),
            _ => Ok(Self { names, ids }),
        }
    }

    /// Reads the names from a file, one a line; white space around them and blank lines do not
    /// count. The ids follow the order of the lines, or that of the names if `sort` is set, as in
    /// torchtext's `LabelToIndex`.
    ///
    /// # Errors
    /// If the file cannot be read, has a name twice, or fewer than two.
    pub fn read(path: impl AsRef<Path>, sort: bool) -> Result<Self> {
        let source = TextSource::open(path.as_ref(), SourceSettings::new(false))?;
        let name = source.name().to_owned();
        let text = source.read_to_end()?;
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let mut names: Vec<String> = lines.map(str::to_owned).collect();
        if sort {
            names.sort_unstable();
        }
        Self::from_names(names).map_err(|error| error.at(name))
    }

    /// The number of classes.
    #[allow(clippy::len_without_is_empty, reason = "there are always two or more")]
    pub fn len(&self) -> usize {
        self.names.len()
    }

    /// The names in the order of their ids.
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The name of a class.
    pub fn name(&self, id: u32) -> Option<&str> {
        self.names.get(id as usize).map(String::as_str)
    }

    /// The class number of a name. An unknown name is an error that lists the known ones.
    pub fn id(&self, name: &str) -> Result<u32> {
        self.ids.get(name).copied().ok_or_else(|| Error::UnknownLabel {
            label: name.to_owned(),
            known: self.names.clone(),
            nearest: nearest(name, self.names.iter().map(String::as_str)),
        })
    }

    /// The class numbers of a column of labels.
    pub fn ids<S: AsRef<str>>(&self, labels: impl IntoIterator<Item = S>) -> Result<Vec<u32>> {
        labels.into_iter().map(|label| self.id(label.as_ref())).collect()
    }
}

impl TryFrom<Vec<String>> for Labels {
    type Error = Error;

    fn try_from(names: Vec<String>) -> Result<Self> {
        Self::from_names(names)
    }
}

impl From<Labels> for Vec<String> {
    fn from(labels: Labels) -> Self {
        labels.names
    }
}

#[cfg(test)]
mod tests;
