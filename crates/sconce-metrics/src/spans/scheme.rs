//! Tagging schemes and the spans that each allows.
//!
//! A scheme is three tables of neighbouring marks: which pair begins a span, which goes on with it,
//! and which confirms that it ended properly.

use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::{Marked, OUTSIDE, Span};
use crate::catalogue::nearest;
use crate::error::{Error, Result};

/// How tags mark spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// `I` inside, `B` only where a span follows another of its kind.
    Iob1,
    /// `B` begins every span, `I` goes on. Also called BIO.
    #[serde(alias = "bio")]
    Iob2,
    /// `I` inside, `E` only where another span of the kind follows.
    Ioe1,
    /// `E` ends every span, `I` comes before it.
    Ioe2,
    /// `B`, `I`, `E`, and `S` for a span of one token. Also called BIOES.
    #[serde(alias = "bioes")]
    Iobes,
    /// `B`, `I`, `L` for the last, and `U` for a span of one token.
    Bilou,
}

/// Whether the kinds of two neighbours matter.
#[derive(Clone, Copy)]
enum Kinds {
    Same,
    Differ,
    Any,
}
use Kinds::{Any, Differ, Same};

/// Marks of the tag before, marks of this one, and their kinds.
type Pair = (&'static str, &'static str, Kinds);

/// Every mark that a tag can have.
const ALL: &str = "IOBESUL";

struct Rules {
    marks: &'static str,
    begins: &'static [Pair],
    goes_on: &'static [Pair],
    ended: &'static [Pair],
}

const IOB1: Rules = Rules {
    marks: "B, I, O",
    begins: &[("OB", "I", Any), ("I", "I", Differ), ("IB", "B", Same)],
    goes_on: &[("BI", "I", Same)],
    ended: &[("IB", "O", Any), ("IB", "I", Differ), ("I", "B", Any), ("B", "B", Same)],
};

const IOB2: Rules = Rules {
    marks: "B, I, O",
    begins: &[(ALL, "B", Any)],
    goes_on: &[("BI", "I", Same)],
    ended: &[("BI", "OB", Any), ("BI", "I", Differ)],
};

const IOE1: Rules = Rules {
    marks: "E, I, O",
    begins: &[("OE", "I", Any), ("I", "I", Differ), ("E", "E", Same)],
    goes_on: &[("I", "IE", Same)],
    ended: &[("I", "IE", Differ), ("I", "O", Any), ("E", "IE", Same)],
};

const IOE2: Rules = Rules {
    marks: "E, I, O",
    begins: &[("OE", "IE", Any), ("I", "IE", Differ)],
    goes_on: &[("I", "IE", Same)],
    ended: &[("E", ALL, Any)],
};

const IOBES: Rules = Rules {
    marks: "B, E, I, O, S",
    begins: &[(ALL, "BS", Any)],
    goes_on: &[("BI", "IE", Same)],
    ended: &[("SE", ALL, Any)],
};

const BILOU: Rules = Rules {
    marks: "B, I, L, O, U",
    begins: &[(ALL, "BU", Any)],
    goes_on: &[("BI", "IL", Same)],
    ended: &[("UL", ALL, Any)],
};

impl Scheme {
    /// All schemes by their names; two have two.
    const NAMES: [(&'static str, Self); 8] = [
        ("iob1", Self::Iob1),
        ("iob2", Self::Iob2),
        ("ioe1", Self::Ioe1),
        ("ioe2", Self::Ioe2),
        ("iobes", Self::Iobes),
        ("bilou", Self::Bilou),
        ("bio", Self::Iob2),
        ("bioes", Self::Iobes),
    ];

    /// Its name, such as `iob2`.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, scheme)| *scheme == self).map_or("", |&(name, _)| name)
    }

