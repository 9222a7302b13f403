//! Spans in sequences of tags: where names, places and other phrases begin and end.
//!
//! Tags mark spans token by token (Ramshaw and Marcus 1995, arXiv:cmp-lg/9505040): `B-PER`, `I-PER`,
//! `O`. Read leniently, as the CoNLL evaluation script does, or strictly by a scheme; either way
//! the spans are seqeval's.

mod lenient;
mod scheme;

pub use scheme::Scheme;

use crate::error::{Error, Result};

/// The kind of a span whose tags name none, such as `B` and `I` alone.
const NO_KIND: &str = "_";

/// Tokens that form one phrase.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span<'a> {
    /// What it is, such as `PER`; `_` where tags do not say.
    pub kind: &'a str,
    /// Its first token.
    pub start: usize,
    /// The token after its last.
    pub end: usize,
}

/// How sequences of tags are read.
///
/// ```
/// use sconce_metrics::{Scheme, Span, SpanReader};
///
/// let tags = ["I-PER", "I-PER", "O", "B-LOC"];
/// let person = Span { kind: "PER", start: 0, end: 2 };
/// let place = Span { kind: "LOC", start: 3, end: 4 };
/// assert_eq!(SpanReader::lenient().spans(&tags)?, [person, place]);
/// // In IOB2 only `B` begins a span.
/// assert_eq!(SpanReader::strict(Scheme::Iob2).spans(&tags)?, [place]);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SpanReader {
    scheme: Option<Scheme>,
    is_suffix: bool,
}

impl SpanReader {
    /// Whatever looks like a span is one: `I` after `O` or after another kind begins one, a span
    /// without its `E` counts. What `conlleval` and seqeval do by default.
    ///
    /// Any tag is taken: its first character is the mark, what follows the first hyphen (or the
    /// mark) is the kind. Marks that no scheme has begin a span where the kind changes: `PER` alone
    /// has the mark `P` and the kind `ER`. After a full stop, which old data write for `O`, and
    /// after a tag of one such mark alone, seqeval may carry a beginning over from the sequence
    /// before; here every sequence stands for itself.
    #[must_use]
    pub fn lenient() -> Self {
        Self::default()
    }

    /// Only what `scheme` allows is a span; a tag with another mark is an error.
    #[must_use]
    pub fn strict(scheme: Scheme) -> Self {
        Self { scheme: Some(scheme), is_suffix: false }
    }

    /// Tags end with their mark: `PER-B`.
    #[must_use]
    pub fn with_suffix(self) -> Self {
        Self { is_suffix: true, ..self }
    }

    /// The scheme, if reading is strict.
    #[must_use]
    pub fn scheme(&self) -> Option<Scheme> {
        self.scheme
    }

    /// The spans of one sequence, in order.
    ///
    /// # Errors
    /// If a tag is empty, or is not of the scheme.
    pub fn spans<'a>(&self, tags: &'a [impl AsRef<str>]) -> Result<Vec<Span<'a>>> {
        let mut marked = Vec::with_capacity(tags.len());
        for (position, tag) in tags.iter().enumerate() {
            let (mark, rest) = self.cut(tag.as_ref()).ok_or(Error::EmptyTag { position })?;
            let kind = match (self.scheme, self.is_suffix) {
                (Some(_), _) => rest.trim_matches('-'),
                (None, false) => rest.split_once('-').map_or(rest, |(_, kind)| kind),
                (None, true) => rest.rsplit_once('-').map_or(rest, |(kind, _)| kind),
            };
            let kind = if kind.is_empty() { NO_KIND } else { kind };
            marked.push(Marked { mark, kind });
        }
        match self.scheme {
            None => Ok(lenient::spans(&marked)),
            Some(scheme) => scheme.spans(&marked).map_err(|position| Error::UnknownTag {
                tag: tags[position].as_ref().to_owned(),
                position,
                scheme: scheme.name(),
                marks: scheme.marks(),
            }),
        }
    }

    /// The mark of a tag, and the tag without it; `None` of the empty tag.
    fn cut<'a>(&self, tag: &'a str) -> Option<(char, &'a str)> {
        let mut chars = tag.chars();
        let mark = if self.is_suffix { chars.next_back() } else { chars.next() }?;
        Some((mark, chars.as_str()))
    }
}

/// A tag taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marked<'a> {
    mark: char,
    kind: &'a str,
}

/// What stands before the first tag of a sequence and after its last.
const OUTSIDE: Marked<'static> = Marked { mark: 'O', kind: NO_KIND };

#[cfg(test)]
mod tests;
