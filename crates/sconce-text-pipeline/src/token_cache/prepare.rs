//! From a stream of examples to a cache: read, encoded and written at the same time.

use std::path::Path;

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::TokenCache;
use super::fingerprint::{Fingerprint, FingerprintBuilder};
use super::writer::{CacheSettings, CacheWriter, RowTarget};
use crate::corpus::{Example, LabelKind, ReadOptions};
use crate::encoding::Input;
use crate::error::{CacheError, Error, Result};
use crate::example_reader::ExampleReader;
use crate::labels::Labels;
use crate::max_length::MaxLength;
use crate::prefetch::{Prefetch, PrefetchOptions};
use crate::tokenizer::Tokenizer;
use crate::truncation::Truncate;

/// Bytes of text that one thread encodes at a time; a longer text is taken alone.
const CHUNK_BYTES: usize = 128 << 10;
/// Rows that one thread encodes at a time, be they as short as they may.
const CHUNK_ROWS: usize = 1024;

/// Encodes examples and writes a [`TokenCache`] of them.
///
/// Memory does not grow with the number of examples: a few chunks of them are on their way at a
/// time. The file is the same for any number of threads.
#[derive(Clone)]
pub struct Prepare<'a> {
    /// What makes tokens of texts, and goes into the cache.
    pub tokenizer: &'a dyn Tokenizer,
    /// How long rows may be.
    pub max_length: MaxLength,
    /// Which text of a pair that is too long loses tokens.
    pub truncate: Truncate,
    /// What labels are. Rows need no labels, but if one has a label all must.
    pub kind: LabelKind,
    /// The labels that there may be, for instance those of the data set that a model was trained
    /// on. By default they are collected, and numbered as [`Labels::build`] does.
    pub labels: Option<&'a Labels>,
    /// Threads that encode; zero stands for as many as rayon has.
    pub n_threads: usize,
    /// Anything else to keep in the cache.
    pub settings: Map<String, Value>,
}

/// How far it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Prepared {
    /// Rows that are written.
    pub n_rows: usize,
    /// Tokens in them.
    pub n_tokens: u64,
    /// Bytes of their texts.
    pub n_bytes: u64,
}

impl<'a> Prepare<'a> {
    /// Rows of any length, with classes if they have labels.
    pub fn new(tokenizer: &'a dyn Tokenizer) -> Self {
        Self {
            tokenizer,
            max_length: MaxLength::Unlimited,
            truncate: Truncate::default(),
            kind: LabelKind::Class,
            labels: None,
            n_threads: 0,
            settings: Map::new(),
        }
    }

    /// The fingerprint of a source, which is in the builder already, prepared like this.
    ///
    /// # Errors
    /// If the tokenizer cannot be saved.
    pub fn fingerprint(&self, source: FingerprintBuilder) -> Result<Fingerprint> {
        let names = self.labels.map(Labels::names);
        let with_labels = source.setting("kind", &self.kind)?.setting("labels", &names)?;
        let with_lengths = with_labels.max_length(self.max_length)?;
        Ok(with_lengths.setting("truncate", &self.truncate)?.tokenizer(self.tokenizer)?.finish())
    }

    /// Opens the cache of a file, or prepares it: see [`TokenCache::open_or_build`]. `kind` is that
    /// of `options`, which are kept among the settings as `read`.
    ///
    /// `progress` is told of every chunk that is written.
    ///
    /// # Errors
    /// If the file cannot be read, or as [`write`](Self::write).
    pub fn file(
        &self,
        source: impl AsRef<Path>,
        options: &ReadOptions,
        cache: impl AsRef<Path>,
        progress: impl FnMut(Prepared),
    ) -> Result<TokenCache> {
        let (source, cache) = (source.as_ref(), cache.as_ref());
        let mut prepare = Self { kind: options.kind, ..self.clone() };
        let read = serde_json::to_value(options).map_err(|error| CacheError::Setting {
            name: "read".to_owned(),
            reason: error.to_string(),
        })?;
        prepare.settings.insert("read".to_owned(), read);
        let builder = Fingerprint::builder().file(source)?.setting("read", options)?;
        let fingerprint = prepare.fingerprint(builder)?;
        TokenCache::open_or_build(cache, fingerprint, || {
            let mut reader = ExampleReader::open(source, options)?;
            let name = reader.name().to_owned();
            let examples = std::iter::from_fn(move || {
                let example = reader.next()?;
                Some(example.map(|example| (example, reader.line())))
            });
            prepare.run(cache, fingerprint, examples, |line| format!("{name}:{line}"), progress)
        })
    }

