//! `cargo xtask bench`: criterion over the package `benches`; the siblings measure against others.

mod bystanders;
mod markdown;
pub mod peers;
pub mod published;
pub mod sentences;
mod statistics;
mod training;

use anyhow::Result;

use crate::args::{Args, Command, Flag};
use crate::{build, process};

/// The command.
pub const COMMAND: Command = Command {
    name: "bench",
    help: "Run the criterion benches, all or those whose name holds FILTER\n\n\
           cargo xtask bench [FILTER]\n\
           cargo xtask bench tokenize --save before\n\
           cargo xtask bench tokenize --compare before",
    flags: &[
        Flag { name: "--device", value: Some("DEVICE"), help: "as in `cargo xtask build`" },
        Flag { name: "--save", value: Some("NAME"), help: "keep the results under a name" },
        Flag { name: "--compare", value: Some("NAME"), help: "compare with kept results" },
    ],
    max_words: 1,
    passes_on: false,
    run,
};

fn run(args: &Args) -> Result<()> {
    let mut command = process::cargo();
    command.args(["bench", "--package", "benches", "--benches"]);
    build::prepare(build::device(args)?, &mut command)?;
    command.arg("--").args(&args.words);
    for (flag, criterion) in [("--save", "--save-baseline"), ("--compare", "--baseline")] {
        if let Some(name) = args.value(flag) {
            command.args([criterion, name]);
        }
    }
    process::run(&mut command)
}
