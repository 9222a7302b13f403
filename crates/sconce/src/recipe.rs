//! Everything that decides what a training run makes of its data.

use anyhow::Result;
use clap::{Args, Command, FromArgMatches};
use serde::Serialize;

use crate::options::{ModelOptions, OptimizationOptions, TaskOptions, TextOptions};

/// Everything that decides what a training run makes of its data.
#[derive(Debug, Clone, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Recipe {
    /// How text becomes tokens.
    #[command(flatten)]
    #[serde(flatten)]
    pub text: TextOptions,
    /// What the network looks like.
    #[command(flatten)]
    #[serde(flatten)]
    pub model: ModelOptions,
    /// How it is trained.
    #[command(flatten)]
    #[serde(flatten)]
    pub optimization: OptimizationOptions,
    /// Settings of single tasks.
    #[command(flatten)]
    #[serde(flatten)]
    pub task: TaskOptions,
}

impl Recipe {
    /// The recipe without a flag.
    pub fn defaults() -> Result<Self> {
        let command = Self::augment_args(Command::new("defaults"));
        Ok(Self::from_arg_matches(&command.try_get_matches_from(["defaults"])?)?)
    }
}

#[cfg(test)]
mod tests;
