//! mteval-v14 international: punctuation and symbols of all of Unicode apart.

use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use super::western::{pad, pairs};

/// Punctuation stays in numbers, between two of them and at the end of a text.
pub(super) fn tokenize(text: &str) -> String {
    let after = pairs(
        text,
        |a, b| !is_number(a) && is_punctuation(b),
        |out, a, b| {
            out.extend([a, ' ', b, ' ']);
        },
    );
    let before = pairs(
        &after,
        |a, b| is_punctuation(a) && !is_number(b),
        |out, a, b| {
            out.extend([' ', a, ' ', b]);
        },
    );
    pad(&before, is_symbol)
}

fn is_number(c: char) -> bool {
    c.is_numeric()
}

fn is_punctuation(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_punctuation() && !is_ascii_symbol(c);
    }
    c.general_category_group() == GeneralCategoryGroup::Punctuation
}

fn is_symbol(c: char) -> bool {
    if c.is_ascii() {
        return is_ascii_symbol(c);
    }
    c.general_category_group() == GeneralCategoryGroup::Symbol
}

fn is_ascii_symbol(c: char) -> bool {
    matches!(c, '$' | '+' | '<' | '=' | '>' | '^' | '`' | '|' | '~')
}
