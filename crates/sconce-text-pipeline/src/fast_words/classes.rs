//! Letters, numbers, white space and the rest, as the patterns of byte-level tokenizers tell them
//! apart: by the tables of the very library that runs these patterns.

use std::sync::LazyLock;

use regex_syntax::hir::{Class as SyntaxClass, HirKind};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    Other,
    Letter,
    Number,
    Space,
}

static ASCII: [Class; 128] = ascii();

const fn ascii() -> [Class; 128] {
    let mut classes = [Class::Other; 128];
    let mut byte = 0;
    while byte < 128 {
        classes[byte] = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b'0'..=b'9' => Class::Number,
            b' ' | b'\t'..=b'\r' => Class::Space,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
}

/// One entry for each character; empty if the patterns cannot be read.
static ALL: LazyLock<Vec<Class>> = LazyLock::new(|| {
    let mut classes = vec![Class::Other; 0x11_0000];
    for (pattern, class) in
        [(r"\p{L}", Class::Letter), (r"\p{N}", Class::Number), (r"\s", Class::Space)]
    {
        let Ok(hir) = regex_syntax::parse(pattern) else { return Vec::new() };
        let HirKind::Class(SyntaxClass::Unicode(ranges)) = hir.kind() else { return Vec::new() };
        for range in ranges.ranges() {
            classes[range.start() as usize..=range.end() as usize].fill(class);
        }
    }
    classes
});

/// Whether there are tables for characters beyond ASCII.
pub(super) fn are_known() -> bool {
    !ALL.is_empty()
}

/// The class and the length of the character that begins at `place`, none at the end of the text.
#[inline]
pub(super) fn at(text: &str, place: usize) -> Option<(Class, usize)> {
    let byte = *text.as_bytes().get(place)?;
    match ASCII.get(usize::from(byte)) {
        Some(class) => Some((*class, 1)),
        None => {
            let c = text[place..].chars().next()?;
            Some((ALL.get(c as usize).copied()?, c.len_utf8()))
        }
    }
}

/// Where the run of characters of a class that begins at `place` ends.
#[inline]
pub(super) fn end_of_run(text: &str, class: Class, mut place: usize) -> usize {
    while let Some((_, length)) = at(text, place).filter(|(found, _)| *found == class) {
        place += length;
    }
    place
}
