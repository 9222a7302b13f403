//! Characters that know their place, and the substitutions that put spaces between them.
//!
//! A rule's matches do not overlap: like `re.sub`, it goes on behind what it has used up, so the
//! middle of `a','b` may belong to one match only.

use std::sync::LazyLock;

use regex::Regex;

use super::MosesLanguage;
use super::prefixes;

/// A full stop that stands beside others, which no rule touches. No text has this character:
/// control characters are removed first.
pub(super) const DOTS: char = '\u{1}';

/// A character and where it stands in the text.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cell {
    pub(super) c: char,
    pub(super) at: usize,
}

impl Cell {
    const SPACE: Self = Self { c: ' ', at: 0 };

    /// The byte after the character that stands at its place in the text: `DOTS` and what is put
    /// in for a hyphen are as wide as a full stop and a hyphen.
    pub(super) fn end(&self) -> usize {
        self.at + self.c.len_utf8()
    }
}

/// The characters of a text, with spaces put in between.
#[derive(Debug)]
pub(super) struct Cells(Vec<Cell>);

impl Cells {
    /// White space becomes single spaces, control characters vanish, and so does space at the ends.
    pub(super) fn of(text: &str) -> Self {
        let mut cells: Vec<Cell> = Vec::with_capacity(text.len() + text.len() / 4);
        for (at, c) in text.char_indices() {
            match c {
                // Python's white space.
                _ if c.is_whitespace() || ('\u{1C}'..='\u{1F}').contains(&c) => {
                    if cells.last().is_some_and(|last| last.c != ' ') {
                        cells.push(Cell::SPACE);
                    }
                }
                '\0'..='\u{1F}' => {}
                _ => cells.push(Cell { c, at }),
            }
        }
        if cells.last().is_some_and(|last| last.c == ' ') {
            cells.pop();
        }
        Self(cells)
    }

    /// Spaces around everything that is no letter, digit, full stop, apostrophe, comma or hyphen.
    pub(super) fn pad_symbols(&mut self) {
        let is_symbol =
            |c: char| !matches!(c, ' ' | '.' | '\'' | '`' | ',' | '-') && !is_alphanumeric(c);
        self.rewrite(|cells, out| {
            match is_symbol(cells[0].c) {
                true => out.extend([Cell::SPACE, cells[0], Cell::SPACE]),
                false => out.push(cells[0]),
            }
            1
        });
    }

    /// A hyphen between letters or digits becomes the word `@-@`.
    pub(super) fn split_hyphens(&mut self) {
        self.rewrite(|cells, out| match cells {
            [a, Cell { c: '-', at }, b, ..] if is_alphanumeric(a.c) && is_alphanumeric(b.c) => {
                out.extend([*a, Cell::SPACE]);
                out.extend(['@', '-', '@'].map(|c| Cell { c, at: *at }));
                out.push(Cell::SPACE);
                2
            }
            _ => keep(cells, out),
        });
    }

    /// Several full stops are one word.
    pub(super) fn gather_dots(&mut self) {
        self.rewrite(|cells, out| {
            let n_dots = cells.iter().take_while(|cell| cell.c == '.').count();
            if n_dots < 2 {
                return keep(cells, out);
            }
            out.push(Cell::SPACE);
            out.extend(cells[..n_dots].iter().map(|cell| Cell { c: DOTS, ..*cell }));
            out.push(Cell::SPACE);
            n_dots
        });
    }

    /// Commas are words, except between digits.
    pub(super) fn split_commas(&mut self) {
        self.rewrite(|cells, out| match cells {
            [a, comma @ Cell { c: ',', .. }, ..] if !a.c.is_numeric() => {
                out.extend([*a, Cell::SPACE, *comma, Cell::SPACE]);
                2
            }
            _ => keep(cells, out),
        });
        self.rewrite(|cells, out| match cells {
            [comma @ Cell { c: ',', .. }, a, ..] if !a.c.is_numeric() => {
                out.extend([Cell::SPACE, *comma, Cell::SPACE, *a]);
                2
            }
            _ => keep(cells, out),
        });
        if let [.., a, comma @ Cell { c: ',', .. }] = self.0[..]
            && a.c.is_numeric()
        {
            self.0.pop();
            self.0.extend([Cell::SPACE, comma]);
        }
    }

