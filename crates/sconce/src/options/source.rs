//! Options of commands that use a model: which, with which adapter, and what happens to long texts.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use clap::Args;
use sconce_export::{Bundle, Predictor};
use sconce_models::{LoraConfig, checkpoint};
use sconce_text_pipeline::MaxLength;

use super::{HubOptions, Runtime};
use crate::console::Console;
use crate::failure::usage;
use crate::table::count;

/// Which model.
#[derive(Debug, Clone, Args)]
pub struct SourceOptions {
    /// Folder of the model, or its hub id
    #[arg(long, value_name = "DIR|ID", required_unless_present = "config")]
    pub model: Option<PathBuf>,
    /// Folder of a low-rank adapter (PEFT) for the model, or its hub id
    #[arg(long, value_name = "DIR|ID")]
    pub adapter: Option<PathBuf>,
    /// Where hub ids lead.
    #[command(flatten)]
    pub hub: HubOptions,
}

/// The folders of a model.
#[derive(Debug)]
pub struct Folders {
    /// The model's own.
    pub base: PathBuf,
    /// Its adapter's.
    pub adapter: Option<PathBuf>,
}

impl SourceOptions {
    /// Finds the folders; one that holds an adapter only leads to its model.
    ///
    /// # Errors
    /// If there is no such folder.
    pub fn folders(&self, console: Console) -> Result<Folders> {
        let Some(model) = &self.model else {
            return Err(usage("--model is required, as a flag or a key"));
        };
        let base = self.hub.folder(model, console)?;
        let adapter = self.adapter.as_ref().map(|adapter| self.hub.folder(adapter, console));
        let adapter = adapter.transpose()?;
        let is_adapter = LoraConfig::is_in(&base) && !base.join(checkpoint::CONFIG_FILE).exists();
        if adapter.is_some() || !is_adapter {
            return Ok(Folders { base, adapter });
        }
        let named = LoraConfig::load(&base)?.base_model_name_or_path.with_context(|| {
            format!(
                "{}: it does not name its model; give that as --model and this as --adapter",
                base.display()
            )
        })?;
        // A path in it starts from the current folder, as with PEFT, or from the adapter's.
        let beside = base.join(&named);
        let found = if Path::new(&named).exists() || !beside.exists() {
            self.hub.folder(Path::new(&named), console)
        } else {
            Ok(beside)
        };
        let found =
            found.with_context(|| format!("{}: the model of this adapter", base.display()))?;
        Ok(Folders { base: found, adapter: Some(base) })
    }

    /// Opens the model.
    ///
    /// # Errors
    /// If it is not there or not readable.
    pub fn open(&self, runtime: &Runtime) -> Result<Bundle> {
        let Folders { base, adapter } = self.folders(runtime.console)?;
        Ok(match adapter {
            Some(adapter) => Bundle::open_adapted(&base, &adapter, &runtime.device)?,
            None => Bundle::open(&base, &runtime.device)?,
        })
    }
}

/// What happens to long texts.
#[derive(Debug, Clone, Args)]
pub struct LengthOptions {
    /// Cut texts to so many tokens [default: as in training, or the model's positions]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub max_length: Option<u32>,
    /// Refuse texts that would have to be cut
    #[arg(long)]
    pub no_truncate: bool,
}

impl LengthOptions {
    /// A predictor with these limits.
    pub fn predictor(&self, bundle: Bundle) -> Predictor {
        let predictor = Predictor::new(bundle);
        let predictor = match self.max_length {
            Some(length) => predictor.with_limit(MaxLength::Truncate(length as usize)),
            None => predictor,
        };
        if self.no_truncate { predictor.refuse_long_texts() } else { predictor }
    }
}

/// Says how many texts were cut, if any were.
pub fn note_truncated(n_truncated: usize, n: usize, predictor: &Predictor, console: Console) {
    if let (1.., Some(length)) = (n_truncated, predictor.limit().get()) {
        let verb = if n_truncated == 1 { "was" } else { "were" };
        console.note(format_args!(
            "{n_truncated} of {} {verb} cut to {}; --no-truncate refuses such texts",
            count(n, "text"),
            count(length, "token")
        ));
    }
}
