//! Options of every command: where it runs and what it prints.
//!
//! A command without tensors takes [`CommonOptions`] and no device.

use std::path::PathBuf;

use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use serde_json::Value;

use crate::console::Console;
use crate::device::DeviceChoice;
use crate::output::Output;

/// How many threads a command has, and what it prints.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Running")]
pub struct CommonOptions {
    /// Threads to compute with, at most 1024 [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Print results as JSON, one object a line
    #[arg(long)]
    pub json: bool,
    /// Print no notes and no progress
    #[arg(long)]
    pub quiet: bool,
    /// Read options from a TOML file; flags override it
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
}

/// Where a command runs, and what it prints.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Running")]
pub struct RunOptions {
    /// Where to compute: cpu, cuda, cuda:N or metal
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: DeviceChoice,
    /// What commands without a device have as well.
    #[command(flatten)]
    pub common: CommonOptions,
}

/// What a command runs with.
#[derive(Debug)]
pub struct Runtime {
    /// The device.
    pub device: Device,
    /// Where results go.
    pub output: Output,
    /// Where notes go.
    pub console: Console,
}

impl CommonOptions {
    /// Starts the threads, and says where results and notes go.
    ///
    /// # Errors
    /// If there cannot be so many threads.
    pub fn start(&self) -> Result<(Output, Console)> {
        if let Some(threads) = self.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build_global()
                .with_context(|| format!("{threads} threads cannot be started"))?;
        }
        Ok((Output::new(self.json), Console::new(self.quiet)))
    }
}

impl RunOptions {
    /// Starts the threads and opens the device.
    ///
    /// # Errors
    /// If the device is not there.
    pub fn start(&self) -> Result<Runtime> {
        let device = self.device.open()?;
        let (output, console) = self.common.start()?;
        Ok(Runtime { device, output, console })
    }

    /// Adds what decides a run's result to its settings: the threads in use, and the device.
    pub fn describe(&self, settings: &mut Value) {
        settings["threads"] = rayon::current_num_threads().into();
        settings["device"] = self.device.to_string().into();
    }
}
