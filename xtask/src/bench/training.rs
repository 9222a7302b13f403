//! Runs of `sconce train` as a user would start them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::done::Done;
use crate::{process, repo};

/// Builds the release binary and says where it lies.
pub fn build_binary() -> Result<PathBuf> {
    process::run(process::cargo().args(["build", "--quiet", "--release", "--package", "sconce"]))?;
    Ok(repo::binary(&repo::metadata()?, "release"))
}

/// The folder that measurements are written under: `target/<area>`, made if need be.
pub fn folder(area: &str) -> Result<PathBuf> {
    let folder = repo::target_dir(&repo::metadata()?).join(area);
    std::fs::create_dir_all(&folder)
        .with_context(|| format!("cannot make {}", folder.display()))?;
    Ok(folder)
}

/// `sconce train` on a pair of files into a fresh folder, quiet, its last line a `done` object.
pub fn command(binary: &Path, train: &Path, test: &Path, out: &Path) -> Command {
    let mut command = Command::new(binary);
    command.args(["train", "--json", "--quiet"]);
    command.arg("--train").arg(train).arg("--test").arg(test).arg("--out").arg(out);
    command
}

/// Runs a training to its end; what an earlier one left in `out` makes room.
pub fn run(command: &mut Command, out: &Path) -> Result<Done> {
    if out.exists() {
        std::fs::remove_dir_all(out).with_context(|| format!("cannot remove {}", out.display()))?;
    }
    let stdout = process::output(command)?;
    Done::parse(&stdout).with_context(|| process::shown(command))
}

/// Writes a record of measurements as JSON.
pub fn write_record(path: &Path, record: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(record)?;
    std::fs::write(path, text + "\n")
        .with_context(|| format!("cannot write {}", path.display()))?;
    println!("written: {}", path.display());
    Ok(())
}

/// The number of threads where the caller names none.
pub fn default_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
