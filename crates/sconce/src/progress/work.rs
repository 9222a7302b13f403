//! Progress of work that is counted in bytes, rows or steps: a bar with rate and time left on a
//! terminal, plain lines every few seconds elsewhere.

use std::io::{self, IsTerminal};
use std::time::Instant;

use indicatif::{ProgressBar, ProgressStyle};

use super::{LINE_EVERY, clock};
use crate::console::Console;
use crate::table::{bytes, thousands};

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Bytes of input.
    Bytes,
    /// Rows of a data set.
    Rows,
    /// Steps of a computation.
    Steps,
}

/// Work of which so much is done.
pub struct Work {
    console: Console,
    what: &'static str,
    unit: Unit,
    /// How much there is, where that is known.
    total: Option<u64>,
    bar: Option<ProgressBar>,
    started: Instant,
    last_line: Instant,
}

impl Work {
    /// Begins: `what` is a word such as `reading`.
    pub fn new(console: Console, what: &'static str, unit: Unit, total: Option<u64>) -> Self {
        let now = Instant::now();
        let is_shown = !console.is_quiet() && io::stderr().is_terminal();
        let bar = is_shown.then(|| {
            let (bar, template) = match total {
                Some(total) => (ProgressBar::new(total), "  {prefix} {bar:32} {msg}"),
                None => (ProgressBar::no_length(), "  {prefix} {msg}"),
            };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style);
            }
            bar.with_prefix(what)
        });
        Self { console, what, unit, total, bar, started: now, last_line: now }
    }

    /// Says that so much is done by now.
    pub fn show(&mut self, done: u64) {
        let seconds = self.started.elapsed().as_secs_f64();
        if let Some(bar) = &self.bar {
            bar.set_message(status(self.unit, done, self.total, seconds));
            bar.set_position(done);
        } else if self.last_line.elapsed() >= LINE_EVERY {
            self.last_line = Instant::now();
            let status = status(self.unit, done, self.total, seconds);
            self.console.note(format_args!("  {}: {status}", self.what));
        }
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// `12.0 MB of 33.0 MB, 4.0 MB/s, 5 s left`.
fn status(unit: Unit, done: u64, total: Option<u64>, seconds: f64) -> String {
    let rate = done as f64 / seconds.max(1e-9);
    let of = |n: u64| match unit {
        Unit::Bytes => bytes(n),
        Unit::Rows | Unit::Steps => thousands(usize::try_from(n).unwrap_or(usize::MAX)),
    };
    let name = match unit {
        Unit::Bytes => "",
        Unit::Rows => " rows",
        Unit::Steps => " steps",
    };
    match total.filter(|total| *total >= done) {
        Some(total) => {
            let left = (total - done) as f64 / rate.max(1e-9);
            let left = if done == 0 { String::new() } else { format!(", {} left", clock(left)) };
            format!("{} of {}{name}, {}/s{left}", of(done), of(total), of(rate as u64))
        }
        None => format!("{}{name}, {}/s", of(done), of(rate as u64)),
    }
}

#[cfg(test)]
mod tests;
