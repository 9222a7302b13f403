//! What a cache was made of, as one number: other data, another tokenizer or other settings have
//! another one.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::str::FromStr;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::Xxh3;

use super::format::VERSION;
use crate::error::{CacheError, Error, Result};
use crate::max_length::MaxLength;
use crate::tokenizer::Tokenizer;

/// 128 bits that name source, tokenizer and settings (XXH3: fast, and safe against accidents, but
/// not against somebody who wants two sources to have one fingerprint).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint(u128);

impl Fingerprint {
    /// Begins one; the format of the cache's file is in it already.
    ///
    /// ```
    /// use sconce_text_pipeline::Fingerprint;
    ///
    /// let of = |text: &str| Fingerprint::builder().bytes("text", text.as_bytes()).finish();
    /// assert_eq!(of("a film"), of("a film"));
    /// assert_ne!(of("a film"), of("a film!"));
    /// ```
    pub fn builder() -> FingerprintBuilder {
        let mut hasher = Xxh3::new();
        hasher.update(&VERSION.to_le_bytes());
        FingerprintBuilder { hasher: Box::new(hasher) }
    }

    pub(super) fn to_bytes(self) -> [u8; 16] {
        self.0.to_le_bytes()
    }

    pub(super) fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(u128::from_le_bytes(bytes))
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

impl FromStr for Fingerprint {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Self)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

/// A [`Fingerprint`] in the making. What goes in is named, and order and names count.
#[derive(Clone)]
pub struct FingerprintBuilder {
    // Half a kilobyte.
    hasher: Box<Xxh3>,
}

impl fmt::Debug for FingerprintBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FingerprintBuilder").finish_non_exhaustive()
    }
}

impl FingerprintBuilder {
    /// Bytes of any kind.
    pub fn bytes(mut self, name: &str, bytes: &[u8]) -> Self {
        self.begin(name, bytes.len() as u64);
        self.hasher.update(bytes);
        self
    }

    /// The content of a file, read whole: 33 MB take a few milliseconds once the system has them in
    /// memory. Its name and time do not matter, so a copy elsewhere is the same source. Of a folder
    /// it is the content and the name of every file in it.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn file(mut self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        if path.is_dir() {
            return self.folder(path);
        }
        let name = path.display().to_string();
        let io = |source| Error::io(&name, source);
        let mut file = File::open(path).map_err(io)?;
        let metadata = file.metadata().map_err(io)?;
        // Apart from the rest, since the length of a pipe is known only afterwards.
        let n_blocks = if metadata.is_file() { metadata.len().div_ceil(BLOCK) } else { 1 };
        let blocks: std::io::Result<Vec<(u64, u128)>> = match n_blocks {
            1 => hash(&mut file).map(|block| vec![block]),
            _ => (0..n_blocks).into_par_iter().map(|block| hash_block(path, block)).collect(),
        };
        let blocks = blocks.map_err(io)?;
        self.begin("file", blocks.iter().map(|(n_bytes, _)| n_bytes).sum());
        for (_, digest) in blocks {
            self.hasher.update(&digest.to_le_bytes());
        }
        Ok(self)
    }

    fn folder(mut self, path: &Path) -> Result<Self> {
        let io = |source| Error::io(&path.display().to_string(), source);
        let entries = std::fs::read_dir(path).map_err(io)?;
        let names: std::io::Result<Vec<_>> = entries.map(|entry| Ok(entry?.file_name())).collect();
        let mut names = names.map_err(io)?;
        names.sort();
        self.begin("folder", names.len() as u64);
        for name in names {
            self = self.bytes("name", name.as_encoded_bytes()).file(path.join(name))?;
        }
        Ok(self)
    }

    /// Path, size and time of the last change of a file, for one that is too large to be read each
    /// time. A file that is changed within the resolution of its time and keeps its size goes
    /// unnoticed: where that may happen, use [`file`](Self::file).
    ///
    /// # Errors
    /// If the file is not there, or its system knows no times.
    pub fn file_stamp(self, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let io = |source| Error::io(&name, source);
        let metadata = path.metadata().map_err(io)?;
        let changed = metadata.modified().map_err(io)?;
        let since = |other| changed.duration_since(other).map(|time| time.as_nanos());
        let nanos = since(std::time::UNIX_EPOCH).unwrap_or_default();
        let whole = path.canonicalize().map_err(io)?;
        let stamp = format!("{}\n{}\n{nanos}", whole.display(), metadata.len());
        Ok(self.bytes("file stamp", stamp.as_bytes()))
    }

    /// A tokenizer: every byte of the file that it is saved as.
    ///
    /// # Errors
    /// If it cannot be saved.
    pub fn tokenizer(self, tokenizer: &dyn Tokenizer) -> Result<Self> {
        let file = tokenizer.to_file()?;
        let with_file = self.bytes("tokenizer", file.name.as_bytes()).bytes("", &file.bytes);
        let config = tokenizer.config_file()?.map(|file| file.bytes).unwrap_or_default();
        Ok(with_file.bytes("tokenizer config", &config))
    }

    /// How long rows may be.
    ///
    /// # Errors
    /// None so far.
    pub fn max_length(self, max_length: impl Into<MaxLength>) -> Result<Self> {
        self.setting("max length", &max_length.into())
    }

    /// Any other setting that changes what the rows are, such as
    /// [`ReadOptions`](crate::ReadOptions).
    ///
    /// # Errors
    /// If it has no form in JSON.
    pub fn setting(self, name: &str, value: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_vec(value).map_err(|error| CacheError::Setting {
            name: name.to_owned(),
            reason: error.to_string(),
        })?;
        Ok(self.bytes(name, &json))
    }

    /// The fingerprint of all that went in.
    pub fn finish(self) -> Fingerprint {
        Fingerprint(self.hasher.digest128())
    }

    /// Lengths are in it, so that no two lists of parts are the same bytes.
    fn begin(&mut self, name: &str, n_bytes: u64) {
        self.hasher.update(&(name.len() as u64).to_le_bytes());
        self.hasher.update(name.as_bytes());
        self.hasher.update(&n_bytes.to_le_bytes());
    }
}

/// Bytes that one thread reads and hashes at a time.
const BLOCK: u64 = 4 << 20;

/// The length and the hash of a part of a file. Each part is read by a handle of its own, so that
/// threads need not share a place in the file.
fn hash_block(path: &Path, block: u64) -> std::io::Result<(u64, u128)> {
    let mut file = File::open(path)?;
    file.seek(SeekFrom::Start(block * BLOCK))?;
    hash(&mut file.take(BLOCK))
}

fn hash(reader: &mut impl Read) -> std::io::Result<(u64, u128)> {
    let (mut hasher, mut n_bytes) = (Xxh3::new(), 0);
    let mut buffer = vec![0; 1 << 18];
    loop {
        match reader.read(&mut buffer) {
            Ok(0) => return Ok((n_bytes, hasher.digest128())),
            Ok(n) => {
                hasher.update(&buffer[..n]);
                n_bytes += n as u64;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
