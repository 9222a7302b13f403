//! One side of `cargo xtask bench --peers ops`: measures one operation of `sconce-ops` and prints
//! one line of JSON. The other side, and what is equal on both, is `benches/peers/ops.py`.
//!
//! `ops_peer --list` prints what there is; `ops_peer --case NAME --threads N --seconds S` measures.
//! A case is a function that prepares its data and returns one iteration; a new one is a file beside
//! this one and a line in [`cases`].
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program that prints what it measured"
)]

mod adamw;
mod cross_entropy;
mod data;
mod embedding;
mod encoder;
mod handed;
mod matmul;
mod measure;
mod memory;
mod params;
mod recurrent;
mod rowwise;
mod training_step;

use std::process::ExitCode;
use std::str::FromStr;

use candle_core::{Result, bail};
use serde_json::json;

use measure::Case;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Every case of this side. The names are those of the script.
fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new("encoder_layer_packed", || encoder::build(&data::SENTENCES)),
        Case::new("encoder_layer_equal", || encoder::build(&data::EQUAL)),
        Case::new("training_step_memory", training_step::build),
        Case::new("adamw", adamw::build),
        // One optimizer, compared with both of PyTorch's.
        Case::new("adamw_fused", adamw::build),
        Case::new("cross_entropy", cross_entropy::build),
        Case::new("linear_cross_entropy", cross_entropy::build_with_linear),
        Case::new("layer_norm", rowwise::build_layer_norm),
        Case::new("softmax", rowwise::build_softmax),
        Case::new("embedding", embedding::build),
    ];
    cases.extend(recurrent::cases());
    cases.extend(matmul::cases());
    cases
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(words: &[String]) -> Result<()> {
    if words.iter().any(|word| word == "--list") {
        let names: Vec<String> = cases().into_iter().map(|case| case.name).collect();
        let versions = json!({ "sconce": env!("CARGO_PKG_VERSION") });
        println!("{}", json!({ "cases": names, "versions": versions }));
        return Ok(());
    }
    let name: String = value(words, "--case")?;
    let (threads, seconds) = (value(words, "--threads")?, value(words, "--seconds")?);
    let Some(case) = cases().into_iter().find(|case| case.name == name) else {
        bail!("ops_peer: no case `{name}`; `--list` prints all");
    };
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build_global();
    pool.map_err(candle_core::Error::wrap)?;
    println!("{}", measure::measure(&case, seconds)?);
    Ok(())
}

/// The value behind a flag.
fn value<T: FromStr>(words: &[String], flag: &str) -> Result<T> {
    let place = words.iter().position(|word| word == flag);
    let Some(text) = place.and_then(|at| words.get(at + 1)) else {
        bail!("ops_peer: `{flag}` is missing: ops_peer --case NAME --threads N --seconds S");
    };
    match text.parse() {
        Ok(value) => Ok(value),
        Err(_) => bail!("ops_peer: {flag} wants a number, got `{text}`"),
    }
}

#[cfg(test)]
mod tests;