    pub(super) fn split_apostrophes(&mut self, language: MosesLanguage) {
        let letter = |c: char| is_alphabetic(c);
        let other = |c: char| !is_alphabetic(c);
        match language {
            MosesLanguage::En => {
                self.split_apostrophe(other, other, true, true);
                self.split_apostrophe(|c| other(c) && !c.is_numeric(), letter, true, true);
                self.split_apostrophe(letter, other, true, true);
                self.split_apostrophe(letter, letter, true, false);
                self.split_apostrophe(char::is_numeric, |c| c == 's', true, false);
            }
            MosesLanguage::Fr | MosesLanguage::It => {
                self.split_apostrophe(other, other, true, true);
                self.split_apostrophe(other, letter, true, true);
                self.split_apostrophe(letter, other, true, true);
                self.split_apostrophe(letter, letter, false, true);
            }
            _ => self.rewrite(|cells, out| match cells[0].c {
                '\'' => {
                    out.extend([Cell::SPACE, cells[0], Cell::SPACE]);
                    1
                }
                _ => keep(cells, out),
            }),
        }
    }

    /// A space before an apostrophe, after it, or both, where it stands between such characters.
    fn split_apostrophe(
        &mut self,
        left: impl Fn(char) -> bool,
        right: impl Fn(char) -> bool,
        before: bool,
        after: bool,
    ) {
        self.rewrite(|cells, out| match cells {
            [a, apostrophe @ Cell { c: '\'', .. }, b, ..] if left(a.c) && right(b.c) => {
                out.push(*a);
                out.extend(before.then_some(Cell::SPACE));
                out.push(*apostrophe);
                out.extend(after.then_some(Cell::SPACE));
                out.push(*b);
                3
            }
            _ => keep(cells, out),
        });
    }

    /// A full stop at the end of a word is a word, unless it is part of an abbreviation or the
    /// sentence goes on in small letters.
    pub(super) fn split_full_stops(&mut self, language: MosesLanguage) {
        let words: Vec<&[Cell]> = self.words().collect();
        let mut out = Vec::with_capacity(self.0.len() + 8);
        for (i, word) in words.iter().enumerate() {
            if i > 0 {
                out.push(Cell::SPACE);
            }
            match word {
                [before @ .., stop @ Cell { c: '.', .. }]
                    if !before.is_empty()
                        && !keeps_stop(before, words.get(i + 1).copied(), language) =>
                {
                    out.extend_from_slice(before);
                    out.extend([Cell::SPACE, *stop]);
                }
                _ => out.extend_from_slice(word),
            }
        }
        self.0 = out;
    }

    /// `.'` at the very end are two words.
    pub(super) fn split_last_full_stop(&mut self) {
        if let [.., stop @ Cell { c: '.', .. }, quote @ Cell { c: '\'', .. }] = self.0[..] {
            self.0.truncate(self.0.len() - 2);
            self.0.extend([Cell::SPACE, stop, Cell::SPACE, quote]);
        }
    }

    pub(super) fn words(&self) -> impl Iterator<Item = &[Cell]> {
        self.0.split(|cell| cell.c == ' ').filter(|word| !word.is_empty())
    }

    /// Runs a rule from the first cell to the last: it writes what replaces the first cells of
    /// those that are left, and says how many these were.
    fn rewrite(&mut self, rule: impl Fn(&[Cell], &mut Vec<Cell>) -> usize) {
        let mut out = Vec::with_capacity(self.0.len() + 8);
        let mut rest = self.0.as_slice();
        while !rest.is_empty() {
            let n_used = rule(rest, &mut out);
            rest = rest.get(n_used..).unwrap_or_default();
        }
        self.0 = out;
    }
}

