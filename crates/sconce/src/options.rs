//! Options that commands share. The names, types, defaults and help texts here are those of the
//! flags, of the keys of `--config`, and of the settings that a bundle keeps.

mod columns;
mod hub;
mod model;
mod optimization;
mod run;
mod task;
mod text;
pub mod values;

pub use columns::ColumnOptions;
pub use hub::HubOptions;
pub use model::{Arch, ModelOptions, SizeOptions};
pub use optimization::{ClassWeights, Defaults, OptimizationOptions};
pub use run::{RunOptions, Runtime};
pub use task::{EmbedLoss, Task, TaskOptions};
pub use text::TextOptions;
