//! Automation of the workspace: `cargo xtask <command>`.
//!
//! One file per command; its help text is the `HELP` constant beside its `run`. The same calls
//! serve a laptop, `.ci/run` and `.github/workflows/ci.yml`.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line tool talks to the terminal"
)]

mod archives;
mod args;
mod bench;
mod build;
mod check_layers;
mod ci;
mod done;
mod fetch;
mod fuzz;
mod golden;
mod interop;
mod process;
mod python;
mod repo;
mod test;
mod tidy;

use std::process::ExitCode;

use args::{Command, UsageError};

/// Every command, in the order the overview lists them.
const COMMANDS: &[Command] = &[
    ci::COMMAND,
    test::COMMAND,
    build::COMMAND,
    bench::COMMAND,
    bench::peers::COMMAND,
    bench::published::COMMAND,
    check_layers::COMMAND,
    tidy::COMMAND,
    fetch::COMMAND,
    fuzz::COMMAND,
    golden::COMMAND,
    interop::COMMAND,
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let outcome = args::dispatch(COMMANDS, &words);
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(if error.is::<UsageError>() { 2 } else { 1 })
        }
    }
}
