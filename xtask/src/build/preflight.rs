//! What a build for a device needs from the machine.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use super::cuda;

/// What a look at the machine found.
#[derive(Debug, Default)]
pub struct Preflight {
    /// What was found, for the reader.
    pub notes: Vec<String>,
    /// Everything that is missing, each in one line.
    pub missing: Vec<String>,
    /// How to get what is missing; starts with a line break where it is not empty.
    pub advice: String,
    /// Variables for the build.
    pub environment: Vec<(&'static str, std::ffi::OsString)>,
}

/// Looks for what a device needs.
pub fn look(device: &str) -> Preflight {
    match device {
        "cuda" | "cudnn" => cuda::look(device == "cudnn"),
        "metal" | "accelerate" => apple(device, std::env::consts::OS),
        "mkl" => mkl(std::env::consts::ARCH, &mkl_places()),
        _ => Preflight::default(),
    }
}

/// Metal and Accelerate are parts of macOS.
pub fn apple(device: &str, os: &str) -> Preflight {
    let missing = match os {
        "macos" => Vec::new(),
        other => vec![format!("macOS: `{device}` is a part of it, and this is {other}")],
    };
    Preflight { missing, ..Preflight::default() }
}

/// MKL must be installed, and exists for x86-64 alone.
pub fn mkl(arch: &str, places: &[PathBuf]) -> Preflight {
    let mut found = Preflight::default();
    if arch != "x86_64" {
        found.missing.push(format!("an x86-64 processor: MKL does not run on {arch}"));
    }
    let has_libraries = |place: &&PathBuf| {
        ["lib/intel64", "lib", "lib/x86_64-linux-gnu"].iter().any(|inner| {
            let folder = place.join(inner);
            has_library(&folder, "mkl_core")
        })
    };
    match places.iter().find(has_libraries) {
        Some(place) => found.notes.push(format!("MKL: {}", place.display())),
        None => found.missing.push(format!(
            "the MKL libraries: no mkl_core under MKLROOT or {}",
            places.iter().map(|place| place.display().to_string()).collect::<Vec<_>>().join(", ")
        )),
    }
    if !found.missing.is_empty() {
        found.advice = String::from(
            "\nInstall Intel oneAPI MKL (packages `intel-oneapi-mkl-devel`, `libmkl-dev` or, from pip, \
             `mkl-devel`) and set MKLROOT where it lies elsewhere.",
        );
    }
    found
}

fn mkl_places() -> Vec<PathBuf> {
    let root = std::env::var_os("MKLROOT").map(PathBuf::from);
    let usual = ["/opt/intel/oneapi/mkl/latest", "/opt/intel/mkl", "/usr"];
    root.into_iter().chain(usual.iter().map(PathBuf::from)).collect()
}

/// Whether a folder holds a library of this name, static or shared, under any system's naming.
pub fn has_library(folder: &Path, name: &str) -> bool {
    let unix = format!("lib{name}.");
    let windows = format!("{name}.lib");
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.filter_map(Result::ok).any(|entry| {
        let file = entry.file_name().to_string_lossy().into_owned();
        file.starts_with(&unix) || file == windows
    })
}

/// What a program prints, if it can be run.
pub fn printed(program: &Path, words: &[&str]) -> Option<String> {
    let output = Command::new(program).args(words).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
