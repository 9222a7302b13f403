//! Python environments from pinned requirements, kept in the user's cache folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::{process, repo};

/// A virtual environment, or why there is none.
pub enum Environment {
    /// The interpreter of an environment that holds every pinned package.
    Ready(PathBuf),
    /// What is missing; whoever needed it is skipped and says so.
    Missing(String),
}

/// Prints the pinned packages that are not installed; a local part of a version (`+cpu`) is ignored.
const PROBE: &str = "
import sys
from importlib.metadata import PackageNotFoundError, version
for pin in sys.argv[1:]:
    name, wanted = pin.split('==')
    try:
        found = version(name).split('+')[0]
    except PackageNotFoundError:
        found = 'absent'
    if found != wanted:
        print(f'{pin} ({found})')
";

/// The environment for a requirements file: the one made before, or a new one.
///
/// # Errors
/// If the requirements cannot be read or pin nothing. Whatever is wrong with Python is no error but
/// an environment that is missing.
pub fn environment(requirements: &Path) -> Result<Environment> {
    let (folder, pins) = place(requirements)?;
    Ok(environment_in(&folder, requirements, &pins))
}

/// The environment for a requirements file if it was made before; nothing is installed.
///
/// # Errors
/// As [`environment`].
pub fn existing(requirements: &Path) -> Result<Environment> {
    let (folder, pins) = place(requirements)?;
    Ok(existing_in(&folder, &pins))
}

/// The folder of an environment, and what it must hold.
fn place(requirements: &Path) -> Result<(PathBuf, Vec<String>)> {
    let text = std::fs::read_to_string(requirements)
        .with_context(|| format!("cannot read {}", requirements.display()))?;
    let pins = pins(&text).with_context(|| requirements.display().to_string())?;
    let folder = repo::cache_dir()?.join("peers").join(folder_name(requirements, &pins));
    Ok((folder, pins))
}

fn existing_in(folder: &Path, pins: &[String]) -> Environment {
    let python = interpreter(folder);
    if !python.is_file() {
        return Environment::Missing(format!("there is no environment {}", folder.display()));
    }
    match missing(&python, pins) {
        Ok(missing) if missing.is_empty() => Environment::Ready(python),
        Ok(missing) => Environment::Missing(format!("not installed: {}", missing.join(", "))),
        Err(error) => Environment::Missing(format!("{error:#}")),
    }
}

/// The environment in a folder, which may be absent, whole, or left half made by a run that was
/// interrupted or by a Python that is gone.
fn environment_in(folder: &Path, requirements: &Path, pins: &[String]) -> Environment {
    match complete(folder, requirements, pins) {
        Ok(python) => Environment::Ready(python),
        Err(error) if folder.exists() => Environment::Missing(format!(
            "{error:#}; if this stays, remove {} to have it made anew",
            folder.display()
        )),
        Err(error) => Environment::Missing(format!("{error:#}")),
    }
}

/// Makes what is missing of an environment and returns its interpreter.
fn complete(folder: &Path, requirements: &Path, pins: &[String]) -> Result<PathBuf> {
    let python = interpreter(folder);
    if !python.is_file() {
        println!("python: making {}", folder.display());
        process::run(system_python().args(["-m", "venv"]).arg(folder))
            .context("no virtual environment")?;
    }
    if missing(&python, pins)?.is_empty() {
        return Ok(python);
    }
    println!("python: installing {}", pins.join(" "));
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"];
    process::run(Command::new(&python).args(pip).arg(requirements))
        .with_context(|| format!("cannot install {}", pins.join(" ")))?;
    let missing = missing(&python, pins)?;
    ensure!(missing.is_empty(), "not installed: {}", missing.join(", "));
    Ok(python)
}

/// The Python on PATH; it only makes environments and unpacks downloads.
pub fn system_python() -> Command {
    let mut command = Command::new(if cfg!(windows) { "python" } else { "python3" });
    command.env("PYTHONUTF8", "1");
    command
}

/// The pins of a requirements file, sorted; a line that pins nothing is an error.
fn pins(text: &str) -> Result<Vec<String>> {
    let mut pins = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.split('#').next().unwrap_or_default().trim();
        match line.split_once("==") {
            _ if line.is_empty() => {}
            Some((name, version)) if !name.is_empty() && !version.is_empty() => {
                pins.push(line.to_owned());
            }
            _ => bail!("line {}: `{line}` is not pinned: write name==version", index + 1),
        }
    }
    pins.sort();
    Ok(pins)
}

/// Named by what is pinned, so that a changed pin makes a new environment and comments do not.
fn folder_name(requirements: &Path, pins: &[String]) -> String {
    let stem = requirements.file_stem().unwrap_or_default().to_string_lossy();
    let area = stem.strip_prefix("requirements-").unwrap_or(&stem);
    format!("{area}-{:016x}", fnv1a(pins.join("\n").as_bytes()))
}

/// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
fn fnv1a(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

fn interpreter(folder: &Path) -> PathBuf {
    match cfg!(windows) {
        true => folder.join("Scripts").join("python.exe"),
        false => folder.join("bin").join("python"),
    }
}

fn missing(python: &Path, pins: &[String]) -> Result<Vec<String>> {
    let text = process::output(Command::new(python).args(["-c", PROBE]).args(pins))
        .context("the environment's Python does not work")?;
    Ok(text.lines().map(str::to_owned).collect())
}

#[cfg(test)]
mod tests;
