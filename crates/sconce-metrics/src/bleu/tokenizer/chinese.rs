//! Chinese characters each alone, what is between them as by mteval-v13a.

use super::western::{is_symbol, pad, separate_numbers};
use crate::spaces::is_space;

/// The first and the last of ranges that count as Chinese, in sacreBLEU.
///
/// Its two ranges beyond the first plane are strings of five hexadecimal digits after `\u`, which
/// takes four: what it compares with begins above U+2000 and ends at U+2A6D, and so takes dashes,
/// quotation marks and arrows in, and ideographs of the second plane not.
const RANGES: [(char, char); 16] = [
    ('\u{2001}', '\u{2a6d}'),
    ('\u{2e80}', '\u{2eff}'),
    ('\u{2f00}', '\u{2fdf}'),
    ('\u{2ff0}', '\u{2fff}'),
    ('\u{3000}', '\u{303f}'),
    ('\u{3100}', '\u{312f}'),
    ('\u{31a0}', '\u{31bf}'),
    ('\u{31c0}', '\u{31ef}'),
    ('\u{3200}', '\u{33ff}'),
    ('\u{3400}', '\u{4db5}'),
    ('\u{4e00}', '\u{9fbb}'),
    ('\u{f900}', '\u{fa2d}'),
    ('\u{fa30}', '\u{fa6a}'),
    ('\u{fa70}', '\u{fad9}'),
    ('\u{fe10}', '\u{fe1f}'),
    ('\u{fe30}', '\u{fe4f}'),
];

pub(super) fn tokenize(text: &str) -> String {
    let text = pad(text.trim_matches(is_space), is_chinese);
    separate_numbers(&pad(&text, is_symbol))
}

fn is_chinese(c: char) -> bool {
    let wide = ('\u{ff00}'..='\u{ffef}').contains(&c);
    wide || RANGES.iter().any(|&(first, last)| (first..=last).contains(&c))
}
