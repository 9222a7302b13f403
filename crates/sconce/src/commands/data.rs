//! `sconce data`: look into data sets, convert, divide and prepare them.

mod convert;
mod inspect;
mod prepare;
mod split;

use anyhow::Result;
use clap::Subcommand;

/// What to do with a data set.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what a data set holds: columns, labels, lengths, duplicates
    Inspect(inspect::Options),
    /// Write a data set in another format
    Convert(convert::Options),
    /// Divide a data set into parts for training and testing
    Split(Box<split::Options>),
    /// Encode a data set once, into a file that is reloaded at once
    Prepare(Box<prepare::Options>),
}

/// Runs a command.
pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Inspect(options) => inspect::run(&options),
        Command::Convert(options) => convert::run(&options),
        Command::Split(options) => split::run(&options),
        Command::Prepare(options) => prepare::run(&options),
    }
}
