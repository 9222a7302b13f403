//! `cargo xtask golden`: makes the reference values anew with Python. Never a part of ci.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};

use crate::args::{Args, Command};
use crate::python::{self, Environment};
use crate::{process, repo};

/// The command.
pub const COMMAND: Command = Command {
    name: "golden",
    help: "Regenerate the golden files with Python and show what changed\n\n\
           Runs every crates/*/tests/golden/*.py (or those whose path holds WORD) in an environment of\n\
           benches/peers/requirements-golden.txt, or of the NAME.requirements.txt or requirements.txt\n\
           beside the script.\n\n\
           cargo xtask golden [WORD]",
    flags: &[],
    max_words: 1,
    passes_on: false,
    run,
};

const SHARED: &str = "benches/peers/requirements-golden.txt";

fn run(args: &Args) -> Result<()> {
    let files = repo::files()?;
    let word = args.words.first().map_or("", String::as_str);
    let scripts: Vec<&String> =
        files.iter().filter(|path| is_script(path) && path.contains(word)).collect();
    if scripts.is_empty() {
        bail!("no script crates/*/tests/golden/*.py holds `{word}` in its path");
    }
    let mut failed = Vec::new();
    for script in scripts {
        println!("==> {script}");
        if let Err(error) = generate(script) {
            eprintln!("error: {error:#}");
            failed.push(script.as_str());
        }
    }
    println!("\nChanged golden files:");
    let paths = ["--", ":(glob)crates/*/tests/golden/**"];
    let git = || {
        let mut command = std::process::Command::new("git");
        command.current_dir(repo::root());
        command
    };
    process::run(git().args(["status", "--short"]).args(paths))?;
    process::run(git().args(["--no-pager", "diff", "--stat"]).args(paths))?;
    if !failed.is_empty() {
        bail!("not regenerated: {}", failed.join(", "));
    }
    Ok(())
}

fn is_script(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["crates", _, "tests", "golden", file] if file.ends_with(".py"))
}

fn generate(script: &str) -> Result<()> {
    let script = repo::root().join(script);
    match python::environment(&requirements(&script))? {
        Environment::Missing(why) => bail!("skipped: {why}"),
        Environment::Ready(python) => {
            let mut command = std::process::Command::new(python);
            process::run(command.current_dir(repo::root()).env("PYTHONUTF8", "1").arg(&script))
        }
    }
}

/// A script may bring its own pins, and so may a folder of scripts; most share one environment.
fn requirements(script: &Path) -> PathBuf {
    let of_script = script.with_extension("requirements.txt");
    let of_folder = script.with_file_name("requirements.txt");
    let own = [of_script, of_folder].into_iter().find(|own| own.is_file());
    own.unwrap_or_else(|| repo::root().join(SHARED))
}
