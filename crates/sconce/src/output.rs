//! What goes to stdout: results, for people or as one JSON object a line.
//!
//! A reader that goes away (`| head -1`) ends the writing, not the work: a model that was trained
//! for hours is still saved.

use std::fmt::Display;
use std::io::{self, Write};

use serde::Serialize;

/// Where results go.
#[derive(Debug, Clone, Copy)]
pub struct Output {
    json: bool,
}

impl Output {
    /// Results as JSON lines or as text.
    pub fn new(json: bool) -> Self {
        Self { json }
    }

    /// Writes an object if results are JSON.
    pub fn json(&self, object: &impl Serialize) -> io::Result<()> {
        if !self.json {
            return Ok(());
        }
        let line = serde_json::to_string(object)?;
        unless_closed(writeln!(io::stdout(), "{line}"))
    }

    /// Writes text if results are for people.
    pub fn text(&self, text: impl Display) -> io::Result<()> {
        if self.json {
            return Ok(());
        }
        unless_closed(write!(io::stdout(), "{text}"))
    }
}

fn unless_closed(written: io::Result<()>) -> io::Result<()> {
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}
