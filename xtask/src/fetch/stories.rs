//! stories260K: a real Llama of 260,000 parameters, taken from the archive of tokenizers and made into a
//! folder of Hugging Face, with what transformers generates from it.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::args::Args;
use crate::python::{self, Environment};
use crate::{archives, process, repo};

pub const NAME: &str = "stories260k";
pub const WHAT: &str =
    "a tiny Llama that tells stories (converted with Python; needs the archive of tokenizers)";

const SCRIPT: &str = "benches/peers/stories260k.py";
const ARCHIVE: &str = "tokenizers.tar.xz";
const MEMBERS: [&str; 2] = ["models/stories260K/stories260K.bin", "models/stories260K/tok512.bin"];

/// The folder, which is made if it is not there: tests look for it under `target/models`.
pub fn fetch(args: &Args) -> Result<PathBuf> {
    let models = repo::target_dir(&repo::metadata()?).join("models");
    let folder = models.join("stories260K");
    if folder.join("greedy.json").is_file() {
        return Ok(folder);
    }
    let source = models.join("stories260K-source");
    archives::unpack(&archives::folder(args).join(ARCHIVE), &source, &MEMBERS)?;
    for member in MEMBERS {
        let name = member.rsplit('/').next().unwrap_or(member);
        let (from, to) = (archives::place(&source, member), source.join(name));
        std::fs::copy(&from, &to).with_context(|| format!("cannot write {}", to.display()))?;
    }
    let requirements = repo::root().join("benches/peers/requirements-transfer.txt");
    let python = match python::environment(&requirements)? {
        Environment::Ready(python) => python,
        Environment::Missing(why) => bail!("no Python environment: {why}"),
    };
    let mut command = Command::new(python);
    command.env("PYTHONUTF8", "1").arg(repo::root().join(SCRIPT));
    process::run(command.arg("--source").arg(&source).arg("--out").arg(&folder))?;
    Ok(folder)
}
