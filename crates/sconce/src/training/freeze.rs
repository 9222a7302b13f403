//! `--freeze`: parameters that are not trained.

use anyhow::Result;
use sconce_ops::ParamStore;
use sconce_training::ParamPolicy;

use crate::failure::usage;

/// Freezes every parameter that a pattern names.
///
/// # Errors
/// If a pattern names none, or nothing is left to train.
pub fn freeze(patterns: &[String], store: &ParamStore) -> Result<()> {
    let policy = ParamPolicy { freeze: patterns.to_vec(), ..ParamPolicy::default() };
    match policy.apply(store) {
        Ok(_) => Ok(()),
        Err(error) => Err(usage(format_args!("--freeze: {error}"))),
    }
}
