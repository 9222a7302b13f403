//! Text from files in messages: on one line, and no longer than can be read.

/// The most characters of a value that a message quotes.
const QUOTED: usize = 80;
/// The most characters of what another library says.
const TOLD: usize = 400;

/// A value in quotation marks, cut if it is long.
pub(super) fn quote(text: &str) -> String {
    match text.char_indices().nth(QUOTED) {
        None => format!("{text:?}"),
        Some((end, _)) => format!("{:?}...", &text[..end]),
    }
}

/// The words of another library, which may hold a part of a file: without line breaks, and cut if
/// they are long.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::new();
    for (place, c) in text.chars().enumerate() {
        match c {
            _ if place == TOLD => {
                line.push_str("...");
                break;
            }
            c if c.is_control() => line.extend(c.escape_default()),
            c => line.push(c),
        }
    }
    line
}
