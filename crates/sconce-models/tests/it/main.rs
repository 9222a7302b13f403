//! Models against what transformers computes on the same folders.

mod golden;
mod heads;
mod hidden_states;
mod loading;
mod lora;
mod sentences;
