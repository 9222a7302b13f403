//! Two files whose lines are translations of each other.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::layout::packed_or_not;
use crate::corpus::{Example, Format};
use crate::error::{DataError, Error, Result};
use crate::example_reader::ExampleReader;
use crate::rows::{Found, Rows};
use crate::text_source::{SourceSettings, TextSource};

/// The lines of both files.
struct Parallel {
    sides: [Side; 2],
    line: usize,
}

/// One file, and its lines that wait for the other's.
struct Side {
    source: TextSource,
    lines: VecDeque<String>,
    is_at_end: bool,
}

impl Side {
    fn open(path: &Path) -> Result<Self> {
        let source = TextSource::open(path, SourceSettings::new(false))?;
        Ok(Self { source, lines: VecDeque::new(), is_at_end: false })
    }

    fn fill(&mut self) -> Result<()> {
        while self.lines.is_empty() && !self.is_at_end {
            match self.source.block()? {
                Some(block) => {
                    self.lines.extend(block.text.lines().map(|line| line.trim().to_owned()))
                }
                None => self.is_at_end = true,
            }
        }
        Ok(())
    }
}

pub(super) fn open(texts: &Path, pairs: &Path) -> Result<ExampleReader> {
    let sides = [Side::open(texts)?, Side::open(pairs)?];
    let name = texts.display().to_string();
    Ok(ExampleReader::of_rows(Parallel { sides, line: 0 }, name, Format::Lines))
}

/// The file of another language that lies beside one: `train.de` beside `train.en`.
pub(super) fn beside(path: &Path, language: &str) -> Result<PathBuf> {
    let mut plain = path.to_owned();
    if plain.extension().is_some_and(|ending| ending == "gz" || ending == "zst") {
        plain.set_extension("");
    }
    let other = plain.with_extension(language);
    packed_or_not(&other).ok_or_else(|| Error::FileMissing { path: other.display().to_string() })
}

impl Rows<Example> for Parallel {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let [texts, pairs] = &mut self.sides;
        texts.fill()?;
        pairs.fill()?;
        if texts.lines.is_empty() != pairs.lines.is_empty() {
            let (longer, shorter) =
                if texts.lines.is_empty() { (pairs, texts) } else { (texts, pairs) };
            let place = format!("{}:{}", longer.source.name(), self.line + 1);
            let shorter = shorter.source.name();
            let reason =
                format!("{shorter} ends before this line; both files must have as many lines");
            return Err(DataError::Layout { place, reason }.into());
        }
        let n_lines = texts.lines.len().min(pairs.lines.len());
        for (text, pair) in texts.lines.drain(..n_lines).zip(pairs.lines.drain(..n_lines)) {
            self.line += 1;
            found.add(self.line, Example { text, pair: Some(pair), ..Example::default() });
        }
        Ok(n_lines > 0)
    }
}