    /// Encodes all examples and writes them, in their order.
    ///
    /// # Errors
    /// The first of the examples' errors; if an example has no label but others have, a label that
    /// is unknown or no number, or texts that do not belong into a row; if a text cannot be
    /// tokenized, or is too long under [`MaxLength::Refuse`]; if the file cannot be written.
    pub fn write(
        &self,
        cache: impl AsRef<Path>,
        fingerprint: Fingerprint,
        examples: impl Iterator<Item = Result<Example>> + Send,
        progress: impl FnMut(Prepared),
    ) -> Result<TokenCache> {
        let numbered = examples.enumerate().map(|(row, example)| Ok((example?, row)));
        self.run(cache, fingerprint, numbered, |row| format!("row {row}"), progress)
    }

    /// Encodes and writes examples, each with a number from which `place` says where it stood.
    fn run(
        &self,
        cache: impl AsRef<Path>,
        fingerprint: Fingerprint,
        examples: impl Iterator<Item = Result<(Example, usize)>> + Send,
        place: impl Fn(usize) -> String + Send + Sync,
        mut progress: impl FnMut(Prepared),
    ) -> Result<TokenCache> {
        let settings = CacheSettings {
            max_length: self.max_length,
            settings: self.settings.clone(),
            labels: self.labels.cloned(),
            ..CacheSettings::new(fingerprint, self.tokenizer)?
        };
        let mut sink = Sink {
            writer: CacheWriter::create(cache, settings)?,
            classes: Classes { known: self.labels, ..Classes::default() },
            has_targets: None,
            prepared: Prepared::default(),
        };
        let n_workers = match self.n_threads {
            0 => rayon::current_num_threads(),
            n_threads => n_threads,
        };
        let options = PrefetchOptions { n_workers, depth: 2 * n_workers + 2 };
        std::thread::scope(|scope| {
            let chunks = Chunks { examples, next_row: 0 };
            let encode = |chunk: Chunk| self.encode(chunk, &place);
            for encoded in Prefetch::scoped(scope, options, chunks, encode)? {
                sink.write(encoded?, &place)?;
                progress(sink.prepared);
            }
            Ok::<(), Error>(())
        })?;
        sink.finish()
    }

    fn encode(&self, chunk: Chunk, place: impl Fn(usize) -> String) -> Result<Encoded> {
        let mut encoded = Encoded::default();
        for (row, (example, at)) in (chunk.first_row..).zip(chunk.examples) {
            encoded.n_bytes += example.text.len() + example.pair.as_ref().map_or(0, String::len);
            let start = encoded.ids.len();
            let is_truncated = self
                .encode_texts(row, &example, &mut encoded)
                .map_err(|error| error.at(place(at)))?;
            let target = match self.kind {
                LabelKind::Class => example.label.map_or(Target::None, Target::Class),
                LabelKind::Several { .. } => Target::Classes(example.labels),
                LabelKind::Number => match example.label {
                    Some(label) => match crate::corpus::number(&label) {
                        Some(number) => Target::Number(number),
                        None => return Err(Error::NotANumber { place: place(at), label }),
                    },
                    None => Target::None,
                },
            };
            let n_ids = encoded.ids.len() - start;
            encoded.rows.push(Row { at, n_ids, target, is_truncated });
        }
        match chunk.error {
            // Those before it came first.
            Some(error) => Err(error),
            None => Ok(encoded),
        }
    }

    /// Appends the ids of an example; says whether some were left out.
    fn encode_texts(&self, row: usize, example: &Example, encoded: &mut Encoded) -> Result<bool> {
        let Encoded { ids, type_ids, .. } = encoded;
        if !example.negatives.is_empty() {
            return Err(CacheError::Negatives.into());
        }
        let Some(pair) = &example.pair else {
            let is_truncated =
                self.max_length.encode_ids(self.tokenizer, &example.text, row, ids)?;
            if !type_ids.is_empty() {
                type_ids.resize(ids.len(), 0);
            }
            return Ok(is_truncated);
        };
        let input = Input::Pair(&example.text, pair);
        let encoding = self.max_length.encode(self.tokenizer, input, row, self.truncate)?;
        // Rows of one text before it have none.
        type_ids.resize(ids.len(), 0);
        ids.extend_from_slice(&encoding.ids);
        type_ids.extend_from_slice(&encoding.type_ids);
        Ok(encoding.n_left_out > 0)
    }
}

