//! Data sets that were prepared once: encoded rows, their targets, and the tokenizer and settings
//! they were made with, in one file that is mapped into memory.

mod column_writer;
mod fingerprint;
mod format;
mod prepare;
mod spill;
mod writer;

use std::fs::{File, OpenOptions};
#[cfg(not(target_pointer_width = "64"))]
use std::io;
use std::ops::Range;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use serde_json::{Map, Value};
use xxhash_rust::xxh3::xxh3_64;

use crate::dataset::EncodedDataset;
use crate::error::{CacheError, Error, Result};
use crate::id_column::{IdColumn, Narrow, OffsetColumn};
use crate::labels::Labels;
use crate::mapped::{Mapped, MappedFile, Number};
use crate::max_length::MaxLength;
use crate::partial_file;
use crate::target_column::{MappedTargets, TargetColumn};
use crate::targets::Targets;
use crate::tokenizer::{Tokenizer, TokenizerFile, load_tokenizer};
use format::{Column, HEADER, Header, Index, Kind, TargetForm};

pub use fingerprint::{Fingerprint, FingerprintBuilder};
pub use prepare::{Prepare, Prepared};
pub use writer::{CacheSettings, CacheWriter, RowTarget};

/// Files up to this size are compared with their checksums whenever they are opened, which takes a
/// few milliseconds.
const VERIFIED_AT_ONCE: usize = 64 << 20;

/// A prepared data set on disk: rows, targets, names of labels, tokenizer and settings.
///
/// Opening it maps the file and reads its index, however many rows there are; batches are made
/// straight from the map. A file is there whole or not at all: it is written beside its place and
/// renamed, so writers at the same time do each other no harm and the last one stays. What is cut
/// short or changed is refused: in a file of up to 64 MiB any bit, in a larger one its header,
/// length and index, until [`verify`](Self::verify) looks at the rest.
///
/// While a cache is open, its file must not be overwritten in place (renaming another over it is
/// fine, except on Windows, which refuses that).
///
/// ```
/// use sconce_text_pipeline::{
///     CacheSettings, CacheWriter, Collator, EncodedDataset, Fingerprint, Normalizer, PreTokenizer,
///     TokenCache, VocabularyOptions, WordTokenizer,
/// };
///
/// let texts = ["a fine film", "dull"];
/// let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
/// let tokenizer = WordTokenizer::train(&texts, normalizer, PreTokenizer::Whitespace, &words)?;
/// let folder = tempfile::tempdir().unwrap();
/// let path = folder.path().join("train.cache");
///
/// let source = Fingerprint::builder().bytes("texts", texts.concat().as_bytes());
/// let fingerprint = source.tokenizer(&tokenizer)?.finish();
/// let prepare = || {
///     let settings = CacheSettings::new(fingerprint, &tokenizer)?;
///     let mut writer = CacheWriter::create(&path, settings)?;
///     writer.push_all(&EncodedDataset::encode(&tokenizer, &texts, vec![1, 0], None)?)?;
///     writer.finish()
/// };
/// let cache = TokenCache::open_or_build(&path, fingerprint, prepare)?;
/// // From now on nothing is encoded: the file is there, and of this source and tokenizer.
/// let cache = TokenCache::open_or_build(&path, fingerprint, || unreachable!())?;
/// let batch = Collator::new(cache.dataset()).collate(&[1, 0])?;
/// assert_eq!((batch.ids.len(), batch.labels()), (4, &[0, 1][..]));
/// assert_eq!(cache.tokenizer()?.encode("dull")?.ids, batch.row(0));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone)]
pub struct TokenCache {
    path: PathBuf,
    file: MappedFile,
    header: Header,
    index: Index,
    labels: Option<Labels>,
    dataset: EncodedDataset,
}

