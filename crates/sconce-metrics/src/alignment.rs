//! Alignments of a text with its reference by the fewest edits (Levenshtein 1966), 64 tokens at
//! once (Myers 1999; Hyyrö 2003), long texts in halves (Hirschberg 1975).

mod bit_rows;

use serde::Serialize;

use crate::bit_pattern::number;
use crate::spaces::is_space;
use bit_rows::{Matrix, scores};

/// What happened to a piece of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Edit {
    /// It is in the text.
    Equal,
    /// Something else stands in its place.
    Substitute,
    /// It is missing.
    Delete,
    /// Something stands in the text that the reference does not have.
    Insert,
}

/// A piece of the reference and of the text, from their first token to the one after their last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct AlignmentChunk {
    /// What happened.
    pub edit: Edit,
    /// The first token of the reference.
    pub reference_start: usize,
    /// The token of the reference after the last.
    pub reference_end: usize,
    /// The first token of the text.
    pub hypothesis_start: usize,
    /// The token of the text after the last.
    pub hypothesis_end: usize,
}

/// The words of a text beside those of its reference, with the fewest edits; of several ways the
/// one that jiwer shows.
///
/// ```
/// use sconce_metrics::{Edit, align_words};
///
/// let edits: Vec<Edit> = align_words("one two three", "one too three four")
///     .into_iter()
///     .map(|chunk| chunk.edit)
///     .collect();
/// assert_eq!(edits, [Edit::Equal, Edit::Substitute, Edit::Equal, Edit::Insert]);
/// ```
#[must_use]
pub fn align_words(reference: &str, hypothesis: &str) -> Vec<AlignmentChunk> {
    chunks(&word_edits(reference, hypothesis))
}

/// The characters of a text beside those of its reference, as [`align_words`].
#[must_use]
pub fn align_characters(reference: &str, hypothesis: &str) -> Vec<AlignmentChunk> {
    chunks(&character_edits(reference, hypothesis))
}

/// Of the words between single spaces, runs of white space counting as one, as in jiwer: a lone
/// tab or line break does not part words.
pub(crate) fn word_edits(reference: &str, hypothesis: &str) -> Vec<Edit> {
    let texts = [reference, hypothesis].map(join_spaces);
    let [reference, hypothesis] =
        texts.each_ref().map(|text| text.split(' ').filter(|word| !word.is_empty()));
    let (reference, hypothesis) = number(reference, hypothesis);
    align(&reference, &hypothesis)
}

/// Of the characters between the first and the last that is no space.
pub(crate) fn character_edits(reference: &str, hypothesis: &str) -> Vec<Edit> {
    let [reference, hypothesis] =
        [reference, hypothesis].map(|text| text.trim_matches(is_space).chars());
    let (reference, hypothesis) = number(reference, hypothesis);
    align(&reference, &hypothesis)
}

/// One space in place of each run of white space.
fn join_spaces(text: &str) -> String {
    let mut joined = String::with_capacity(text.len());
    let mut pieces = text.trim_matches(is_space).chars().peekable();
    while let Some(c) = pieces.next() {
        let mut is_run = false;
        while is_space(c) && pieces.next_if(|&next| is_space(next)).is_some() {
            is_run = true;
        }
        joined.push(if is_run { ' ' } else { c });
    }
    joined
}

/// Runs of one edit.
fn chunks(edits: &[Edit]) -> Vec<AlignmentChunk> {
    let (mut reference, mut hypothesis) = (0, 0);
    let chunk = |run: &[Edit]| {
        let (reference_start, hypothesis_start) = (reference, hypothesis);
        reference += if run[0] == Edit::Insert { 0 } else { run.len() };
        hypothesis += if run[0] == Edit::Delete { 0 } else { run.len() };
        AlignmentChunk {
            edit: run[0],
            reference_start,
            reference_end: reference,
            hypothesis_start,
            hypothesis_end: hypothesis,
        }
    };
    edits.chunk_by(|a, b| a == b).map(chunk).collect()
}

/// The bits of a matrix above which a text is aligned in halves.
const MAX_BITS: usize = 8 << 20;

/// The fewest edits, in order. Which of several shortest lists it is matters to counts of deletions
/// and substitutions: it is the one that rapidfuzz, and so jiwer, gives.
fn align(reference: &[u32], hypothesis: &[u32]) -> Vec<Edit> {
    let mut edits = Vec::with_capacity(reference.len().max(hypothesis.len()));
    align_part(reference, hypothesis, usize::MAX, &mut edits);
    edits
}

/// Appends the edits of a part, which are known to be `max` at most.
fn align_part(mut reference: &[u32], mut hypothesis: &[u32], max: usize, edits: &mut Vec<Edit>) {
    let equal = |a: &[u32], b: &[u32]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let prefix = equal(reference, hypothesis);
    (reference, hypothesis) = (&reference[prefix..], &hypothesis[prefix..]);
    let ends = reference.iter().rev().zip(hypothesis.iter().rev());
    let suffix = ends.take_while(|(a, b)| a == b).count();
    reference = &reference[..reference.len() - suffix];
    hypothesis = &hypothesis[..hypothesis.len() - suffix];

    edits.extend(std::iter::repeat_n(Edit::Equal, prefix));
    let max = max.min(reference.len().max(hypothesis.len()));
    let band = reference.len().min(2 * max + 1);
    if 2 * band * hypothesis.len() < MAX_BITS || reference.len() < 65 || hypothesis.len() < 10 {
        edits.extend(Matrix::new(reference, hypothesis).edits(reference, hypothesis));
    } else {
        let cut = hypothesis.len() / 2;
        let (at, left, right) = middle(reference, hypothesis, cut);
        align_part(&reference[..at], &hypothesis[..cut], left, edits);
        align_part(&reference[at..], &hypothesis[cut..], right, edits);
    }
    edits.extend(std::iter::repeat_n(Edit::Equal, suffix));
}

/// Where the reference is cut that goes with `cut` of the text, and the edits before and after: the
/// first place with the fewest.
fn middle(reference: &[u32], hypothesis: &[u32], cut: usize) -> (usize, usize, usize) {
    let left = scores(reference.iter().copied(), hypothesis[..cut].iter().copied());
    let ends = hypothesis[cut..].iter().rev().copied();
    let right = scores(reference.iter().rev().copied(), ends);
    let splits = left.into_iter().zip(right.into_iter().rev()).enumerate();
    let best = splits.min_by_key(|(_, (left, right))| left + right);
    best.map_or((0, 0, 0), |(at, (left, right))| (at, left, right))
}

#[cfg(test)]
mod tests;
