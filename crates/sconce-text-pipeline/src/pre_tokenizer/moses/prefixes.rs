//! Abbreviations after which a full stop ends no sentence, as Moses lists them.
//!
//! One a line in `prefixes/`; those with a `#` behind them count before digits only: `No. 5`.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::MosesLanguage;

/// When a full stop belongs to its abbreviation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Always,
    BeforeDigits,
}

type Prefixes = FxHashMap<&'static str, Kind>;

static PREFIXES: LazyLock<[Prefixes; 8]> = LazyLock::new(|| {
    [
        parse(include_str!("prefixes/de.txt")),
        parse(include_str!("prefixes/en.txt")),
        parse(include_str!("prefixes/es.txt")),
        parse(include_str!("prefixes/fr.txt")),
        parse(include_str!("prefixes/it.txt")),
        parse(include_str!("prefixes/nl.txt")),
        parse(include_str!("prefixes/pt.txt")),
        parse(include_str!("prefixes/ru.txt")),
    ]
});

/// The kind of an abbreviation, given without its full stop; none for other words.
pub(super) fn kind(language: MosesLanguage, prefix: &str) -> Option<Kind> {
    PREFIXES[language as usize].get(prefix).copied()
}

fn parse(lines: &'static str) -> Prefixes {
    let mut prefixes = Prefixes::default();
    for line in lines.lines() {
        let (prefix, kind) = match line.strip_suffix('#') {
            Some(prefix) => (prefix, Kind::BeforeDigits),
            None => (line, Kind::Always),
        };
        prefixes.insert(prefix, kind);
    }
    prefixes
}
