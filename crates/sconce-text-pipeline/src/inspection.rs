//! What a data set holds: columns and their roles, labels, lengths, duplicates. Found in one pass, in
//! bounded memory.

mod column;

use std::hash::{BuildHasher, BuildHasherDefault};
use std::path::Path;

use rustc_hash::{FxHashSet, FxHasher};
use serde::Serialize;

use crate::corpus::{ReadOptions, guess_roles};
use crate::error::Result;
use crate::record::Record;
use crate::record_reader::RecordReader;

use column::Tally;
pub use column::{ColumnKind, ColumnSummary, Role};

/// Rows that are kept as examples.
const N_SHOWN: usize = 3;

/// Rows among which duplicates are looked for: so many fingerprints fit into 128 MB.
const N_COMPARED: usize = 8 << 20;

/// What was found in a data set.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Inspection {
    /// The file.
    pub path: String,
    /// Its format: see [`RecordReader::format`].
    pub format: &'static str,
    /// The number of rows.
    pub n_rows: u64,
    /// Rows that have nothing in any column.
    pub n_blank: u64,
    /// Rows that are equal to an earlier one in all columns.
    pub n_duplicates: u64,
    /// The columns, in their order.
    pub columns: Vec<ColumnSummary>,
    /// The first rows.
    pub first: Vec<Record>,
}

impl Inspection {
    /// Reads a file or a folder of texts to its end.
    ///
    /// The options may name columns and the format; labels need not be there.
    ///
    /// # Errors
    /// If the file cannot be read, or a row is not as its format wants it.
    pub fn of(path: impl AsRef<Path>, options: &ReadOptions) -> Result<Self> {
        let mut rows = RecordReader::open(path, options)?;
        let mut names: Vec<String> = rows.columns().to_vec();
        let mut tallies: Vec<Tally> = names.iter().map(|_| Tally::default()).collect();
        let mut inspection = Self {
            path: rows.name().to_owned(),
            format: rows.format(),
            n_rows: 0,
            n_blank: 0,
            n_duplicates: 0,
            columns: Vec::new(),
            first: Vec::new(),
        };
        let mut seen = FxHashSet::default();
        for record in &mut rows {
            let record = record?;
            // JSON lines may have further keys later on.
            for key in record.keys().filter(|key| !names.contains(key)).collect::<Vec<_>>() {
                names.push(key.clone());
                tallies.push(Tally::absent_from(inspection.n_rows));
            }
            let mut is_blank = true;
            for (name, tally) in names.iter().zip(&mut tallies) {
                is_blank &= !tally.add(record.get(name));
            }
            inspection.n_blank += u64::from(is_blank);
            inspection.n_duplicates += u64::from(is_seen(&mut seen, &record));
            inspection.n_rows += 1;
            if inspection.first.len() < N_SHOWN {
                inspection.first.push(record);
            }
        }
        let n_rows = inspection.n_rows;
        let mut columns: Vec<ColumnSummary> = names
            .into_iter()
            .zip(tallies)
            .map(|(name, tally)| tally.summary(name, n_rows))
            .collect();
        guess(&mut columns, rows.format(), options);
        inspection.columns = columns;
        Ok(inspection)
    }
}

fn is_seen(seen: &mut FxHashSet<u64>, record: &Record) -> bool {
    let hasher = BuildHasherDefault::<FxHasher>::default();
    let row = serde_json::to_vec(record).unwrap_or_default();
    let fingerprint = hasher.hash_one(row);
    match seen.len() < N_COMPARED {
        true => !seen.insert(fingerprint),
        false => seen.contains(&fingerprint),
    }
}

/// Gives columns the roles in which they would be read.
fn guess(columns: &mut [ColumnSummary], format: &str, options: &ReadOptions) {
    let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let roles: Vec<(Role, usize)> = match format {
        "conll" | "conllu" => named(&names, &[("tokens", Role::Tokens), ("tags", Role::Tags)]),
        "squad" => named(&names, &[("question", Role::Text), ("context", Role::Pair)]),
        _ if names.contains(&"tokens") => named(
            &names,
            &[("tokens", Role::Tokens), ("tags", Role::Tags), ("ner_tags", Role::Tags)],
        ),
        _ => guess_roles(&names, options),
    };
    for (role, column) in roles {
        columns[column].role = Some(role);
    }
}

fn named(names: &[&str], roles: &[(&str, Role)]) -> Vec<(Role, usize)> {
    let find = |(name, role): &(&str, Role)| {
        names.iter().position(|column| column == name).map(|column| (*role, column))
    };
    roles.iter().filter_map(find).collect()
}

#[cfg(test)]
mod tests;
