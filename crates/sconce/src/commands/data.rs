//! `sconce data`: data sets.

use anyhow::Result;
use clap::Subcommand;

/// What to do with a data set.
#[derive(Debug, Subcommand)]
pub enum Command {}

/// Runs a command.
pub fn run(command: Command) -> Result<()> {
    match command {}
}
