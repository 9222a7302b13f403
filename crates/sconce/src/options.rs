//! Options that commands share. The names, types, defaults and help texts here are those of the
//! flags, of the keys of `--config`, and of the settings that a bundle keeps.

mod columns;
mod hub;
mod model;
mod optimization;
mod run;
mod text;
pub mod values;

pub use columns::ColumnOptions;
pub use hub::HubOptions;
pub use model::{Arch, ModelOptions};
pub use optimization::{ClassWeights, OptimizationOptions};
pub use run::{RunOptions, Runtime};
pub use text::TextOptions;
