//! Spans by the rules of `conlleval`: two neighbouring tags decide whether a span ends or begins.

use super::{Marked, OUTSIDE, Span};

pub fn spans<'a>(tags: &[Marked<'a>]) -> Vec<Span<'a>> {
    let mut spans = Vec::new();
    let mut previous = OUTSIDE;
    let mut start = 0;
    for (position, &tag) in tags.iter().chain([&OUTSIDE]).enumerate() {
        if ends(previous, tag) {
            spans.push(Span { kind: previous.kind, start, end: position });
        }
        if begins(previous, tag) {
            start = position;
        }
        previous = tag;
    }
    spans
}

/// Whether a span ends with `previous`.
fn ends(previous: Marked<'_>, tag: Marked<'_>) -> bool {
    match previous.mark {
        'E' | 'S' => true,
        'B' | 'I' if matches!(tag.mark, 'B' | 'S' | 'O') => true,
        mark => !is_outside(mark) && previous.kind != tag.kind,
    }
}

/// Whether a span begins with `tag`.
fn begins(previous: Marked<'_>, tag: Marked<'_>) -> bool {
    match tag.mark {
        'B' | 'S' => true,
        'E' | 'I' if matches!(previous.mark, 'E' | 'S' | 'O') => true,
        mark => !is_outside(mark) && previous.kind != tag.kind,
    }
}

/// Some old data write a full stop for the outside.
fn is_outside(mark: char) -> bool {
    matches!(mark, 'O' | '.')
}
