//! `cargo xtask build`: the binary for a device, after a look at what the machine has.

mod cuda;
mod preflight;

use anyhow::{Result, bail};

use crate::args::{Args, Command, Flag, unknown};
use crate::{process, repo};
use preflight::Preflight;

/// The command.
pub const COMMAND: Command = Command {
    name: "build",
    help: "Build the `sconce` binary for a device\n\n\
           cargo xtask build                   for the CPU\n\
           cargo xtask build --device cuda     looks for the toolkit first and names all that is missing",
    flags: &[
        Flag {
            name: "--device",
            value: Some("DEVICE"),
            help: "cpu, cuda, cudnn, metal, mkl or accelerate",
        },
        Flag { name: "--debug", value: None, help: "the dev profile instead of release" },
    ],
    max_words: 0,
    passes_on: false,
    run,
};

/// A device and the features of the packages that turn it on.
pub struct Device {
    /// Its name on the command line.
    pub name: &'static str,
    /// The features.
    pub features: &'static [&'static str],
}

const DEVICES: &[Device] = &[
    Device { name: "cpu", features: &[] },
    Device { name: "cuda", features: &["cuda"] },
    Device { name: "cudnn", features: &["cuda", "cudnn"] },
    Device { name: "metal", features: &["metal"] },
    Device { name: "mkl", features: &["mkl"] },
    Device { name: "accelerate", features: &["accelerate"] },
];

/// The device of a `--device` flag; the CPU where there is none.
pub fn device(args: &Args) -> Result<&'static Device> {
    let name = args.value("--device").unwrap_or("cpu");
    let names: Vec<&str> = DEVICES.iter().map(|device| device.name).collect();
    let found = DEVICES.iter().find(|device| device.name == name);
    found.ok_or_else(|| unknown("device", name, &names).into())
}

/// Looks at the machine and sets what the build for a device needs; fails with all that is missing.
pub fn prepare(device: &Device, command: &mut std::process::Command) -> Result<()> {
    let found: Preflight = preflight::look(device.name);
    for note in &found.notes {
        println!("{note}");
    }
    if !found.missing.is_empty() {
        let list: Vec<String> = found.missing.iter().map(|what| format!("  - {what}")).collect();
        bail!(
            "this machine cannot build for `{}`; missing:\n{}{}",
            device.name,
            list.join("\n"),
            found.advice
        );
    }
    command.envs(found.environment);
    if !device.features.is_empty() {
        command.args(["--features", &device.features.join(",")]);
    }
    if device.features.contains(&"cuda") {
        // Kernels take nvcc many minutes: no other build may throw them away.
        command.arg("--target-dir").arg(repo::target_dir(&repo::metadata()?).join("cuda"));
    }
    Ok(())
}

fn run(args: &Args) -> Result<()> {
    let device = device(args)?;
    let mut command = process::cargo();
    command.args(["build", "--package", "sconce"]);
    if !args.has("--debug") {
        command.arg("--release");
    }
    prepare(device, &mut command)?;
    process::run(&mut command)
}

#[cfg(test)]
mod tests;
