//! Models against what transformers computes on the same folders.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests may fail as tests do")]

mod conformance;
mod generation;
mod golden;
mod heads;
mod hidden_states;
mod loading;
mod lora;
mod real_models;
mod saving;
mod sentences;
