//! mteval-v13a: symbols apart, full stops and commas apart unless they stand in numbers.

/// The text between spaces, so that the rules hold at its ends too.
pub(super) fn tokenize(text: &str) -> String {
    let text = text.replace("<skipped>", "").replace("-\n", "").replace('\n', " ");
    separate_numbers(&pad(&format!(" {} ", unescape(text)), is_symbol))
}

/// Quotation marks, ampersands and angle brackets in place of their names.
pub(crate) fn unescape(text: String) -> String {
    if !text.contains('&') {
        return text;
    }
    // One after the other: `&amp;lt;` ends as `<`.
    let names = [("&quot;", "\""), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")];
    names.into_iter().fold(text, |text, (name, character)| text.replace(name, character))
}

/// Every ASCII symbol but the apostrophe, comma, hyphen and full stop.
pub(crate) fn is_symbol(c: char) -> bool {
    c.is_ascii_punctuation() && !matches!(c, '\'' | ',' | '-' | '.')
}

/// A space on both sides of what `stands_alone`.
pub(crate) fn pad(text: &str, stands_alone: impl Fn(char) -> bool) -> String {
    let mut padded = String::with_capacity(text.len() + text.len() / 4);
    for c in text.chars() {
        if stands_alone(c) {
            padded.extend([' ', c, ' ']);
        } else {
            padded.push(c);
        }
    }
    padded
}

/// Three passes, each over what the one before left: a full stop or comma after what is no digit,
/// one before what is no digit, and a hyphen after a digit. A pair that matched is passed over as
/// a whole, so that of two full stops the second is left to the next pass.
pub(crate) fn separate_numbers(text: &str) -> String {
    let is_point = |c: char| c == '.' || c == ',';
    let text = pairs(
        text,
        |a, b| !a.is_ascii_digit() && is_point(b),
        |out, a, b| {
            out.extend([a, ' ', b, ' ']);
        },
    );
    let text = pairs(
        &text,
        |a, b| is_point(a) && !b.is_ascii_digit(),
        |out, a, b| {
            out.extend([' ', a, ' ', b]);
        },
    );
    pairs(
        &text,
        |a, b| a.is_ascii_digit() && b == '-',
        |out, a, b| {
            out.extend([a, ' ', b, ' ']);
        },
    )
}

/// Rewrites neighbours that match, from left to right, none of them twice.
pub(super) fn pairs(
    text: &str,
    matches: impl Fn(char, char) -> bool,
    write: impl Fn(&mut String, char, char),
) -> String {
    let mut out = String::with_capacity(text.len() + text.len() / 8);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match chars.next_if(|&next| matches(c, next)) {
            Some(next) => write(&mut out, c, next),
            None => out.push(c),
        }
    }
    out
}
