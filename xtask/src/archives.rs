//! Archives of published data sets, which lie beside the repository and are no part of it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use crate::args::Args;
use crate::{process, python, repo};

/// Takes members out of an archive: archive, folder, members.
const UNPACK: &str = "
import pathlib, sys, tarfile
archive, folder, *members = sys.argv[1:]
with tarfile.open(archive) as tar:
    for member in members:
        data = tar.extractfile(member).read()
        pathlib.Path(folder, member.replace('/', '-')).write_bytes(data)
";

/// The folder that `--archives` names, or the usual one.
pub fn folder(args: &Args) -> PathBuf {
    match args.value("--archives") {
        Some(folder) => PathBuf::from(folder),
        None => repo::root().join("../shared/data"),
    }
}

/// Where [`unpack`] puts a member.
pub fn place(folder: &Path, member: &str) -> PathBuf {
    folder.join(member.replace('/', "-"))
}

/// Puts members of an archive into one folder, without folders of their own, unless they are there.
pub fn unpack(archive: &Path, folder: &Path, members: &[&str]) -> Result<()> {
    ensure!(archive.is_file(), "{} is not there (--archives DIR)", archive.display());
    if members.iter().all(|member| place(folder, member).is_file()) {
        return Ok(());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    let mut command = python::system_python();
    command.args(["-c", UNPACK]).arg(archive).arg(folder).args(members);
    process::run(&mut command).with_context(|| format!("cannot unpack {}", archive.display()))
}

#[cfg(test)]
mod tests;