fn keep(cells: &[Cell], out: &mut Vec<Cell>) -> usize {
    out.extend(cells.first());
    1
}

fn keeps_stop(before: &[Cell], next: Option<&[Cell]>, language: MosesLanguage) -> bool {
    let is_initials =
        before.iter().any(|cell| cell.c == '.') && before.iter().any(|cell| is_alphabetic(cell.c));
    let next = next.and_then(|word| word.first()).map(|cell| cell.c);
    if is_initials || next.is_some_and(char::is_lowercase) {
        return true;
    }
    let prefix: String = before.iter().map(|cell| cell.c).collect();
    match prefixes::kind(language, &prefix) {
        Some(prefixes::Kind::Always) => true,
        Some(prefixes::Kind::BeforeDigits) => next.is_some_and(|c| c.is_ascii_digit()),
        None => false,
    }
}

/// A letter in any language. Chinese characters and Korean syllables are none: there are no spaces
/// by which words could be told, so each is a word. Viramas and nuktas are parts of words.
fn is_alphabetic(c: char) -> bool {
    c.is_alphabetic() && !is_han(c) && !('\u{AC00}'..='\u{D7A3}').contains(&c) || joins_letters(c)
}

fn is_alphanumeric(c: char) -> bool {
    is_alphabetic(c) || is_decimal_digit(c)
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3038}'..='\u{303B}'
        | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{20000}'..='\u{3FFFF}')
}

/// Signs of Indic scripts that Unicode does not count as letters: viramas, nuktas.
fn joins_letters(c: char) -> bool {
    match c {
        ..'\u{93C}' => false,
        '\u{93C}'..='\u{D4D}' => matches!(
            c,
            '\u{93C}'
                | '\u{94D}'
                | '\u{9BC}'
                | '\u{9CD}'
                | '\u{A3C}'
                | '\u{A4D}'
                | '\u{ABC}'
                | '\u{ACD}'
                | '\u{AFD}'
                ..='\u{AFF}'
                    | '\u{B3C}'
                    | '\u{B4D}'
                    | '\u{BCD}'
                    | '\u{C4D}'
                    | '\u{CBC}'
                    | '\u{CCD}'
                    | '\u{D3B}'
                    | '\u{D3C}'
                    | '\u{D4D}'
        ),
        ..'\u{11000}' => matches!(
            c,
            '\u{DCA}'
                | '\u{EBA}'
                | '\u{1039}'
                | '\u{1714}'
                | '\u{1BAB}'
                | '\u{1C37}'
                | '\u{A8C4}'
                | '\u{A8F3}'
                | '\u{A8F4}'
                | '\u{A953}'
                | '\u{AAF6}'
                | '\u{10A3F}'
        ),
        _ => matches!(
            c,
            '\u{11046}'
                | '\u{110B9}'
                | '\u{110BA}'
                | '\u{11133}'
                | '\u{11173}'
                | '\u{111C0}'
                | '\u{111CA}'
                | '\u{11235}'
                | '\u{11236}'
                | '\u{112E9}'
                | '\u{112EA}'
                | '\u{1133C}'
                | '\u{1134D}'
                | '\u{11442}'
                | '\u{11446}'
                | '\u{114C2}'
                | '\u{114C3}'
                | '\u{115BF}'
                | '\u{115C0}'
                | '\u{1163F}'
                | '\u{116B6}'
                | '\u{116B7}'
                | '\u{11839}'
                | '\u{1183A}'
                | '\u{119E0}'
                | '\u{11A34}'
                | '\u{11C3F}'
                | '\u{11D42}'
                | '\u{11D45}'
                | '\u{11D97}'
                | '\u{1E94A}'
        ),
    }
}

/// Decimal digits of any script, not numbers like `½`.
fn is_decimal_digit(c: char) -> bool {
    static DIGIT: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"^\p{Nd}$").ok());
    if c.is_ascii() || !c.is_numeric() {
        return c.is_ascii_digit();
    }
    DIGIT.as_ref().is_some_and(|digit| digit.is_match(c.encode_utf8(&mut [0; 4])))
}
