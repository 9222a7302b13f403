//! Words with the space before them, cut where both neighbours of a single space are plain.

use super::plain::Plain;

/// Cuts a text.
pub(super) fn chunks<E>(
    text: &str,
    plain: &Plain,
    mut cut: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let mut start = 0;
    for space in memchr::memchr_iter(b' ', text.as_bytes()) {
        if start < space && plain.is_border(text, space) {
            cut(start, space)?;
            start = space;
        }
    }
    if start < text.len() { cut(start, text.len()) } else { Ok(()) }
}