impl TokenCache {
    /// Opens a cache, whatever it was made of.
    ///
    /// # Errors
    /// If it is not there, not a cache, of another release or kind of machine, or damaged.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let file = File::open(&path);
        let file = file.map_err(|source| Error::io(&path.display().to_string(), source))?;
        Self::read(path, &file)
    }

    /// Reads a cache from its open file.
    fn read(path: PathBuf, file: &File) -> Result<Self> {
        let name = path.display().to_string();
        let io = |source| Error::io(&name, source);
        let metadata = file.metadata().map_err(io)?;
        if !metadata.is_file() {
            return Err(CacheError::NotACache { path: name }.into());
        }
        if metadata.len() == 0 {
            return Err(damaged(&path, "it is empty").into());
        }
        let file = MappedFile::new(file).map_err(io)?;
        let header = Header::read(&name, &file)?;
        let index = read_index(&path, &file, &header)?;
        let labels = index.labels.clone().map(Labels::from_names).transpose()?;
        let is_small = file.len() <= VERIFIED_AT_ONCE;
        if is_small {
            verify(&path, &file, &index)?;
        }
        let columns = Columns { path: &path, file: &file, index: &index };
        let dataset = columns.dataset(is_small)?;
        Ok(Self { path, file, header, index, labels, dataset })
    }

    /// Opens a cache that was made of this source, with this tokenizer and these settings.
    ///
    /// # Errors
    /// As [`open`](Self::open), and if its fingerprint is another one.
    pub fn open_for(path: impl AsRef<Path>, fingerprint: Fingerprint) -> Result<Self> {
        let cache = Self::open(path)?;
        if cache.fingerprint() != fingerprint {
            return Err(CacheError::Stale {
                path: cache.path.display().to_string(),
                found: cache.fingerprint().to_string(),
                expected: fingerprint.to_string(),
            }
            .into());
        }
        Ok(cache)
    }

    /// Opens the cache, or has it built if there is none, or one that is damaged, of another
    /// release or with another fingerprint. `build` is to write it at `path`.
    ///
    /// Of several processes or threads that want one cache, one builds and the others wait and
    /// then open it, where the file system has locks; otherwise each builds, and the last one's
    /// stays. A file of any other kind is never overwritten.
    ///
    /// # Errors
    /// Those of `build`; and if the file is not a cache, or cannot be read.
    pub fn open_or_build(
        path: impl AsRef<Path>,
        fingerprint: Fingerprint,
        build: impl FnOnce() -> Result<Self>,
    ) -> Result<Self> {
        let path = path.as_ref();
        if let Some(cache) = Self::usable(path, fingerprint)? {
            return Ok(cache);
        }
        let lock = lock(path);
        if let Some(cache) = Self::usable(path, fingerprint)? {
            return Ok(cache);
        }
        partial_file::sweep(path);
        let built = build();
        drop(lock);
        built
    }

    /// The cache at a path, or nothing if it has to be built.
    fn usable(path: &Path, fingerprint: Fingerprint) -> Result<Option<Self>> {
        match Self::open_for(path, fingerprint) {
            Ok(cache) => Ok(Some(cache)),
            Err(Error::FileMissing { .. }) => Ok(None),
            Err(Error::Cache(error)) if error.is_cured_by_building() => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Compares every column with its checksum.
    ///
    /// # Errors
    /// If one differs; its name is in the message.
    pub fn verify(&self) -> Result<()> {
        verify(&self.path, &self.file, &self.index)?;
        let columns = Columns { path: &self.path, file: &self.file, index: &self.index };
        columns.dataset(true)?;
        Ok(())
    }

    /// The rows.
    pub fn dataset(&self) -> &EncodedDataset {
        &self.dataset
    }

    /// The rows, to own; they keep the file mapped.
    pub fn into_dataset(self) -> EncodedDataset {
        self.dataset
    }

    /// Where the file is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The size of the file.
    pub fn n_bytes(&self) -> usize {
        self.file.len()
    }

    /// What the cache was made of.
    pub fn fingerprint(&self) -> Fingerprint {
        self.header.fingerprint
    }

    /// The names of the classes, if there are any.
    pub fn labels(&self) -> Option<&Labels> {
        self.labels.as_ref()
    }

    /// How long rows were allowed to be.
    pub fn max_length(&self) -> MaxLength {
        self.index.max_length
    }

    /// Whatever else was kept.
    pub fn settings(&self) -> &Map<String, Value> {
        &self.index.settings
    }

    /// The file of the tokenizer, byte for byte.
    pub fn tokenizer_file(&self) -> Option<TokenizerFile> {
        self.kept_file("tokenizer", self.index.tokenizer.as_ref())
    }

    /// The file beside that of the tokenizer, for other programs.
    pub fn tokenizer_config_file(&self) -> Option<TokenizerFile> {
        self.kept_file("tokenizer_config", self.index.tokenizer_config.as_ref())
    }

    /// The tokenizer that made the ids.
    ///
    /// # Errors
    /// If the cache holds none, or this build cannot read it.
    pub fn tokenizer(&self) -> Result<Box<dyn Tokenizer>> {
        let path = || self.path.display().to_string();
        let file = self.tokenizer_file().ok_or_else(|| CacheError::NoTokenizer { path: path() })?;
        load_tokenizer(&file)
    }

    fn kept_file(&self, column: &str, name: Option<&String>) -> Option<TokenizerFile> {
        let column = self.index.columns.iter().find(|candidate| candidate.name == column)?;
        let bytes = self.file[column.bytes(self.file.len())?].to_vec();
        Some(TokenizerFile { name: name?.clone(), bytes })
    }
}

/// Waits until nobody else builds this cache. The lock ends with the file, or with its process.
fn lock(path: &Path) -> Option<LockFile> {
    let path = partial_file::lock_name(path).ok()?;
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path).ok()?;
    file.lock().ok()?;
    Some(LockFile { path, _file: file })
}

