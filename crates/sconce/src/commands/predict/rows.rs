//! Fillings of masks, vectors and continued texts, as rows.

use std::io::Write;

use anyhow::Result;
use sconce_export::{FilledMasks, Filling, Generation};
use serde::Serialize;

use super::Writer;
use crate::table::printable;

/// The masks of a text.
#[derive(Debug, Serialize)]
pub struct MaskRow<'a> {
    /// The text.
    pub text: &'a str,
    /// For each mask the best tokens.
    pub masks: &'a [Vec<Filling>],
}

#[derive(Debug, Serialize)]
struct VectorRow<'a> {
    text: &'a str,
    embedding: &'a [f32],
}

#[derive(Debug, Serialize)]
struct TextRow<'a> {
    prompt: &'a str,
    text: &'a str,
    full_text: String,
    finish: &'a str,
}

/// The best tokens of each mask for people, a line for each mask.
pub fn mask_lines(filled: &FilledMasks) -> String {
    let filling = |filling: &Filling| format!("{} {:.4}", printable(&filling.token), filling.score);
    let line = |mask: &Vec<Filling>| mask.iter().map(filling).collect::<Vec<_>>().join("  ");
    filled.masks.iter().map(line).collect::<Vec<_>>().join("  |  ")
}

impl<W: Write> Writer<W> {
    pub(super) fn filled(&mut self, texts: &[&str], rows: &[FilledMasks]) -> Result<()> {
        for (text, row) in texts.iter().zip(rows) {
            let line = || format!("{}  {}", mask_lines(row), printable(text));
            self.write(&MaskRow { text, masks: &row.masks }, line)?;
        }
        Ok(())
    }

    pub(super) fn embedded(&mut self, texts: &[&str], rows: &[Vec<f32>]) -> Result<()> {
        for (text, embedding) in texts.iter().zip(rows) {
            let numbers = || embedding.iter().map(|x| format!("{x}")).collect::<Vec<_>>().join(" ");
            self.write(&VectorRow { text, embedding }, numbers)?;
        }
        Ok(())
    }

    pub(super) fn generated(&mut self, texts: &[&str], rows: &[Generation]) -> Result<()> {
        for row in rows {
            let prompt = texts[row.prompt];
            let full_text = format!("{prompt}{}", row.text);
            let line = printable(&full_text);
            let finish = row.finish;
            self.write(&TextRow { prompt, text: &row.text, full_text, finish }, || line)?;
        }
        Ok(())
    }
}
