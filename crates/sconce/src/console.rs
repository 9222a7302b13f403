//! What goes to stderr: notes, steps and the one line of an error.

use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

/// Writes to stderr; failing to do so is never an error of its own.
#[derive(Debug, Clone, Copy)]
pub struct Console {
    quiet: bool,
    colour: bool,
}

impl Default for Console {
    /// Not quiet; colours on a terminal, unless `NO_COLOR` is set.
    fn default() -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self { quiet: false, colour: wanted && io::stderr().is_terminal() }
    }
}

impl Console {
    /// The console of a command.
    pub fn new(quiet: bool) -> Self {
        Self { quiet, ..Self::default() }
    }

    /// Whether notes are left out.
    pub fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether someone looks on, so that a bar may move.
    #[cfg(feature = "hub")]
    pub fn is_interactive(&self) -> bool {
        !self.quiet && io::stderr().is_terminal()
    }

    /// One line for people, unless quiet.
    pub fn note(&self, text: impl Display) {
        if !self.quiet {
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// A line that begins something.
    pub fn heading(&self, text: impl Display) {
        match self.colour {
            true => self.note(format_args!("\x1b[1m{text}\x1b[0m")),
            false => self.note(text),
        }
    }

    /// Commands to try next, as they can be typed: with the program's name as it was called.
    pub fn next_commands(&self, arguments: &[String]) {
        let program = std::env::args().next().unwrap_or_else(|| "sconce".into());
        self.note("\nNext:");
        for arguments in arguments {
            self.note(format_args!("  {program} {arguments}"));
        }
    }

    /// The line of an error, quiet or not.
    pub fn error(&self, text: &str) {
        let label = if self.colour { "\x1b[1;31merror:\x1b[0m" } else { "error:" };
        let _ = writeln!(io::stderr(), "{label} {text}");
    }
}