struct LockFile {
    path: PathBuf,
    _file: File,
}

impl Drop for LockFile {
    fn drop(&mut self) {
        // Who waits for it holds the removed file, gets its lock now and finds the cache; who comes
        // later locks a new one. Should two build after all, the last one's file stays.
        let _ = std::fs::remove_file(&self.path);
    }
}

fn damaged(path: &Path, reason: impl Into<String>) -> CacheError {
    CacheError::Damaged { path: path.display().to_string(), reason: reason.into() }
}

fn read_index(path: &Path, file: &[u8], header: &Header) -> Result<Index, CacheError> {
    let start = usize::try_from(header.index_start).unwrap_or(usize::MAX);
    let json =
        file.get(start.max(HEADER)..).ok_or_else(|| damaged(path, "its index is missing"))?;
    if xxh3_64(json) != header.index_checksum {
        return Err(damaged(path, "its index does not match its checksum"));
    }
    serde_json::from_slice(json).map_err(|error| damaged(path, format!("its index: {error}")))
}

fn verify(path: &Path, file: &[u8], index: &Index) -> Result<(), CacheError> {
    let is_wrong = |column: &Column| {
        let bytes = column.bytes(file.len()).and_then(|bytes| file.get(bytes));
        bytes.is_none_or(|bytes| xxh3_64(bytes) != column.checksum)
    };
    let wrong: Vec<bool> = index.columns.par_iter().map(is_wrong).collect();
    match wrong.into_iter().position(|is_wrong| is_wrong) {
        Some(at) => {
            let name = &index.columns[at].name;
            Err(damaged(path, format!("the column {name} does not match its checksum")))
        }
        None => gaps_are_zero(path, file, index),
    }
}

/// Nothing reads what lies between columns; a bit that is set there is damage all the same.
fn gaps_are_zero(path: &Path, file: &[u8], index: &Index) -> Result<(), CacheError> {
    let mut end = HEADER;
    for column in &index.columns {
        let bytes = column.bytes(file.len()).unwrap_or(end..end);
        if file.get(end..bytes.start).is_some_and(|gap| gap.iter().any(|byte| *byte != 0)) {
            return Err(damaged(path, format!("there is something before {}", column.name)));
        }
        end = bytes.end;
    }
    Ok(())
}

