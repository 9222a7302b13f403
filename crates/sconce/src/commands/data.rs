//! `sconce data`: look into data sets, convert, divide and prepare them.

mod prepare;

use anyhow::Result;
use clap::Subcommand;

/// What to do with a data set.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Encode a data set once, into a file that is reloaded at once
    Prepare(Box<prepare::Options>),
}

/// Runs a command.
pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Prepare(options) => prepare::run(&options),
    }
}
