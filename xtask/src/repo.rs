//! Where things are: the workspace root, its files, its packages, the user's cache folder.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::process;

/// The workspace root.
pub fn root() -> PathBuf {
    let manifest = std::env::var("CARGO_MANIFEST_DIR")
        .unwrap_or_else(|_| String::from(env!("CARGO_MANIFEST_DIR")));
    Path::new(&manifest).parent().map(Path::to_path_buf).unwrap_or_default()
}

/// The files git tracks or would track, relative to the root, with `/` between folders.
pub fn files() -> Result<Vec<String>> {
    let listing = process::output(Command::new("git").current_dir(root()).args([
        "-c",
        "core.quotepath=off",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "--deduplicate",
    ]))?;
    let exists = |path: &&str| root().join(path).is_file();
    Ok(listing.lines().filter(exists).map(str::to_owned).collect())
}

/// `cargo metadata` of the workspace alone.
pub fn metadata() -> Result<Value> {
    let text =
        process::output(process::cargo().args(["metadata", "--format-version", "1", "--no-deps"]))?;
    serde_json::from_str(&text).context("`cargo metadata` printed no JSON")
}

/// The folder cargo builds into, from [`metadata`].
pub fn target_dir(metadata: &Value) -> PathBuf {
    metadata["target_directory"].as_str().map_or_else(|| root().join("target"), PathBuf::from)
}

/// The `sconce` binary of a profile (`release` or `debug`).
pub fn binary(metadata: &Value, profile: &str) -> PathBuf {
    target_dir(metadata).join(profile).join(format!("sconce{}", std::env::consts::EXE_SUFFIX))
}

/// Where downloads and Python environments are kept between runs:
/// `$SCONCE_CACHE`, else `$XDG_CACHE_HOME/sconce`, else `~/.cache/sconce`.
pub fn cache_dir() -> Result<PathBuf> {
    cache_dir_from(|name| {
        std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    })
    .context("no cache folder: set SCONCE_CACHE to a folder that may be written")
}

fn cache_dir_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
    variable("SCONCE_CACHE")
        .or_else(|| variable("XDG_CACHE_HOME").map(|base| base.join("sconce")))
        .or_else(|| variable("HOME").map(|home| home.join(".cache").join("sconce")))
        .or_else(|| variable("LOCALAPPDATA").map(|base| base.join("sconce")))
}

/// The checked-out commit, marked where the tree differs from it.
pub fn commit() -> String {
    let describe = process::output(Command::new("git").current_dir(root()).args([
        "describe",
        "--always",
        "--dirty",
        "--abbrev=12",
    ]));
    describe.map_or_else(|_| String::from("unknown"), |text| text.trim().to_owned())
}

/// The processor's name, for records of measurements.
pub fn cpu_model() -> String {
    let from_linux = || {
        let text = std::fs::read_to_string("/proc/cpuinfo").ok()?;
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    };
    let from_macos = || {
        if !cfg!(target_os = "macos") {
            return None;
        }
        let text = process::output(Command::new("sysctl").args(["-n", "machdep.cpu.brand_string"]));
        text.ok().map(|name| name.trim().to_owned())
    };
    from_linux()
        .or_else(from_macos)
        .or_else(|| std::env::var("PROCESSOR_IDENTIFIER").ok())
        .unwrap_or_else(|| String::from(std::env::consts::ARCH))
}

/// How many programs wanted a processor over the last minute, where the system tells.
pub fn load() -> Option<f64> {
    std::fs::read_to_string("/proc/loadavg").ok()?.split(' ').next()?.parse().ok()
}

/// Today in UTC as `2026-01-31`.
pub fn today() -> String {
    let seconds =
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs());
    let (year, month, day) = civil(seconds / 86_400);
    format!("{year:04}-{month:02}-{day:02}")
}

/// The Gregorian date of a day counted from 1970-01-01.
fn civil(mut days: u64) -> (u64, u64, u64) {
    let is_leap = |year: u64| {
        year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
    };
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let february = 28 + u64::from(is_leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if days < length {
            break;
        }
        days -= length;
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests;
