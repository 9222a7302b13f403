//! The commands, one a file.

pub mod evaluate;
pub mod inspect;
pub mod predict;
pub mod quickstart;
pub mod train;

use anyhow::Result;

use crate::cli::Command;

/// Runs a command.
pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Quickstart(options) => quickstart::run(&options),
        Command::Train(options) => train::run(*options),
        Command::Evaluate(options) => evaluate::run(*options),
        Command::Predict(options) => predict::run(&options),
        Command::Inspect(options) => inspect::run(&options),
    }
}
