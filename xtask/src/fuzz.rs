//! `cargo xtask fuzz`: each parser under libFuzzer for a bounded time.
//!
//! The targets are a package of their own, built by cargo-fuzz without a sanitizer: so the pinned
//! stable toolchain is enough, and what is looked for are panics, hangs and memory, not unsound code.

mod log;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use anyhow::{Context, Result, bail};

use crate::args::{Args, Command, Flag, unknown};
use crate::{process, repo};

/// The command.
pub const COMMAND: Command = Command {
    name: "fuzz",
    help: "Run the fuzz targets of the parsers, each for a bounded time\n\n\
           cargo xtask fuzz                    all targets, a minute each\n\
           cargo xtask fuzz csv --seconds 600  one target, ten minutes\n\
           cargo xtask fuzz --list             what there is\n\n\
           Needs cargo-fuzz (`cargo install cargo-fuzz --locked`, or --install) and a C++ compiler.\n\
           What was found before is kept in target/fuzz/corpus. An input that ends a target is kept\n\
           in target/fuzz/artifacts; the exit status is then 1. It is not a part of `ci`.",
    flags: &[
        Flag { name: "--seconds", value: Some("N"), help: "time for each target (60)" },
        Flag { name: "--timeout", value: Some("N"), help: "seconds that one input may take (10)" },
        Flag { name: "--memory", value: Some("MB"), help: "memory that one input may take (2048)" },
        Flag { name: "--install", value: None, help: "install cargo-fuzz if it is not there" },
        Flag { name: "--list", value: None, help: "say what targets there are" },
    ],
    max_words: usize::MAX,
    passes_on: false,
    run,
};

/// The package of the targets.
const PACKAGE: &str = "crates/sconce-text-pipeline/fuzz";

/// Inputs are at most this many bytes: what goes wrong only in longer ones is for tests.
const LONGEST: u32 = 16384;

/// The limits of a run.
struct Limits {
    seconds: u64,
    timeout: u64,
    memory: u64,
}

/// Where a target reads from and writes to.
struct Places {
    binary: PathBuf,
    corpus: PathBuf,
    seeds: PathBuf,
    artifacts: PathBuf,
}

fn run(args: &Args) -> Result<()> {
    let package = repo::root().join(PACKAGE);
    let known = targets(&package)?;
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    if args.has("--list") {
        known.iter().for_each(|name| println!("{name}"));
        return Ok(());
    }
    if let Some(word) = args.words.iter().find(|word| !known.contains(&word.as_str())) {
        return Err(unknown("fuzz target", word, &known).into());
    }
    let is_chosen = |name: &&str| args.words.is_empty() || args.words.iter().any(|w| w == name);
    let limits = Limits {
        seconds: args.number("--seconds", 60)?,
        timeout: args.number("--timeout", 10)?,
        memory: args.number("--memory", 2048)?,
    };
    find_cargo_fuzz(args.has("--install"))?;
    let folder = repo::target_dir(&repo::metadata()?).join("fuzz");
    let host = host()?;
    let mut failed = Vec::new();
    for name in known.into_iter().filter(is_chosen) {
        build(&package, &folder, &host, name)?;
        let places = Places::new(&folder, &package, &host, name)?;
        match fuzz(&places, &limits)? {
            Ok(done) => println!("fuzz: {name}: {done}"),
            Err(reason) => {
                println!("fuzz: {name}: FAILED: {reason}");
                failed.push(name);
            }
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => bail!("targets that failed: {}", failed.join(", ")),
    }
}

/// The targets that the package declares.
fn targets(package: &Path) -> Result<Vec<String>> {
    let path = package.join("Cargo.toml");
    let text = fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    let manifest: toml::Table = text.parse().with_context(|| path.display().to_string())?;
    let bins = manifest.get("bin").and_then(toml::Value::as_array).into_iter().flatten();
    Ok(bins.filter_map(|bin| Some(bin.get("name")?.as_str()?.to_owned())).collect())
}

fn find_cargo_fuzz(install: bool) -> Result<()> {
    let is_there = || {
        let mut probe = process::cargo();
        let probe = probe.args(["fuzz", "--version"]).stdout(Stdio::null()).stderr(Stdio::null());
        probe.status().is_ok_and(|status| status.success())
    };
    if is_there() {
        return Ok(());
    }
    if !install {
        bail!(
            "cargo-fuzz is not installed: call `cargo install cargo-fuzz --locked`, or add --install"
        );
    }
    process::run(process::cargo().args(["install", "cargo-fuzz", "--locked"]))
}

/// The machine that rustc builds for, which cargo-fuzz names its folder after.
fn host() -> Result<String> {
    let text = process::output(Process::new("rustc").current_dir(repo::root()).arg("-vV"))?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    host.map(str::to_owned).context("`rustc -vV` names no host")
}

fn build(package: &Path, folder: &Path, host: &str, name: &str) -> Result<()> {
    let mut cargo = process::cargo();
    cargo.args(["fuzz", "build", "--sanitizer", "none", "--codegen-units", "8", "--target", host]);
    cargo.arg("--fuzz-dir").arg(package).arg("--target-dir").arg(folder.join("build")).arg(name);
    process::run(&mut cargo)
}

impl Places {
    fn new(folder: &Path, package: &Path, host: &str, name: &str) -> Result<Self> {
        let binary = format!("{name}{}", std::env::consts::EXE_SUFFIX);
        let places = Self {
            binary: folder.join("build").join(host).join("release").join(binary),
            corpus: folder.join("corpus").join(name),
            seeds: package.join("seeds").join(name),
            artifacts: folder.join("artifacts").join(name),
        };
        for made in [&places.corpus, &places.artifacts] {
            fs::create_dir_all(made).with_context(|| made.display().to_string())?;
        }
        Ok(places)
    }
}

/// Runs a target: what it did, or why it ended early.
fn fuzz(places: &Places, limits: &Limits) -> Result<Result<String, String>> {
    let mut command = Process::new(&places.binary);
    // The first folder is also written to.
    command.arg(&places.corpus);
    if places.seeds.is_dir() {
        command.arg(&places.seeds);
    }
    command.args([
        format!("-max_total_time={}", limits.seconds),
        format!("-timeout={}", limits.timeout),
        format!("-rss_limit_mb={}", limits.memory),
        format!("-malloc_limit_mb={}", limits.memory),
        format!("-max_len={LONGEST}"),
        format!("-artifact_prefix={}/", places.artifacts.display()),
    ]);
    let output = command.output().with_context(|| places.binary.display().to_string())?;
    let log = String::from_utf8_lossy(&output.stderr);
    if output.status.success() {
        return Ok(Ok(log::done(&log)));
    }
    let mut reason = log::reason(&log);
    if let Some(input) = log::input(&log) {
        reason.push_str(&format!(
            "\n  input:  {input}\n  again:  {} {input}",
            places.binary.display()
        ));
    }
    Ok(Err(reason))
}
