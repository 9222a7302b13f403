//! The words of Tercom.

use super::Settings;
use crate::bleu::{is_symbol, pad, separate_numbers, unescape};
use crate::spaces::{is_space, words};

/// `text` with one space between its words.
pub(super) fn tokenize(text: &str, settings: Settings) -> String {
    let mut text = match settings.is_case_sensitive {
        true => text.trim_end_matches(is_space).to_owned(),
        false => text.trim_end_matches(is_space).to_lowercase(),
    };
    if text.is_empty() {
        return text;
    }
    if settings.is_normalized {
        text = normalize(&text);
        if settings.has_asian_support {
            text = pad(&text, stands_alone);
        }
    }
    if settings.has_no_punctuation {
        text.retain(|c| !matches!(c, '.' | ',' | '?' | ':' | ';' | '!' | '"' | '(' | ')'));
        if settings.has_asian_support {
            text.retain(|c| !is_asian_punctuation(c));
        }
    }
    words(&text).collect::<Vec<_>>().join(" ")
}

fn normalize(text: &str) -> String {
    let text = text.replace("\n-", "").replace('\n', " ");
    let padded = pad(&format!(" {} ", unescape(text)), is_symbol);
    separate_numbers(&padded.replace("'s ", " 's "))
}

/// Ideographs, strokes, radicals, forms for compatibility and punctuation. The kana of Tercom's
/// rules are not among them: these rules ask for a text that begins with one, and every text
/// begins with a space by then.
fn stands_alone(c: char) -> bool {
    let ranges = [
        '\u{4e00}'..='\u{9fff}',
        '\u{3400}'..='\u{4dbf}',
        '\u{31c0}'..='\u{31ef}',
        '\u{2e80}'..='\u{2eff}',
        '\u{3300}'..='\u{33ff}',
        '\u{f900}'..='\u{faff}',
        '\u{fe30}'..='\u{fe4f}',
        '\u{3200}'..='\u{3f22}',
    ];
    ranges.iter().any(|range| range.contains(&c)) || is_asian_punctuation(c)
}

fn is_asian_punctuation(c: char) -> bool {
    matches!(c,
        '\u{3001}' | '\u{3002}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}'
        | '\u{ff61}'..='\u{ff65}' | '\u{30fb}' | '\u{ff0e}' | '\u{ff0c}' | '\u{ff1f}'
        | '\u{ff1a}' | '\u{ff1b}' | '\u{ff01}' | '\u{ff02}' | '\u{ff08}' | '\u{ff09}')
}
