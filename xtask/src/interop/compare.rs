//! Two sides' numbers beside each other, and the table of cases.

use std::fmt::Write as _;

use serde_json::Value;

/// The farthest apart that two values may lie.
const TOLERANCE: f64 = 1e-4;

/// How a case ended.
#[derive(Debug, PartialEq)]
pub struct Outcome {
    name: String,
    /// The class that opened the folder.
    class: String,
    /// The outputs that were compared and the largest difference of each; or what went wrong.
    result: Result<Vec<(String, f64)>, String>,
    is_skipped: bool,
}

impl Outcome {
    pub fn failed(name: &str, why: String) -> Self {
        Self { name: name.to_owned(), class: String::new(), result: Err(why), is_skipped: false }
    }

    pub fn skipped(name: &str, why: String) -> Self {
        Self { is_skipped: true, ..Self::failed(name, why) }
    }

    /// Compares every output that the other library gave with Sconce's.
    pub fn of(name: &str, given: &Value, found: &Value) -> Self {
        if let Some(error) = found["error"].as_str() {
            return Self::failed(name, first_line(error).to_owned());
        }
        let outputs = found.as_object().into_iter().flatten().filter(|(key, _)| *key != "class");
        let differences: Result<Vec<(String, f64)>, String> = outputs
            .map(|(key, value)| Ok((key.clone(), difference(key, &given[key], value)?)))
            .collect();
        let result = differences.and_then(|differences| match differences.as_slice() {
            [] => Err(String::from("nothing to compare")),
            _ => Ok(differences),
        });
        let class = found["class"].as_str().unwrap_or_default().to_owned();
        Self { class, result, ..Self::failed(name, String::new()) }
    }

    /// Whether it was skipped, or all is within the tolerance.
    pub fn is_fine(&self) -> bool {
        match &self.result {
            Ok(differences) => differences.iter().all(|(_, difference)| *difference <= TOLERANCE),
            Err(_) => self.is_skipped,
        }
    }

    fn row(&self) -> [String; 4] {
        let outcome = match (self.is_fine(), self.is_skipped) {
            (_, true) => "skipped",
            (true, _) => "ok",
            (false, _) => "FAILED",
        };
        let result = match &self.result {
            Err(why) => why.clone(),
            Ok(differences) => {
                let cells = differences.iter().map(|(key, value)| format!("{key} {value:.1e}"));
                cells.collect::<Vec<_>>().join(", ")
            }
        };
        [self.name.clone(), outcome.to_owned(), self.class.clone(), result]
    }
}

/// The largest distance of two lists of numbers; shapes may differ in dimensions of one.
fn difference(key: &str, given: &Value, found: &Value) -> Result<f64, String> {
    let numbers = |value: &Value| -> Option<Vec<f64>> {
        value["data"].as_array()?.iter().map(Value::as_f64).collect()
    };
    let given = numbers(given).ok_or_else(|| format!("Sconce gave no {key}"))?;
    let found = numbers(found).ok_or_else(|| format!("{key} is no list of numbers"))?;
    if given.len() != found.len() {
        return Err(format!("{key}: {} values, Sconce gave {}", found.len(), given.len()));
    }
    let distances = given.iter().zip(&found).map(|(a, b)| (a - b).abs());
    Ok(distances.fold(0.0, f64::max))
}

fn first_line(text: &str) -> &str {
    text.lines().next().unwrap_or_default()
}

/// A row for each case.
pub fn table(outcomes: &[Outcome]) -> String {
    let rows: Vec<[String; 4]> = outcomes.iter().map(Outcome::row).collect();
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    let (name, class) = (width(0).unwrap_or_default(), width(2).unwrap_or_default());
    let mut text = String::new();
    for [case, outcome, opened, result] in &rows {
        let line = format!("{case:<name$}  {outcome:<7}  {opened:<class$}  {result}");
        let _ = writeln!(text, "{}", line.trim_end());
    }
    let count = |is: fn(&Outcome) -> bool| outcomes.iter().filter(|outcome| is(outcome)).count();
    let skipped = count(|outcome| outcome.is_skipped);
    let fine = count(Outcome::is_fine) - skipped;
    let failed = outcomes.len() - fine - skipped;
    let _ = writeln!(text, "interop: {fine} equal, {failed} failed, {skipped} skipped");
    text
}

#[cfg(test)]
mod tests;
