//! Models against what transformers computes on the same folders.

mod generation;
mod golden;
mod heads;
mod hidden_states;
mod loading;
mod lora;
mod real_models;
mod sentences;
