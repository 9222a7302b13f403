//! Writing a cache row by row, in memory that does not grow with their number.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::TokenCache;
use super::column_writer::{ColumnWriter, expand, fill, numbers};
use super::fingerprint::Fingerprint;
use super::format::{Index, Kind, TargetForm};
use super::spill::Spill;
use crate::dataset::EncodedDataset;
use crate::error::{CacheError, Result};
use crate::labels::Labels;
use crate::max_length::MaxLength;
use crate::partial_file::PartialFile;
use crate::targets::{IGNORE, Targets};
use crate::tokenizer::{Tokenizer, TokenizerFile};

/// What a cache holds beside its rows.
#[derive(Debug, Clone)]
pub struct CacheSettings {
    /// What the cache is made of.
    pub fingerprint: Fingerprint,
    /// One more than the largest id: up to 65,536 ids take two bytes each, more take four.
    pub vocab_size: usize,
    /// The tokenizer, so that the cache is all that is needed.
    pub tokenizer: Option<TokenizerFile>,
    /// The file beside it that other programs read.
    pub tokenizer_config: Option<TokenizerFile>,
    /// How long rows may be.
    pub max_length: MaxLength,
    /// The names of the classes.
    pub labels: Option<Labels>,
    /// Anything else that is to be found again, such as the options that the source was read with.
    pub settings: Map<String, Value>,
}

impl CacheSettings {
    /// A cache of rows that `tokenizer` made.
    ///
    /// # Errors
    /// If the tokenizer cannot be saved.
    pub fn new(fingerprint: Fingerprint, tokenizer: &dyn Tokenizer) -> Result<Self> {
        Ok(Self {
            fingerprint,
            vocab_size: tokenizer.vocab_size(),
            tokenizer: Some(tokenizer.to_file()?),
            tokenizer_config: tokenizer.config_file()?,
            max_length: MaxLength::Unlimited,
            labels: None,
            settings: Map::new(),
        })
    }
}

/// What a row, or each of its tokens, should be predicted as: a row of [`Targets`].
///
/// All rows of a cache have targets of one kind.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum RowTarget<'a> {
    /// Nothing.
    None,
    /// A class, or [`IGNORE`](crate::IGNORE).
    Class(u32),
    /// The classes that apply, of any number; there are as many classes as
    /// [labels](CacheSettings::labels), which must be there.
    Classes(&'a [u32]),
    /// A one or zero for each class.
    MultiHot(&'a [f32]),
    /// A number.
    Number(f32),
    /// A class or id for each token, or [`IGNORE`](crate::IGNORE).
    Tokens(&'a [u32]),
    /// The first and the last token of a span.
    Span(u32, u32),
}

/// The kind of the first row's target, which the others must have too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    None,
    Class,
    Classes,
    MultiHot(usize),
    Number,
    Tokens,
    Span,
}

impl RowTarget<'_> {
    fn form(&self) -> Form {
        match self {
            Self::None => Form::None,
            Self::Class(_) => Form::Class,
            Self::Classes(_) => Form::Classes,
            Self::MultiHot(values) => Form::MultiHot(values.len()),
            Self::Number(_) => Form::Number,
            Self::Tokens(_) => Form::Tokens,
            Self::Span(..) => Form::Span,
        }
    }
}

/// Writes a [`TokenCache`] row by row.
///
/// Nothing is at the path before [`finish`](Self::finish), which brings the whole file there at
/// once; a writer that is dropped leaves nothing behind.
#[derive(Debug)]
pub struct CacheWriter {
    path: PathBuf,
    out: ColumnWriter,
    settings: CacheSettings,
    n_rows: usize,
    n_tokens: u64,
    n_truncated: usize,
    offsets: Spill,
    /// Type ids as bytes, from the first that is not zero on also those before it.
    type_ids: Option<Spill>,
    form: Option<Form>,
    targets: Spill,
    /// The largest of [`RowTarget::Classes`], and its row.
    largest: Option<(u32, usize)>,
    buffer: Vec<u8>,
}

impl CacheWriter {
    /// Begins a cache that will be at `path`; its folder must be there.
    ///
    /// # Errors
    /// If a file beside it cannot be written.
    pub fn create(path: impl AsRef<Path>, settings: CacheSettings) -> Result<Self> {
        let path = path.as_ref().to_owned();
        let kind = if settings.vocab_size <= 1 << 16 { Kind::U16 } else { Kind::U32 };
        let out = PartialFile::beside(&path).and_then(|file| ColumnWriter::new(file, kind));
        let out = out.map_err(|source| not_written(&path, source))?;
        let mut offsets = Spill::default();
        offsets.write(&path, &0u64.to_ne_bytes()).map_err(|source| not_written(&path, source))?;
        Ok(Self {
            path,
            out,
            settings,
            n_rows: 0,
            n_tokens: 0,
            n_truncated: 0,
            offsets,
            type_ids: None,
            form: None,
            targets: Spill::default(),
            largest: None,
            buffer: Vec::new(),
        })
    }