    /// The marks that its tags have.
    pub(super) fn marks(self) -> &'static str {
        self.rules().marks
    }

    /// The scheme whose marks these sequences have: [`Iob2`](Self::Iob2), [`Ioe2`](Self::Ioe2),
    /// [`Iobes`](Self::Iobes) or [`Bilou`](Self::Bilou). `IOB1` and `IOE1` cannot be told from the
    /// schemes with the same marks.
    ///
    /// # Errors
    /// If the marks are of none of them.
    ///
    /// ```
    /// use sconce_metrics::Scheme;
    ///
    /// let sentences = [vec!["O", "B-PER", "E-PER"], vec!["S-LOC"]];
    /// assert_eq!(Scheme::detect(&sentences)?, Scheme::Iobes);
    /// # Ok::<(), sconce_metrics::Error>(())
    /// ```
    pub fn detect<S: AsRef<str>>(sequences: &[impl AsRef<[S]>]) -> Result<Self> {
        let tags = sequences.iter().flat_map(|tags| tags.as_ref());
        let mut marks: Vec<char> = tags.filter_map(|tag| tag.as_ref().chars().next()).collect();
        marks.sort_unstable();
        marks.dedup();
        let has = |mark| marks.contains(&mark);
        let only = |allowed: &str| marks.iter().all(|&mark| allowed.contains(mark));
        if has('B') && only("BIO") {
            Ok(Self::Iob2)
        } else if has('E') && only("EIO") {
            Ok(Self::Ioe2)
        } else if (has('B') && has('E') && only("BEIOS")) || marks == ['S'] {
            Ok(Self::Iobes)
        } else if (has('B') && has('L') && only("BILOU")) || marks == ['U'] {
            Ok(Self::Bilou)
        } else {
            Err(Error::NoScheme { marks: String::from_iter(marks) })
        }
    }

    fn rules(self) -> &'static Rules {
        match self {
            Self::Iob1 => &IOB1,
            Self::Iob2 => &IOB2,
            Self::Ioe1 => &IOE1,
            Self::Ioe2 => &IOE2,
            Self::Iobes => &IOBES,
            Self::Bilou => &BILOU,
        }
    }

    /// The spans of one sequence, or the position of a tag that is not of this scheme.
    pub(super) fn spans<'a>(self, tags: &[Marked<'a>]) -> Result<Vec<Span<'a>>, usize> {
        let rules = self.rules();
        if let Some(position) = tags.iter().position(|tag| !is_one_of(tag.mark, rules.marks)) {
            return Err(position);
        }
        let at = |position: usize| tags.get(position).copied().unwrap_or(OUTSIDE);
        let mut spans = Vec::new();
        let mut previous = OUTSIDE;
        let mut start = 0;
        while start < tags.len() {
            let mut end = start + 1;
            if matches(rules.begins, previous, at(start)) {
                while end < tags.len() && matches(rules.goes_on, at(end - 1), at(end)) {
                    end += 1;
                }
                if matches(rules.ended, at(end - 1), at(end)) {
                    spans.push(Span { kind: at(start).kind, start, end });
                }
            }
            previous = at(end - 1);
            start = end;
        }
        Ok(spans)
    }
}

impl FromStr for Scheme {
    type Err = Error;

    /// `iob1`, `iob2` or `bio`, `ioe1`, `ioe2`, `iobes` or `bioes`, `bilou`; the case does not
    /// count.
    fn from_str(name: &str) -> Result<Self> {
        let lower = name.to_lowercase();
        let found = Self::NAMES.iter().find(|(known, _)| *known == lower);
        found.map(|&(_, scheme)| scheme).ok_or_else(|| {
            let known: Vec<&'static str> = Self::NAMES.iter().map(|&(name, _)| name).collect();
            let nearest = nearest(name, &known);
            Error::UnknownScheme { name: name.to_owned(), nearest, known }
        })
    }
}

fn is_one_of(mark: char, marks: &str) -> bool {
    ALL.contains(mark) && marks.contains(mark)
}

fn matches(pairs: &[Pair], previous: Marked<'_>, tag: Marked<'_>) -> bool {
    pairs.iter().any(|&(before, here, kinds)| {
        let kinds = match kinds {
            Same => previous.kind == tag.kind,
            Differ => previous.kind != tag.kind,
            Any => true,
        };
        kinds && is_one_of(previous.mark, before) && is_one_of(tag.mark, here)
    })
}

#[cfg(test)]
mod tests;
