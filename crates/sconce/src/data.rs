//! The data sets of a run: read, named and divided.

use std::path::Path;

use anyhow::{Context, Result, anyhow};
use sconce_text_pipeline::{Corpus, Labels, ReadOptions, Split};
use serde_json::{Value, json};

/// Labelled rows, and what to call them.
#[derive(Debug, Clone)]
pub struct Source {
    /// The file, or words for what is no file.
    pub name: String,
    /// The rows.
    pub corpus: Corpus,
}

impl Source {
    /// Reads a file.
    pub fn read(path: &Path, options: &ReadOptions) -> Result<Self> {
        let corpus = Corpus::read(path, options)?;
        Ok(Self { name: path.display().to_string(), corpus })
    }

    /// The label of each row.
    pub fn labels(&self) -> Result<Vec<&str>> {
        self.corpus.labels().ok_or_else(|| anyhow!("{}: some rows have no label", self.name))
    }

    /// The class of each row. A label outside `labels` is an error that names the file.
    pub fn ids(&self, labels: &Labels) -> Result<Vec<u32>> {
        let targets = self.corpus.classes(labels).map_err(|error| {
            // Of rows that come from a file, the error names it with the line.
            let is_placed = error.to_string().contains(&self.name);
            if is_placed { error.into() } else { anyhow!(error).context(self.name.clone()) }
        })?;
        Ok(targets.classes().unwrap_or_default().to_vec())
    }

    /// The columns that were read, for people: none of a file without columns.
    pub fn columns(&self) -> Option<String> {
        let columns = self.corpus.columns()?;
        let label = columns.label.as_ref().map(|label| format!(", label {label:?}"));
        Some(format!("text {:?}{}", columns.text, label.unwrap_or_default()))
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.corpus.examples().len()
    }

    fn rows(&self, name: String, rows: &[usize]) -> Self {
        let examples = self.corpus.examples();
        let rows: Vec<_> = rows.iter().map(|&row| examples[row].clone()).collect();
        Self { name, corpus: Corpus::from(rows) }
    }

    /// Divides the rows at random, each label in its share: first what is left, then what is set
    /// aside.
    pub fn divide(&self, ratio: f64, seed: u64, name: &str) -> Result<(Self, Self)> {
        let labels = Labels::build(self.labels()?).with_context(|| self.name.clone())?;
        let split = Split::stratified(&self.ids(&labels)?, ratio, seed)?;
        let rest = self.rows(self.name.clone(), &split.train);
        Ok((rest, self.rows(format!("{name} of {}", self.name), &split.test)))
    }
}

/// What a model is trained on, chosen by and tested on.
#[derive(Debug)]
pub struct DataSets {
    /// To train on.
    pub train: Source,
    /// To choose the best epoch by.
    pub valid: Option<Source>,
    /// To test the end on.
    pub test: Option<Source>,
    /// The labels of the training set.
    pub labels: Labels,
    /// The columns of the training set, for people.
    pub columns: Option<String>,
}

impl DataSets {
    /// Joins data sets; without a validation set, `valid_ratio` of the training set becomes one.
    ///
    /// # Errors
    /// If there is one label only, or a label that the training set lacks.
    pub fn new(
        train: Source,
        valid: Option<Source>,
        test: Option<Source>,
        valid_ratio: f64,
        seed: u64,
    ) -> Result<Self> {
        let columns = train.columns();
        let labels = Labels::build(train.labels()?).with_context(|| train.name.clone())?;
        for other in valid.iter().chain(&test) {
            other.ids(&labels)?;
        }
        let (train, valid) = match valid {
            None if valid_ratio > 0. => {
                let percent = 100. * valid_ratio;
                let (rest, aside) = train.divide(valid_ratio, seed, &format!("{percent}%"))?;
                if aside.len() == 0 { (train, None) } else { (rest, Some(aside)) }
            }
            valid => (train, valid),
        };
        Ok(Self { train, valid, test, labels, columns })
    }

    /// Names and sizes, for the manifest.
    pub fn describe(&self) -> Value {
        let describe = |source: &Source| json!({ "source": source.name, "examples": source.len() });
        json!({
            "train": describe(&self.train),
            "valid": self.valid.as_ref().map(describe),
            "test": self.test.as_ref().map(describe),
        })
    }
}

#[cfg(test)]
mod tests;
