//! `sconce tokenizer`: train tokenizers, run them, and look into them.

mod decode;
mod encode;
mod ids;
mod inspect;
mod train;

use anyhow::Result;
use clap::Subcommand;

/// What to do with a tokenizer.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Train a tokenizer on your own texts
    Train(Box<train::Options>),
    /// Turn texts into the ids of tokens
    Encode(encode::Options),
    /// Turn ids back into text
    Decode(decode::Options),
    /// Show what a tokenizer is made of
    Inspect(inspect::Options),
}

/// Runs a command.
pub fn run(command: Command) -> Result<()> {
    match command {
        Command::Train(options) => train::run(&options),
        Command::Encode(options) => encode::run(&options),
        Command::Decode(options) => decode::run(&options),
        Command::Inspect(options) => inspect::run(&options),
    }
}
