//! Examples by number, and rows encoded once for all epochs.

use std::ops::Range;

use rayon::prelude::*;

use crate::encoding::Encoding;
use crate::error::{Error, Result};
use crate::id_column::{IdColumn, OffsetColumn};
use crate::max_length::MaxLength;
use crate::target_column::TargetColumn;
use crate::targets::Targets;
use crate::tokenizer::Tokenizer;

/// Texts that one task encodes: enough to make the task worth its while, few enough to share.
const N_PER_TASK: usize = 128;

/// A collection of examples that can be asked for by number.
pub trait Dataset {
    /// An example, which may borrow from the data set.
    type Item<'a>
    where
        Self: 'a;

    /// The number of examples.
    fn len(&self) -> usize;

    /// One example, or none past the end.
    fn get(&self, index: usize) -> Option<Self::Item<'_>>;

    /// Whether there is no example.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One encoded row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EncodedRow<'a> {
    /// The ids of its tokens.
    pub ids: &'a [u32],
    /// 0 for the tokens of a first text and 1 for those of a second; empty if all are 0.
    pub type_ids: &'a [u32],
    /// Its class, if the targets are classes.
    pub label: Option<u32>,
}

/// Encoded rows in one flat list of ids, with what they should be predicted as.
///
/// ```
/// use sconce_text_pipeline::{
///     EncodedDataset, Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer,
/// };
///
/// let texts = ["a fine film", "dull"];
/// let tokenizer = WordTokenizer::train(
///     &texts,
///     Normalizer::default(),
///     PreTokenizer::BasicEnglish,
///     &VocabularyOptions::default(),
/// )?;
/// let dataset = EncodedDataset::encode(&tokenizer, &texts, vec![1, 0], Some(2))?;
/// assert_eq!(dataset.row(0), [2, 5]);
/// assert_eq!((dataset.n_tokens(), dataset.n_truncated()), (3, 1));
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
///
/// A data set that a [`TokenCache`](crate::TokenCache) holds lives in the mapped file: batches are
/// made straight from there. What the file has in fewer bits, or not in the form of [`Targets`], is
/// copied as a whole when somebody asks for a slice of it; each method says so.
#[derive(Debug, Clone, PartialEq)]
pub struct EncodedDataset {
    ids: IdColumn,
    /// One for each id, or none at all if all are 0.
    type_ids: IdColumn,
    /// Where each row begins in `ids`, and where the last one ends.
    offsets: OffsetColumn,
    targets: TargetColumn,
    n_truncated: usize,
}

/// What one task makes of its texts.
#[derive(Default)]
struct Part {
    ids: Vec<u32>,
    lengths: Vec<usize>,
    n_truncated: usize,
}

impl EncodedDataset {
    /// Encodes `texts` in parallel, each to at most `max_length` tokens.
    ///
    /// There is a target for each text, or [`Targets::None`]; a list of numbers stands for
    /// classes. A text without tokens makes an empty row.
    ///
    /// # Errors
    /// If the targets are not those of `texts`, a text cannot be tokenized, or one is too long
    /// under [`MaxLength::Refuse`]; of several such texts the first is reported.
    pub fn encode(
        tokenizer: &dyn Tokenizer,
        texts: &[&str],
        targets: impl Into<Targets>,
        max_length: impl Into<MaxLength>,
    ) -> Result<Self> {
        let (targets, max_length) = (targets.into(), max_length.into());
        if let Targets::Classes(classes) = &targets
            && classes.len() != texts.len()
        {
            return Err(Error::LabelCount { n_texts: texts.len(), n_labels: classes.len() });
        }
        let parts: Vec<Result<Part>> = texts
            .par_chunks(N_PER_TASK)
            .enumerate()
            .map(|(part, texts)| encode_part(tokenizer, texts, part * N_PER_TASK, max_length))
            .collect();
        // Collected first, so that of several errors the first one is always reported.
        let parts: Vec<Part> = parts.into_iter().collect::<Result<_>>()?;
        let n_tokens = parts.iter().map(|part| part.ids.len()).sum();
        let mut builder = Rows::with_capacity(n_tokens, texts.len());
        for part in parts {
            builder.ids.extend_from_slice(&part.ids);
            builder.n_truncated += part.n_truncated;
            part.lengths.iter().for_each(|length| builder.end_row(*length));
        }
        builder.finish(targets)
    }

