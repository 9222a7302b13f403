//! What a comparison was to reach, and whether it did.

use crate::bench::markdown;

/// A target, what was found, and whether that reaches it.
#[derive(Debug, PartialEq)]
pub struct Verdict {
    pub target: String,
    pub found: Option<String>,
    pub reached: Option<bool>,
    /// Whether it says nothing on a machine on which others run.
    pub is_speed: bool,
}

const COLUMNS: [&str; 4] = ["case", "target", "found", "reached"];

/// A table of verdicts, each with the name of its case and whether others ran beside that.
pub fn table<'a>(verdicts: impl Iterator<Item = (&'a str, bool, Verdict)>) -> String {
    let row = |(case, is_disturbed, verdict): (&str, bool, Verdict)| {
        let reached = match verdict.reached {
            Some(_) if verdict.is_speed && is_disturbed => "disturbed",
            Some(true) => "yes",
            Some(false) => "no",
            None => "not measured",
        };
        let found = verdict.found.unwrap_or_default();
        vec![case.to_owned(), verdict.target, found, reached.to_owned()]
    };
    markdown::table(&COLUMNS, verdicts.map(row).collect())
}
