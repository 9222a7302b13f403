//! Labelled sentences of the repository, cut into training and test parts.

use std::path::Path;

use anyhow::{Context, Result, ensure};

use crate::repo;

/// A data set of the repository: one file of sentences per label.
struct Source {
    name: &'static str,
    files: &'static [(&'static str, &'static str)],
}

const SOURCES: &[Source] = &[
    Source {
        name: "mr",
        files: &[
            ("neg", "crates/sconce/data/mr/rt-polarity.neg"),
            ("pos", "crates/sconce/data/mr/rt-polarity.pos"),
        ],
    },
    Source {
        name: "subj",
        files: &[
            ("objective", "benches/data/subj/plot.tok.gt9.5000"),
            ("subjective", "benches/data/subj/quote.tok.gt9.5000"),
        ],
    },
];

/// A sentence and its label.
pub type Row = (&'static str, String);

/// All sentences of a source, label after label.
pub fn read(source: &str) -> Result<Vec<Row>> {
    let found = SOURCES.iter().find(|known| known.name == source).with_context(|| {
        let names: Vec<&str> = SOURCES.iter().map(|known| known.name).collect();
        format!("unknown data source `{source}`; known: {}", names.join(", "))
    })?;
    let mut rows = Vec::new();
    for (label, file) in found.files {
        let path = repo::root().join(file);
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        rows.extend(
            text.lines()
                .map(str::trim)
                .filter(|line| !line.is_empty())
                .map(|line| (*label, line.to_owned())),
        );
    }
    Ok(rows)
}

/// Every tenth sentence for the test, the others for training.
pub fn every_tenth(rows: &[Row]) -> (Vec<&Row>, Vec<&Row>) {
    let numbered = || rows.iter().enumerate();
    let part = |is_test: bool| {
        numbered().filter(|(at, _)| (at % 10 == 9) == is_test).map(|(_, row)| row).collect()
    };
    (part(false), part(true))
}

/// `folds` parts of a seeded shuffle, equal in size but for one sentence.
pub fn folds(rows: &[Row], folds: usize, seed: u64) -> Vec<Vec<&Row>> {
    let mut order: Vec<&Row> = rows.iter().collect();
    let mut random = SplitMix64(seed);
    for last in (1..order.len()).rev() {
        order.swap(last, random.below(last + 1));
    }
    (0..folds).map(|fold| order.iter().skip(fold).step_by(folds).copied().collect()).collect()
}

/// Writes sentences as TSV under the header `label text`.
pub fn write_tsv(path: &Path, rows: &[&Row]) -> Result<()> {
    let mut text = String::from("label\ttext\n");
    for (label, sentence) in rows {
        ensure!(!sentence.contains('\t'), "a sentence holds a tab: `{sentence}`");
        text.push_str(label);
        text.push('\t');
        text.push_str(sentence);
        text.push('\n');
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// SplitMix64 (Steele, Lea, Flood 2014): small, seeded, the same everywhere.
pub struct SplitMix64(pub u64);

impl SplitMix64 {
    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number below `bound`, by the upper half of a product (Lemire).
    pub fn below(&mut self, bound: usize) -> usize {
        ((u128::from(self.next()) * bound as u128) >> 64) as usize
    }
}

#[cfg(test)]
mod tests;