    /// Takes rows that were encoded elsewhere.
    ///
    /// # Shapes
    ///
    /// `ids` is `(n_tokens)`, `type_ids` the same or empty, which means all 0, `offsets`
    /// `(n_rows + 1)` from 0 to `n_tokens`.
    ///
    /// # Errors
    /// If the lists do not fit each other.
    pub fn new(
        ids: Vec<u32>,
        type_ids: Vec<u32>,
        offsets: Vec<usize>,
        targets: Targets,
    ) -> Result<Self> {
        let n_tokens = ids.len();
        let is_whole = offsets.first() == Some(&0) && offsets.last() == Some(&n_tokens);
        if !is_whole || !offsets.is_sorted() {
            return Err(Error::InvalidOffsets { n_tokens });
        }
        if !type_ids.is_empty() && type_ids.len() != n_tokens {
            return Err(Error::TypeIdCount { n_type_ids: type_ids.len(), n_tokens });
        }
        targets.check(&offsets)?;
        let is_plain = type_ids.iter().all(|id| *id == 0);
        let type_ids = if is_plain { Vec::new() } else { type_ids };
        Ok(Self {
            ids: ids.into(),
            type_ids: type_ids.into(),
            offsets: OffsetColumn::Owned(offsets),
            targets: TargetColumn::Owned(targets),
            n_truncated: 0,
        })
    }

    /// Rows in a mapped file, whose lists were found to be as long as they must be.
    pub(crate) fn from_columns(
        ids: IdColumn,
        type_ids: IdColumn,
        offsets: OffsetColumn,
        targets: TargetColumn,
        n_truncated: usize,
    ) -> Self {
        Self { ids, type_ids, offsets, targets, n_truncated }
    }

    /// The same rows with other targets.
    ///
    /// # Errors
    /// If they do not fit the rows.
    pub fn with_targets(mut self, targets: Targets) -> Result<Self> {
        targets.check(&self.offsets)?;
        self.targets = TargetColumn::Owned(targets);
        Ok(self)
    }

    /// The number of rows.
    pub fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of tokens in all rows.
    pub fn n_tokens(&self) -> usize {
        self.ids.len()
    }

    /// How many rows lost tokens to the limit. A [`subset`](Self::subset) does not know: zero.
    pub fn n_truncated(&self) -> usize {
        self.n_truncated
    }

    /// The ids of all rows, one after the other. If a file holds them as 16 bits, a copy of all is
    /// made the first time; [`append_row`](Self::append_row) needs none.
    pub fn ids(&self) -> &[u32] {
        self.ids.as_slice()
    }

    /// 0 for each token of a first text and 1 for those of a second; empty if all are 0. Of those
    /// in a file a copy is made the first time.
    pub fn type_ids(&self) -> &[u32] {
        self.type_ids.as_slice()
    }

    /// Where each row begins in [`ids`](Self::ids), and where the last one ends.
    pub fn offsets(&self) -> &[usize] {
        &self.offsets
    }

    /// The ids of a row, as a part of [`ids`](Self::ids). As with a slice, a row past the end is a
    /// panic.
    pub fn row(&self, index: usize) -> &[u32] {
        &self.ids()[self.offsets[index]..self.offsets[index + 1]]
    }

    /// Appends the ids of a row to `ids`; of a data set in a file nothing else is copied.
    ///
    /// # Errors
    /// If the row is past the end.
    pub fn append_row(&self, index: usize, ids: &mut Vec<u32>) -> Result<()> {
        self.ids.append(self.tokens_of(index)?, ids);
        Ok(())
    }

    /// The number of tokens in each row.
    pub fn lengths(&self) -> Vec<usize> {
        self.offsets.windows(2).map(|ends| ends[1].saturating_sub(ends[0])).collect()
    }

    /// What the rows should be predicted as. Of targets in a file a copy is made the first time.
    pub fn targets(&self) -> &Targets {
        self.targets.all()
    }

    /// The class of a row, if the targets are classes.
    pub fn label(&self, index: usize) -> Option<u32> {
        self.labels().get(index).copied()
    }

    /// The class of every row; empty if the targets are not classes.
    pub fn labels(&self) -> &[u32] {
        self.targets.classes().unwrap_or_default()
    }

    /// The given rows in the given order.
    ///
    /// # Errors
    /// If one is past the end.
    pub fn subset(&self, rows: &[usize]) -> Result<Self> {
        let mut subset = Rows::with_capacity(0, rows.len());
        let mut targets = self.empty_targets();
        for &row in rows {
            let tokens = self.tokens_of(row)?;
            self.ids.append(tokens.clone(), &mut subset.ids);
            self.append_types(tokens.clone(), &mut subset.type_ids);
            subset.end_row(tokens.len());
            self.targets.append_row(&mut targets, row, tokens);
        }
        subset.finish(targets)
    }

