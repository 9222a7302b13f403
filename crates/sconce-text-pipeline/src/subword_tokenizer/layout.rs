//! What a post-processor does, read off once: which tokens it puts where, and what it trims.

use tokenizers::{Encoding, PostProcessorWrapper};

use super::guard::guard;
use super::pieces::{self, Piece};
use super::post_processing::PostProcessing;
use crate::encoding;

/// One thing that a framed text is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Added { id: u32, type_id: u32 },
    Text { sequence: u8, type_id: u32 },
}

/// The frames of one text and of two.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    single: Vec<Part>,
    pair: Vec<Part>,
    /// Whether spans lose their white space, and whether a space may stand before each text that
    /// they keep.
    trim: Option<bool>,
}

impl Layout {
    /// None if the post-processor does more than frames and trimmed spans say.
    pub(super) fn of(post: &PostProcessing) -> Option<Self> {
        guard(|| Ok(Self::read(post))).ok().flatten()
    }

    fn read(post: &PostProcessing) -> Option<Self> {
        let mut steps = Vec::new();
        post.inner().into_iter().for_each(|inner| flatten(inner, &mut steps));
        let trims: Vec<usize> =
            (0..steps.len()).filter(|step| trim_of(steps[*step]).is_some()).collect();
        let trim = match trims[..] {
            [] => None,
            // Spans are trimmed before anything is added.
            [step] if steps[..step].iter().all(|step| !adds(step)) => trim_of(steps[step]),
            _ => return None,
        };
        let single = parts(&post.frame(mark(1), None).ok()?, 1)?;
        let pair = parts(&post.frame(mark(1), Some(mark(2))).ok()?, 2)?;
        Some(Self { single, pair, trim })
    }

    /// Frames one text or two; `texts` are what the spans of each point into, word by word if
    /// there are words.
    pub(super) fn frame<'t>(
        &self,
        first: &[Piece],
        second: Option<&[Piece]>,
        text_of: impl Fn(u8, u32) -> Option<&'t str>,
    ) -> encoding::Encoding {
        let parts = if second.is_some() { &self.pair } else { &self.single };
        let second = second.unwrap_or_default();
        let n_tokens = first.len() + second.len() + parts.len();
        let mut framed = encoding::Encoding {
            ids: Vec::with_capacity(n_tokens),
            spans: Vec::with_capacity(n_tokens),
            type_ids: Vec::with_capacity(n_tokens),
            word_ids: Vec::with_capacity(n_tokens),
            sequence_ids: Vec::with_capacity(n_tokens),
            n_left_out: 0,
        };
        for part in parts {
            match *part {
                Part::Added { id, type_id } => {
                    framed.ids.push(id);
                    framed.spans.push((0, 0));
                    framed.type_ids.push(type_id);
                    framed.word_ids.push(None);
                    framed.sequence_ids.push(None);
                }
                Part::Text { sequence, type_id } => {
                    let pieces = if sequence == 0 { first } else { second };
                    framed.ids.extend(pieces.iter().map(|piece| piece.id));
                    framed.spans.extend(pieces.iter().enumerate().map(|(place, piece)| {
                        let mut piece = *piece;
                        if let Some(is_prefixed) = self.trim {
                            pieces::trim(&mut piece, place, is_prefixed);
                        }
                        let span = (piece.start, piece.end);
                        text_of(sequence, piece.word).map_or((0, 0), |text| within(text, span))
                    }));
                    framed.type_ids.extend(pieces.iter().map(|_| type_id));
                    framed.word_ids.extend(pieces.iter().map(|piece| Some(piece.word)));
                    framed.sequence_ids.extend(pieces.iter().map(|_| Some(sequence)));
                }
            }
        }
        framed
    }
}

/// The span in whole characters: spaces are trimmed off as one byte each, also where the space was
/// put before a longer character.
pub(super) fn within(text: &str, (start, end): (usize, usize)) -> (usize, usize) {
    let end = text.floor_char_boundary(end);
    (text.floor_char_boundary(start).min(end), end)
}

fn flatten<'a>(step: &'a PostProcessorWrapper, steps: &mut Vec<&'a PostProcessorWrapper>) {
    match step {
        PostProcessorWrapper::Sequence(inner) => {
            inner.as_ref().iter().for_each(|step| flatten(step, steps));
        }
        step => steps.push(step),
    }
}

fn trim_of(step: &PostProcessorWrapper) -> Option<bool> {
    match step {
        PostProcessorWrapper::ByteLevel(bytes) if bytes.trim_offsets => {
            Some(bytes.add_prefix_space)
        }
        PostProcessorWrapper::Roberta(roberta) if roberta.trim_offsets => {
            Some(roberta.add_prefix_space)
        }
        _ => None,
    }
}

fn adds(step: &PostProcessorWrapper) -> bool {
    !matches!(step, PostProcessorWrapper::ByteLevel(_))
}

/// A text of one token that belongs to no vocabulary.
fn mark(text: u32) -> Encoding {
    [(u32::MAX - text, String::new(), (0, 0), Some(text), 0)].into_iter().collect()
}

/// What was framed, if each of the marked texts is there once.
fn parts(framed: &Encoding, n_texts: u32) -> Option<Vec<Part>> {
    let mut seen = Vec::new();
    let sequences = framed.get_sequence_ids();
    let mut parts = Vec::new();
    for (token, id) in framed.get_ids().iter().enumerate() {
        let (word, type_id) = (framed.get_word_ids()[token], framed.get_type_ids()[token]);
        parts.push(match (word, sequences[token]) {
            (None, None) => Part::Added { id: *id, type_id },
            (Some(text), Some(sequence)) if sequence + 1 == text as usize => {
                seen.push(text);
                Part::Text { sequence: u8::try_from(sequence).ok()?, type_id }
            }
            _ => return None,
        });
    }
    seen.sort_unstable();
    let is_whole = seen.into_iter().eq(1..=n_texts);
    is_whole.then_some(parts)
}
