//! BERT's words: cut at white space, around punctuation and around Chinese characters.
//!
//! Everything that its normalizer does, it does to single characters, but for the order of
//! combining marks after one base. So an ASCII character is a border, also where a mark follows:
//! ASCII has neither decomposition nor order. Only the four characters that it maps to a space and
//! never removes are white space here; other control characters vanish and join what is beside
//! them.

/// What stands for one byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    /// A part of a word, or something that may vanish.
    Word,
    Space,
    Punctuation,
    /// The first byte of a longer character.
    Long,
}

static CLASSES: [Class; 256] = classes();

const fn classes() -> [Class; 256] {
    let mut classes = [Class::Word; 256];
    let mut byte = 0;
    while byte < 256 {
        let is_space = matches!(byte as u8, b' ' | b'\t' | b'\n' | b'\r');
        classes[byte] = match byte as u8 {
            0x80..=0xFF => Class::Long,
            _ if is_space => Class::Space,
            other if other.is_ascii_punctuation() => Class::Punctuation,
            _ => Class::Word,
        };
        byte += 1;
    }
    classes
}

/// Cuts a text; `is_chinese_apart` where the normalizer puts spaces around Chinese characters.
pub(super) fn chunks<E>(
    text: &str,
    is_chinese_apart: bool,
    mut cut: impl FnMut(usize, usize) -> Result<(), E>,
) -> Result<(), E> {
    let bytes = text.as_bytes();
    let (mut start, mut place) = (0, 0);
    while let Some(byte) = bytes.get(place) {
        let length = match CLASSES[usize::from(*byte)] {
            Class::Word => {
                place += 1;
                continue;
            }
            Class::Space => 0,
            Class::Punctuation => 1,
            Class::Long => {
                let c = text[place..].chars().next().unwrap_or_default();
                if !(is_chinese_apart && is_chinese(c)) {
                    place += c.len_utf8();
                    continue;
                }
                c.len_utf8()
            }
        };
        if start < place {
            cut(start, place)?;
        }
        if length > 0 {
            cut(place, place + length)?;
        }
        place += length.max(1);
        start = place;
    }
    if start < place { cut(start, place) } else { Ok(()) }
}

/// Those of the characters that get spaces which every version of Unicode has had since 1999, so
/// that none is taken for unassigned, and removed.
fn is_chinese(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DB5}' | '\u{4E00}'..='\u{9FA5}')
}
