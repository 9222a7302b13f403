//! Vectors in a file that other programs read: NumPy's `.npy`, `.safetensors`, lines of JSON. Written
//! row by row beside its place and renamed, so it is either whole or absent.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::Serialize;
use tempfile::NamedTempFile;

use crate::error::{Error, Result};

/// The form of a file of vectors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EmbeddingFormat {
    /// NumPy's `.npy`: an array `(n, dim)` of `f32`.
    Npy,
    /// `.safetensors` with one tensor `embeddings` `(n, dim)` of `f32`.
    Safetensors,
    /// `.jsonl`: an object with `text` and `embedding` a line.
    Jsonl,
}

impl EmbeddingFormat {
    /// The endings of file names.
    pub const NAMES: [&'static str; 3] = ["npy", "safetensors", "jsonl"];

    /// The form that a file's ending asks for.
    pub fn of_path(path: &Path) -> Option<Self> {
        path.extension()?.to_str()?.to_ascii_lowercase().parse().ok()
    }
}

impl FromStr for EmbeddingFormat {
    type Err = ();

    fn from_str(name: &str) -> Result<Self, ()> {
        match name {
            "npy" => Ok(Self::Npy),
            "safetensors" => Ok(Self::Safetensors),
            "jsonl" => Ok(Self::Jsonl),
            _ => Err(()),
        }
    }
}

/// A file of vectors in the making. Dropped before [`finish`](Self::finish), it leaves nothing.
#[derive(Debug)]
pub struct EmbeddingFile {
    path: PathBuf,
    format: EmbeddingFormat,
    dim: usize,
    /// Rows that are still to come.
    n_left: usize,
    out: BufWriter<NamedTempFile>,
}

/// A line of JSON.
#[derive(Serialize)]
struct Row<'a> {
    text: &'a str,
    embedding: &'a [f32],
}

impl EmbeddingFile {
    /// Begins a file of `n` vectors of size `dim`.
    ///
    /// # Errors
    /// If nothing can be written beside `path`.
    pub fn create(path: &Path, format: EmbeddingFormat, n: usize, dim: usize) -> Result<Self> {
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        let parent = parent.unwrap_or(Path::new("."));
        let failed = |source| Error::file(path, source);
        let file = tempfile::Builder::new().prefix(".sconce-").tempfile_in(parent);
        let mut out = BufWriter::new(file.map_err(failed)?);
        out.write_all(&header(format, n, dim)).map_err(failed)?;
        Ok(Self { path: path.to_owned(), format, dim, n_left: n, out })
    }

    /// Writes the next vector; JSON has its text beside it.
    ///
    /// # Errors
    /// If it has another size, all vectors were written, or the disk is full.
    pub fn push(&mut self, text: &str, vector: &[f32]) -> Result<()> {
        if vector.len() != self.dim || self.n_left == 0 {
            let (dim, n_left) = (self.dim, self.n_left);
            let message = format!(
                "a vector of {} numbers came where {n_left} of {dim} were to come",
                vector.len()
            );
            return Err(Error::file(&self.path, std::io::Error::other(message)));
        }
        self.n_left -= 1;
        let written = match self.format {
            EmbeddingFormat::Npy | EmbeddingFormat::Safetensors => {
                let bytes: Vec<u8> = vector.iter().flat_map(|x| x.to_le_bytes()).collect();
                self.out.write_all(&bytes)
            }
            EmbeddingFormat::Jsonl => serde_json::to_vec(&Row { text, embedding: vector })
                .map_err(std::io::Error::from)
                .and_then(|mut line| {
                    line.push(b'\n');
                    self.out.write_all(&line)
                }),
        };
        written.map_err(|source| Error::file(&self.path, source))
    }

    /// Puts the file in its place.
    ///
    /// # Errors
    /// If vectors are missing or the file cannot be written.
    pub fn finish(self) -> Result<()> {
        let failed = |source| Error::file(&self.path, source);
        if self.n_left > 0 {
            let message = format!("{} vectors are missing", self.n_left);
            return Err(failed(std::io::Error::other(message)));
        }
        let file = self.out.into_inner().map_err(|error| failed(error.into_error()))?;
        file.as_file().sync_all().map_err(failed)?;
        readable(file.as_file()).map_err(failed)?;
        file.persist(&self.path).map_err(|error| failed(error.error))?;
        Ok(())
    }
}

/// Gives a file the permissions of others: temporary files are the owner's only.
#[cfg(unix)]
fn readable(file: &File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(std::fs::Permissions::from_mode(0o644))
}

#[cfg(not(unix))]
fn readable(_: &File) -> std::io::Result<()> {
    Ok(())
}

/// What stands before the numbers.
fn header(format: EmbeddingFormat, n: usize, dim: usize) -> Vec<u8> {
    match format {
        EmbeddingFormat::Jsonl => Vec::new(),
        EmbeddingFormat::Npy => {
            let mut text =
                format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {dim}), }}");
            // Magic, version, length and this text fill lines of 64 bytes, with a line feed at the end.
            let n_before = 10;
            let padding = (64 - (n_before + text.len() + 1) % 64) % 64;
            text.extend(std::iter::repeat_n(' ', padding));
            text.push('\n');
            let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
            bytes.extend((text.len() as u16).to_le_bytes());
            bytes.extend(text.as_bytes());
            bytes
        }
        EmbeddingFormat::Safetensors => {
            let end = n * dim * size_of::<f32>();
            let mut text = format!(
                r#"{{"embeddings":{{"dtype":"F32","shape":[{n},{dim}],"data_offsets":[0,{end}]}}}}"#
            );
            // The numbers begin at a multiple of eight.
            text.extend(std::iter::repeat_n(' ', (8 - text.len() % 8) % 8));
            let mut bytes = (text.len() as u64).to_le_bytes().to_vec();
            bytes.extend(text.as_bytes());
            bytes
        }
    }
}

#[cfg(test)]
mod tests;
