//! The binary as a user calls it: real files, real processes.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

mod bad_input;
mod broken_pipe;
mod bundles;
mod config;
mod data_sets;
mod determinism;
mod finetuning;
mod harness;
mod help;
#[cfg(feature = "hub")]
mod hub;
mod inference;
mod tokenizers;
mod training;
mod vectors;
