//! Options of commands that open a model.

use std::path::{Path, PathBuf};

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::console::Console;
use crate::hub;

/// Which state of a model of the hub.
#[derive(Debug, Clone, Default, Args, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct HubOptions {
    /// Branch, tag or commit, where the model is a hub id [default: main]
    #[arg(long, value_name = "REVISION")]
    pub revision: Option<String>,
}

impl HubOptions {
    /// The folder of a model that is given as a folder or a hub id.
    ///
    /// # Errors
    /// If there is neither.
    pub fn folder(&self, model: &Path, console: Console) -> Result<PathBuf> {
        hub::resolve(model, self.revision.as_deref(), console)
    }
}