    /// Where the tokens of a row lie in [`ids`](Self::ids).
    pub(crate) fn tokens_of(&self, row: usize) -> Result<Range<usize>> {
        match self.offsets.get(row..row.saturating_add(2)) {
            Some(&[start, end]) if start <= end && end <= self.ids.len() => Ok(start..end),
            // A file that was changed after it was opened.
            Some(_) => Err(Error::InvalidOffsets { n_tokens: self.ids.len() }),
            None => Err(Error::RowOutOfRange { row, len: self.len() }),
        }
    }

    /// The ids of all rows.
    pub(crate) fn into_ids(self) -> IdColumn {
        self.ids
    }

    /// Appends the ids of tokens.
    pub(crate) fn append_ids(&self, tokens: Range<usize>, ids: &mut Vec<u32>) {
        self.ids.append(tokens, ids);
    }

    /// Appends the type ids of tokens, or nothing if all of the data set are 0.
    pub(crate) fn append_types(&self, tokens: Range<usize>, type_ids: &mut Vec<u32>) {
        if !self.type_ids.is_empty() {
            self.type_ids.append(tokens, type_ids);
        }
    }

    /// No targets, but of the kind of these rows.
    pub(crate) fn empty_targets(&self) -> Targets {
        self.targets.empty_like()
    }

    /// Adds the targets of a row, whose tokens lie at `tokens`, to others of the same kind.
    pub(crate) fn append_targets(&self, to: &mut Targets, row: usize, tokens: Range<usize>) {
        self.targets.append_row(to, row, tokens);
    }
}

/// Rows as they are put together.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub(crate) ids: Vec<u32>,
    pub(crate) type_ids: Vec<u32>,
    pub(crate) n_truncated: usize,
    offsets: Vec<usize>,
}

impl Rows {
    pub(crate) fn with_capacity(n_tokens: usize, n_rows: usize) -> Self {
        let mut offsets = Vec::with_capacity(n_rows + 1);
        offsets.push(0);
        Self { ids: Vec::with_capacity(n_tokens), offsets, ..Self::default() }
    }

    /// Adds a row, and counts it if it was cut.
    pub(crate) fn push(&mut self, encoding: &Encoding) {
        self.n_truncated += usize::from(encoding.n_left_out > 0);
        self.push_whole(encoding);
    }

    /// Adds a row that counts as whole.
    pub(crate) fn push_whole(&mut self, encoding: &Encoding) {
        self.ids.extend_from_slice(&encoding.ids);
        self.type_ids.extend_from_slice(&encoding.type_ids);
        self.end_row(encoding.len());
    }

    /// Says that the last `n_tokens` ids are a row.
    pub(crate) fn end_row(&mut self, n_tokens: usize) {
        self.offsets.push(self.offsets.last().copied().unwrap_or_default() + n_tokens);
    }

    pub(crate) fn finish(self, targets: Targets) -> Result<EncodedDataset> {
        let dataset = EncodedDataset::new(self.ids, self.type_ids, self.offsets, targets)?;
        Ok(EncodedDataset { n_truncated: self.n_truncated, ..dataset })
    }
}

impl Dataset for EncodedDataset {
    type Item<'a> = EncodedRow<'a>;

    fn len(&self) -> usize {
        self.len()
    }

    fn get(&self, index: usize) -> Option<EncodedRow<'_>> {
        let tokens = self.tokens_of(index).ok()?;
        let (ids, type_ids) = (&self.ids()[tokens.clone()], self.type_ids());
        let type_ids = type_ids.get(tokens).unwrap_or_default();
        Some(EncodedRow { ids, type_ids, label: self.label(index) })
    }
}

fn encode_part(
    tokenizer: &dyn Tokenizer,
    texts: &[&str],
    first: usize,
    max_length: MaxLength,
) -> Result<Part> {
    let mut part = Part::default();
    for (row, text) in (first..).zip(texts) {
        let start = part.ids.len();
        let is_cut = max_length.encode_ids(tokenizer, text, row, &mut part.ids)?;
        part.n_truncated += usize::from(is_cut);
        part.lengths.push(part.ids.len() - start);
    }
    Ok(part)
}

#[cfg(test)]
mod tests;
