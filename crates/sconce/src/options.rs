//! Options that commands share. The names, types, defaults and help texts here are those of the
//! flags, of the keys of `--config`, and of the settings that a bundle keeps.

mod columns;
mod generation;
mod hub;
mod model;
mod optimization;
mod records;
mod run;
mod source;
mod task;
mod text;
mod texts;
mod tokenizer;
pub mod values;

pub use columns::ColumnOptions;
pub use generation::GenerationOptions;
pub use hub::HubOptions;
pub use model::{Arch, ModelOptions, SizeOptions};
pub use optimization::{ClassWeights, Defaults, OptimizationOptions};
pub use records::{RecordOptions, WritingOptions};
pub use run::{CommonOptions, RunOptions, Runtime};
pub use source::{LengthOptions, SourceOptions, note_truncated};
pub use task::{EmbedLoss, Pooling, Task, TaskOptions};
pub use text::TextOptions;
pub use texts::{Item, Pairs, Place, TextsOptions};
pub use tokenizer::TokenizerOptions;
