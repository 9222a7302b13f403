//! What the steps came to: counts of tests, the table, the closing line.

use std::fmt::Write as _;

/// Counts of tests.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tally {
    /// Tests that passed.
    pub passed: usize,
    /// Tests that failed.
    pub failed: usize,
    /// Tests that were not run.
    pub ignored: usize,
}

impl Tally {
    /// Adds what a `test result:` line says; any other line says nothing.
    pub fn read(&mut self, line: &str) {
        let Some((_, counts)) = line.split_once("test result:") else { return };
        for part in counts.split([';', '.']) {
            let mut words = part.split_whitespace();
            let number = words.next().and_then(|word| word.parse::<usize>().ok());
            match (number, words.next()) {
                (Some(count), Some("passed")) => self.passed += count,
                (Some(count), Some("failed")) => self.failed += count,
                (Some(count), Some("ignored")) => self.ignored += count,
                _ => {}
            }
        }
    }
}

/// How a step ended.
pub struct Outcome {
    /// Its name.
    pub name: String,
    /// How long it took.
    pub seconds: f64,
    /// Its tests, where it is a step of tests.
    pub tests: Option<Tally>,
    /// Whether it succeeded.
    pub is_ok: bool,
}

/// Every test, every other step, and every step of tests that failed without a failed test
/// (it did not compile).
pub fn total(outcomes: &[Outcome]) -> Tally {
    let mut total = Tally::default();
    for outcome in outcomes {
        let tests = outcome.tests.unwrap_or_default();
        total.passed += tests.passed;
        total.failed += tests.failed;
        total.ignored += tests.ignored;
        match outcome.tests {
            None if outcome.is_ok => total.passed += 1,
            _ if !outcome.is_ok && tests.failed == 0 => total.failed += 1,
            _ => {}
        }
    }
    total
}

/// One row per step.
pub fn table(outcomes: &[Outcome]) -> String {
    let width = outcomes.iter().map(|outcome| outcome.name.len()).max().unwrap_or(0).max(4);
    let mut text = format!("{:<width$}  {:>8}  outcome\n", "step", "seconds");
    for outcome in outcomes {
        let word = if outcome.is_ok { "ok" } else { "FAILED" };
        let _ = write!(text, "{:<width$}  {:>8.1}  {word}", outcome.name, outcome.seconds);
        if let Some(tests) = outcome.tests {
            let _ = write!(text, " ({} passed, {} failed", tests.passed, tests.failed);
            let _ = match tests.ignored {
                0 => write!(text, ")"),
                ignored => write!(text, ", {ignored} ignored)"),
            };
        }
        text.push('\n');
    }
    let seconds: f64 = outcomes.iter().map(|outcome| outcome.seconds).sum();
    let _ = writeln!(text, "{:<width$}  {seconds:>8.1}", "total");
    text
}

#[cfg(test)]
mod tests;
