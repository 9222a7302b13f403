//! `cargo xtask test`: the tests of the whole workspace.

use anyhow::Result;

use crate::args::{Args, Command};
use crate::process;

/// The command.
pub const COMMAND: Command = Command {
    name: "test",
    help: "Run `cargo test --workspace`; every word is handed on\n\n\
           cargo xtask test                          all tests\n\
           cargo xtask test -- vocabulary            those with `vocabulary` in their name",
    flags: &[],
    max_words: 0,
    passes_on: true,
    run,
};

fn run(args: &Args) -> Result<()> {
    process::run(process::cargo().args(["test", "--workspace"]).args(&args.words))
}
