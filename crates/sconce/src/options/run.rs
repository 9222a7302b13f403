//! Options of every command: where it runs and what it prints.

use std::path::PathBuf;

use anyhow::{Context, Result};
use candle_core::Device;
use clap::Args;
use serde_json::Value;

use crate::console::Console;
use crate::device::DeviceChoice;
use crate::output::Output;

/// Where a command runs, and what it prints.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Running")]
pub struct RunOptions {
    /// Threads to compute with, at most 1024 [default: all cores]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub threads: Option<u16>,
    /// Where to compute: cpu, cuda, cuda:N or metal
    #[arg(long, value_name = "DEVICE", default_value_t)]
    pub device: DeviceChoice,
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

impl RunOptions {
    /// Starts the threads and opens the device.
    ///
    /// # Errors
    /// If the device is not there.
    pub fn start(&self) -> Result<Runtime> {
        let device = self.device.open()?;
        if let Some(threads) = self.threads {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads.into())
                .build_global()
                .with_context(|| format!("{threads} threads cannot be started"))?;
        }
        let (output, console) = (Output::new(self.json), Console::new(self.quiet));
        Ok(Runtime { device, output, console })
    }

    /// Adds what decides a run's result to its settings: the threads in use, and the device.
    pub fn describe(&self, settings: &mut Value) {
        settings["threads"] = rayon::current_num_threads().into();
        settings["device"] = self.device.to_string().into();
    }
}