impl std::fmt::Debug for Prepare<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut debug = f.debug_struct("Prepare");
        debug.field("max_length", &self.max_length).field("kind", &self.kind);
        debug.finish_non_exhaustive()
    }
}

/// Examples that one thread encodes, and what was wrong after them.
struct Chunk {
    first_row: usize,
    examples: Vec<(Example, usize)>,
    error: Option<Error>,
}

/// Puts examples into chunks.
struct Chunks<I> {
    examples: I,
    next_row: usize,
}

impl<I: Iterator<Item = Result<(Example, usize)>>> Iterator for Chunks<I> {
    type Item = Chunk;

    fn next(&mut self) -> Option<Chunk> {
        let first_row = self.next_row;
        let mut chunk = Chunk { first_row, examples: Vec::new(), error: None };
        let mut n_bytes = 0;
        while n_bytes < CHUNK_BYTES && chunk.examples.len() < CHUNK_ROWS {
            match self.examples.next() {
                Some(Ok((example, at))) => {
                    n_bytes += example.text.len() + example.pair.as_ref().map_or(0, String::len);
                    chunk.examples.push((example, at));
                }
                Some(Err(error)) => {
                    chunk.error = Some(error);
                    break;
                }
                None => break,
            }
        }
        self.next_row += chunk.examples.len();
        let is_end = chunk.examples.is_empty() && chunk.error.is_none();
        (!is_end).then_some(chunk)
    }
}

/// The rows of a chunk.
#[derive(Default)]
struct Encoded {
    ids: Vec<u32>,
    /// Empty if no row has a second text.
    type_ids: Vec<u32>,
    rows: Vec<Row>,
    n_bytes: usize,
}

struct Row {
    /// The number that the example came with.
    at: usize,
    n_ids: usize,
    target: Target,
    is_truncated: bool,
}

/// What stands in the source, classes by name.
enum Target {
    None,
    Class(String),
    Classes(Vec<String>),
    Number(f32),
}

/// Where the rows go.
struct Sink<'a> {
    writer: CacheWriter,
    classes: Classes<'a>,
    /// Whether rows have targets; all must, or none.
    has_targets: Option<bool>,
    prepared: Prepared,
}

impl Sink<'_> {
    fn write(&mut self, encoded: Encoded, place: impl Fn(usize) -> String) -> Result<()> {
        let mut start = 0;
        for Row { at, n_ids, target, is_truncated } in encoded.rows {
            let tokens = start..start + n_ids;
            start = tokens.end;
            let mut numbers = Vec::new();
            let place_of = |error: Error| error.at(place(at));
            let has_target = !matches!(target, Target::None);
            if *self.has_targets.get_or_insert(has_target) != has_target {
                return Err(CacheError::LabelsOfSome { place: place(at), has_target }.into());
            }
            let target = match target {
                Target::None => RowTarget::None,
                Target::Number(number) => RowTarget::Number(number),
                Target::Class(name) => {
                    RowTarget::Class(self.classes.number(name).map_err(place_of)?)
                }
                Target::Classes(names) => {
                    for name in names {
                        numbers.push(self.classes.number(name).map_err(place_of)?);
                    }
                    RowTarget::Classes(&numbers)
                }
            };
            let types = encoded.type_ids.get(tokens.clone()).unwrap_or_default();
            self.writer.push(&encoded.ids[tokens], types, target, is_truncated)?;
        }
        self.prepared.n_rows = self.writer.n_rows();
        self.prepared.n_tokens = self.writer.n_tokens();
        self.prepared.n_bytes += encoded.n_bytes as u64;
        Ok(())
    }

    fn finish(self) -> Result<TokenCache> {
        if self.classes.found.is_empty() {
            return self.writer.finish();
        }
        let mut names = vec![String::new(); self.classes.found.len()];
        for (name, number) in self.classes.found {
            names[number as usize] = name;
        }
        let labels = Labels::build(&names)?;
        let numbers = labels.ids(&names)?;
        self.writer.finish_labelled(labels, &numbers)
    }
}

/// The numbers of classes: those of known labels, or else in the order in which names come, until
/// all are known.
#[derive(Default)]
struct Classes<'a> {
    known: Option<&'a Labels>,
    found: FxHashMap<String, u32>,
}

impl Classes<'_> {
    fn number(&mut self, name: String) -> Result<u32> {
        if let Some(known) = self.known {
            return known.id(&name);
        }
        let next = self.found.len() as u32;
        Ok(*self.found.entry(name).or_insert(next))
    }
}

#[cfg(test)]
mod tests;
