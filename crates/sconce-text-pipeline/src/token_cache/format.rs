//! The form of a cache's file: a header of fixed size, columns, and an index of them in JSON.
//!
//! ```text
//! 0    magic, version, byte order, fingerprint, length of the file, place and checksum of the
//!      index, checksum of the header itself: 128 bytes
//! 128  columns, each from a multiple of 64 bytes on: the ids first, then offsets, type ids,
//!      targets, and the files of the tokenizer
//!      the index: counts, settings, names of labels, and of each column name, kind of number,
//!      place, length and checksum
//! ```
//!
//! Numbers are in the byte order of the machine that wrote them, so that they can be used where
//! they lie; `byte order` tells. Checksums are XXH3 of 64 bits.

use std::ops::Range;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use super::fingerprint::Fingerprint;
use crate::error::CacheError;
use crate::max_length::MaxLength;

/// The version of the form that this release writes and reads.
pub(super) const VERSION: u32 = 1;
/// Bytes of the header.
pub(super) const HEADER: usize = 128;
/// Columns begin at multiples of this: the size of a cache line, and enough for any number.
pub(super) const ALIGN: u64 = 64;

const MAGIC: [u8; 8] = *b"\x89SconTC\n";
const BYTE_ORDER: u32 = 0x0102_0304;

/// What the header says beside what it says of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub fingerprint: Fingerprint,
    pub n_bytes: u64,
    pub index_start: u64,
    pub index_checksum: u64,
}

impl Header {
    pub(super) fn to_bytes(self) -> [u8; HEADER] {
        let mut bytes = Vec::with_capacity(HEADER);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&VERSION.to_le_bytes());
        bytes.extend_from_slice(&BYTE_ORDER.to_ne_bytes());
        bytes.extend_from_slice(&self.fingerprint.to_bytes());
        for number in [self.n_bytes, self.index_start, self.index_checksum] {
            bytes.extend_from_slice(&number.to_le_bytes());
        }
        bytes.resize(HEADER - 8, 0);
        bytes.extend_from_slice(&xxh3_64(&bytes).to_le_bytes());
        let mut header = [0; HEADER];
        header.copy_from_slice(&bytes);
        header
    }

    /// Reads the header of a whole file.
    pub(super) fn read(path: &str, file: &[u8]) -> Result<Self, CacheError> {
        let path = || path.to_owned();
        let damaged = |reason: &str| CacheError::Damaged { path: path(), reason: reason.into() };
        let magic = &file[..MAGIC.len().min(file.len())];
        if !may_be_magic(magic) {
            return Err(CacheError::NotACache { path: path() });
        }
        let Some(header) = file.get(..HEADER) else {
            return Err(damaged("it ends within its header"));
        };
        let (body, checksum) = header.split_at(HEADER - 8);
        // A header of another release may have its checksum elsewhere.
        let version = u32::from_le_bytes(at(header, 8));
        if magic == MAGIC && version > VERSION && version < 1 << 16 {
            return Err(CacheError::Version { path: path(), found: version, supported: VERSION });
        }
        if xxh3_64(body) != u64::from_le_bytes(at(checksum, 0)) || magic != MAGIC {
            return Err(damaged("its header does not match its checksum"));
        }
        if u32::from_ne_bytes(at(header, 12)) != BYTE_ORDER {
            return Err(CacheError::ByteOrder { path: path() });
        }
        let number = |place: usize| u64::from_le_bytes(at(header, 32 + 8 * place));
        let fingerprint = Fingerprint::from_bytes(at(header, 16));
        let header = Self {
            fingerprint,
            n_bytes: number(0),
            index_start: number(1),
            index_checksum: number(2),
        };
        if header.n_bytes != file.len() as u64 {
            let reason =
                format!("it has {} bytes where {} were written", file.len(), header.n_bytes);
            return Err(damaged(&reason));
        }
        Ok(header)
    }
}

/// Whether the beginning of a file is ours, or was: cut short, never written, or with one bit
/// turned. Any other file belongs to somebody else.
fn may_be_magic(found: &[u8]) -> bool {
    let n_wrong: u32 = found.iter().zip(MAGIC).map(|(a, b)| (a ^ b).count_ones()).sum();
    n_wrong <= 1 || found.iter().all(|byte| *byte == 0)
}

fn at<const N: usize>(bytes: &[u8], start: usize) -> [u8; N] {
    let mut part = [0; N];
    part.copy_from_slice(&bytes[start..start + N]);
    part
}

/// The numbers of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Kind {
    U8,
    U16,
    U32,
    U64,
    F32,
}

/// Where a column lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Column {
    pub name: String,
    pub kind: Kind,
    pub start: u64,
    pub n_bytes: u64,
    pub checksum: u64,
}

impl Column {
    /// The bytes of the column in a file of so many.
    pub(super) fn bytes(&self, n_bytes: usize) -> Option<Range<usize>> {
        let start = usize::try_from(self.start).ok()?;
        let end = start.checked_add(usize::try_from(self.n_bytes).ok()?)?;
        (end <= n_bytes).then_some(start..end)
    }
}

/// What the targets are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum TargetForm {
    None,
    Classes,
    MultiHot(usize),
    Numbers,
    Tokens,
    Spans,
}

/// All that is not a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Index {
    pub n_rows: usize,
    pub n_tokens: usize,
    pub n_truncated: usize,
    pub targets: TargetForm,
    pub labels: Option<Vec<String>>,
    pub max_length: MaxLength,
    /// The names of the files of the tokenizer and of its settings.
    pub tokenizer: Option<String>,
    pub tokenizer_config: Option<String>,
    pub settings: Map<String, Value>,
    pub columns: Vec<Column>,
}