/// The columns of a mapped file, as their index describes them.
struct Columns<'a> {
    path: &'a Path,
    file: &'a MappedFile,
    index: &'a Index,
}

impl Columns<'_> {
    /// The rows, after their lists were found to be as long as they must be; with `all`, also after
    /// every place and span was looked at.
    fn dataset(&self, all: bool) -> Result<EncodedDataset, CacheError> {
        let &Index { n_rows, n_tokens, n_truncated, .. } = self.index;
        let ids = match self.find("ids").map(|column| column.kind) {
            Some(Kind::U16) => IdColumn::narrow(Narrow::Halves(self.column("ids", n_tokens)?)),
            _ => IdColumn::Mapped(self.column("ids", n_tokens)?),
        };
        let type_ids = match self.find("type_ids") {
            Some(_) => IdColumn::narrow(Narrow::Bytes(self.column("type_ids", n_tokens)?)),
            None => IdColumn::Owned(Vec::new()),
        };
        let offsets = self.offsets(n_rows.saturating_add(1))?;
        let is_whole = offsets.first() == Some(&0) && offsets.last() == Some(&n_tokens);
        if !is_whole || (all && !offsets.is_sorted()) {
            return Err(damaged(self.path, "its offsets do not rise from 0 to the last token"));
        }
        let targets = self.targets(n_rows, n_tokens)?;
        if all && matches!(self.index.targets, TargetForm::Spans) {
            targets.all().check(&offsets).map_err(|error| damaged(self.path, error.to_string()))?;
        }
        Ok(EncodedDataset::from_columns(ids, type_ids, offsets, targets, n_truncated))
    }

    fn targets(&self, n_rows: usize, n_tokens: usize) -> Result<TargetColumn, CacheError> {
        let name = "targets";
        Ok(TargetColumn::mapped(match self.index.targets {
            TargetForm::None => return Ok(TargetColumn::Owned(Targets::None)),
            TargetForm::Classes => MappedTargets::Classes(self.column(name, n_rows)?),
            TargetForm::MultiHot(n_labels) => {
                let values = self.column(name, n_rows.saturating_mul(n_labels))?;
                MappedTargets::MultiHot { n_labels, values }
            }
            TargetForm::Numbers => MappedTargets::Numbers(self.column(name, n_rows)?),
            TargetForm::Tokens => MappedTargets::Tokens(self.column(name, n_tokens)?),
            TargetForm::Spans => MappedTargets::Spans(self.column(name, n_rows.saturating_mul(2))?),
        }))
    }

    #[cfg(target_pointer_width = "64")]
    fn offsets(&self, len: usize) -> Result<OffsetColumn, CacheError> {
        Ok(OffsetColumn::Mapped(self.column("offsets", len)?))
    }

    /// Places are 64 bits in the file, whatever the machine.
    #[cfg(not(target_pointer_width = "64"))]
    fn offsets(&self, len: usize) -> Result<OffsetColumn, CacheError> {
        let bytes: Mapped<u8> = self.column("offsets", len.saturating_mul(8))?;
        let offsets = bytes.as_chunks().0.iter().map(|bytes| u64::from_ne_bytes(*bytes));
        let offsets: io::Result<_> =
            offsets.map(|at| usize::try_from(at).map_err(io::Error::other)).collect();
        Ok(OffsetColumn::Owned(offsets.map_err(|error| damaged(self.path, error.to_string()))?))
    }

    fn find(&self, name: &str) -> Option<&Column> {
        self.index.columns.iter().find(|column| column.name == name)
    }

    /// A column of so many numbers.
    fn column<T: Number>(&self, name: &str, len: usize) -> Result<Mapped<T>, CacheError> {
        let bytes = |column: &Column| -> Option<Range<usize>> { column.bytes(self.file.len()) };
        let column = self.find(name).and_then(bytes).and_then(|bytes| self.file.column(bytes));
        column.filter(|column| column.len() == len).ok_or_else(|| {
            damaged(self.path, format!("the column {name} is not {len} numbers long"))
        })
    }
}

#[cfg(test)]
mod tests;