    /// The number of rows so far.
    pub fn n_rows(&self) -> usize {
        self.n_rows
    }

    /// The number of tokens so far.
    pub fn n_tokens(&self) -> u64 {
        self.n_tokens
    }

    /// Adds a row. `type_ids` may be empty if all are 0; `is_truncated` says that it lost tokens.
    ///
    /// # Errors
    /// If ids are not below the size of the vocabulary, type ids or targets do not fit the row or
    /// the rows before it, or the file cannot be written.
    pub fn push(
        &mut self,
        ids: &[u32],
        type_ids: &[u32],
        target: RowTarget<'_>,
        is_truncated: bool,
    ) -> Result<()> {
        self.check(ids, type_ids, target)?;
        self.write(ids, type_ids, target).map_err(|source| not_written(&self.path, source))?;
        self.n_truncated += usize::from(is_truncated);
        if let RowTarget::Classes(classes) = target {
            let largest = classes.iter().map(|class| (*class, self.n_rows)).max();
            self.largest = self.largest.max(largest);
        }
        self.n_rows += 1;
        Ok(())
    }

    /// Adds all rows of a data set.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn push_all(&mut self, dataset: &EncodedDataset) -> Result<()> {
        let (mut ids, mut type_ids) = (Vec::new(), Vec::new());
        for row in 0..dataset.len() {
            let tokens = dataset.tokens_of(row)?;
            ids.clear();
            type_ids.clear();
            dataset.append_ids(tokens.clone(), &mut ids);
            dataset.append_types(tokens.clone(), &mut type_ids);
            let mut targets = dataset.empty_targets();
            dataset.append_targets(&mut targets, row, tokens);
            let target = match &targets {
                Targets::None => RowTarget::None,
                Targets::Classes(classes) => RowTarget::Class(classes[0]),
                Targets::MultiHot { values, .. } => RowTarget::MultiHot(values),
                Targets::Numbers(numbers) => RowTarget::Number(numbers[0]),
                Targets::Tokens(tokens) => RowTarget::Tokens(tokens),
                Targets::Spans(spans) => RowTarget::Span(spans[0].0, spans[0].1),
            };
            self.push(&ids, &type_ids, target, false)?;
        }
        self.n_truncated += dataset.n_truncated();
        Ok(())
    }

    fn check(&mut self, ids: &[u32], type_ids: &[u32], target: RowTarget<'_>) -> Result<()> {
        let row = self.n_rows;
        let wrong = |reason: String| Err(CacheError::Row { row, reason }.into());
        let vocab_size = self.settings.vocab_size;
        if let Some(id) = ids.iter().find(|id| **id as usize >= vocab_size) {
            return wrong(format!("id {id} is not below the vocabulary's size, {vocab_size}"));
        }
        if !type_ids.is_empty() && type_ids.len() != ids.len() {
            return wrong(format!("{} type ids for {} tokens", type_ids.len(), ids.len()));
        }
        if let Some(id) = type_ids.iter().find(|id| **id > 255) {
            return wrong(format!("type id {id} is above 255"));
        }
        let form = *self.form.get_or_insert(target.form());
        if form != target.form() {
            return wrong("its target is of another kind than those of the rows before".into());
        }
        let n_labels = self.settings.labels.as_ref().map_or(usize::MAX, Labels::len);
        match target {
            RowTarget::Class(class) if class != IGNORE && class as usize >= n_labels => {
                wrong(no_label(class, n_labels))
            }
            RowTarget::Tokens(tokens) if tokens.len() != ids.len() => {
                wrong(format!("{} targets for {} tokens", tokens.len(), ids.len()))
            }
            RowTarget::Span(first, last) if first > last || last as usize >= ids.len() => {
                wrong(format!("its {} tokens do not hold the span {first} to {last}", ids.len()))
            }
            _ => Ok(()),
        }
    }

    fn write(&mut self, ids: &[u32], type_ids: &[u32], target: RowTarget<'_>) -> io::Result<()> {
        let Self { path, buffer, .. } = self;
        match self.out.ids {
            Kind::U16 => fill(buffer, ids.iter().map(|id| (*id as u16).to_ne_bytes())),
            _ => fill(buffer, ids.iter().map(|id| id.to_ne_bytes())),
        }
        self.out.write(buffer)?;
        if self.type_ids.is_none() && type_ids.iter().any(|id| *id != 0) {
            let mut zeros = Spill::default();
            let mut n_before = self.n_tokens;
            while n_before > 0 {
                let n_now = n_before.min(1 << 16);
                zeros.write(path, &vec![0; n_now as usize])?;
                n_before -= n_now;
            }
            self.type_ids = Some(zeros);
        }
        if let Some(spill) = &mut self.type_ids {
            fill(buffer, type_ids.iter().map(|id| [*id as u8]));
            buffer.resize(ids.len(), 0);
            spill.write(path, buffer)?;
        }
        self.n_tokens += ids.len() as u64;
        self.offsets.write(path, &self.n_tokens.to_ne_bytes())?;
        match target {
            RowTarget::None => buffer.clear(),
            RowTarget::Class(class) => fill(buffer, [class.to_ne_bytes()]),
            RowTarget::Classes(classes) => {
                let all = std::iter::once(classes.len() as u32).chain(classes.iter().copied());
                fill(buffer, all.map(u32::to_ne_bytes));
            }
            RowTarget::MultiHot(values) => fill(buffer, values.iter().map(|v| v.to_ne_bytes())),
            RowTarget::Number(number) => fill(buffer, [number.to_ne_bytes()]),
            RowTarget::Tokens(tokens) => fill(buffer, tokens.iter().map(|t| t.to_ne_bytes())),
            RowTarget::Span(first, last) => fill(buffer, [first, last].map(u32::to_ne_bytes)),
        }
        self.targets.write(path, buffer)
    }

    /// Brings the file to its path and opens it. A cache that is there already is replaced; who
    /// has it open keeps the old one.
    ///
    /// # Errors
    /// If a row has [classes](RowTarget::Classes) that are no labels, or the file cannot be written.
    pub fn finish(self) -> Result<TokenCache> {
        let n_labels = self.settings.labels.as_ref().map_or(0, Labels::len);
        if let Some((class, row)) = self.largest.filter(|(class, _)| *class as usize >= n_labels) {
            return Err(CacheError::Row { row, reason: no_label(class, n_labels) }.into());
        }
        self.finish_with(None)
    }

    /// As [`finish`](Self::finish) with these labels, after each class has got the number at its
    /// place in `classes`.
    pub(super) fn finish_labelled(mut self, labels: Labels, classes: &[u32]) -> Result<TokenCache> {
        self.settings.labels = Some(labels);
        self.finish_with(Some(classes))
    }

    fn finish_with(self, classes: Option<&[u32]>) -> Result<TokenCache> {
        let path = self.path.clone();
        let file = self.complete(classes).map_err(|source| not_written(&path, source))?;
        TokenCache::read(path, &file)
    }

    fn complete(mut self, classes: Option<&[u32]>) -> io::Result<File> {
        let settings = self.settings;
        let out = &mut self.out;
        out.end()?;
        out.spilled("offsets", Kind::U64, self.offsets)?;
        if let Some(type_ids) = self.type_ids {
            out.spilled("type_ids", Kind::U8, type_ids)?;
        }
        let n_labels = settings.labels.as_ref().map_or(0, Labels::len);
        let renumber = |class: u32| match classes {
            Some(classes) => classes.get(class as usize).copied().unwrap_or(class),
            None => class,
        };
        let targets = match self.form.unwrap_or(Form::None) {
            Form::None => TargetForm::None,
            Form::Class => {
                out.begin("targets", Kind::U32)?;
                let mut buffer = Vec::new();
                self.targets.read(|bytes| {
                    fill(&mut buffer, numbers(bytes).map(|class| renumber(class).to_ne_bytes()));
                    out.write(&buffer)
                })?;
                out.end()?;
                TargetForm::Classes
            }
            Form::Classes => {
                out.begin("targets", Kind::F32)?;
                expand(self.targets, n_labels, renumber, |bytes| out.write(bytes))?;
                out.end()?;
                TargetForm::MultiHot(n_labels)
            }
            Form::MultiHot(n_labels) => {
                out.spilled("targets", Kind::F32, self.targets)?;
                TargetForm::MultiHot(n_labels)
            }
            Form::Number => {
                out.spilled("targets", Kind::F32, self.targets)?;
                TargetForm::Numbers
            }
            Form::Tokens => {
                out.spilled("targets", Kind::U32, self.targets)?;
                TargetForm::Tokens
            }
            Form::Span => {
                out.spilled("targets", Kind::U32, self.targets)?;
                TargetForm::Spans
            }
        };
        for (name, file) in
            [("tokenizer", &settings.tokenizer), ("tokenizer_config", &settings.tokenizer_config)]
        {
            if let Some(file) = file {
                out.begin(name, Kind::U8)?;
                out.write(&file.bytes)?;
                out.end()?;
            }
        }
        let name = |file: Option<TokenizerFile>| file.map(|file| file.name);
        let index = Index {
            n_rows: self.n_rows,
            n_tokens: self.n_tokens as usize,
            n_truncated: self.n_truncated,
            targets,
            labels: settings.labels.map(Into::into),
            max_length: settings.max_length,
            tokenizer: name(settings.tokenizer),
            tokenizer_config: name(settings.tokenizer_config),
            settings: settings.settings,
            columns: std::mem::take(&mut self.out.columns),
        };
        self.out.persist(&self.path, &index, settings.fingerprint)
    }
}

fn no_label(class: u32, n_labels: usize) -> String {
    format!("class {class} is none of the {n_labels} labels of the cache; give it all their names")
}

fn not_written(path: &Path, source: io::Error) -> crate::Error {
    CacheError::Write { path: path.display().to_string(), source }.into()
}
