//! Words and runs of signs, where nothing is normalized: `\w+|[^\w\s]+`.
//!
//! Only ASCII is told apart here; other characters stay with what is beside them.

/// Cuts a text.
pub(super) fn chunks<E>(
    text: &str,
    mut cut: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (place, byte) in bytes.iter().enumerate() {
        let is_space = is_space(*byte);
        let is_border = place > start && {
            let before = bytes[place - 1];
            is_space || (before.is_ascii() && byte.is_ascii() && is_word(before) != is_word(*byte))
        };
        if is_border {
            cut(start, place)?;
        }
        if is_border || is_space {
            start = place + usize::from(is_space);
        }
    }
    if start < text.len() { cut(start, text.len()) } else { Ok(()) }
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}
