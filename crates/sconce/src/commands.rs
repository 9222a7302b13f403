//! The commands, one a file.

pub mod answer;
pub mod data;
pub mod embed;
pub mod evaluate;
pub mod fill_mask;
pub mod generate;
pub mod inspect;
pub mod predict;
pub mod quickstart;
pub mod similarity;
pub mod tokenizer;
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
        Command::Embed(options) => embed::run(&options),
        Command::Similarity(options) => similarity::run(&options),
        Command::Generate(options) => generate::run(&options),
        Command::FillMask(options) => fill_mask::run(&options),
        Command::Answer(options) => answer::run(&options),
        Command::Inspect(options) => inspect::run(&options),
        Command::Tokenizer(command) => tokenizer::run(command),
        Command::Data(command) => data::run(command),
    }
}
