//! The `sconce` binary: parses, wires and shows progress. Whatever could live in a crate of its
//! own does.

mod candle_threads;
mod cli;
mod commands;
mod console;
mod data;
mod device;
mod failure;
mod hub;
mod jobs;
mod memory;
mod names;
mod options;
mod output;
mod progress;
mod recipe;
mod table;
mod training;
mod whole_file;

use std::process::ExitCode;

/// A faster allocator than most systems have: training allocates much and often.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    candle_threads::let_them_sleep();
    let outcome = cli::parse(std::env::args_os().collect()).and_then(|cli| match cli {
        Some(cli) => commands::run(cli.command),
        None => Ok(()),
    });
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => failure::report(&error),
    }
}
