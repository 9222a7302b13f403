//! The tokens of a text before it is cut and framed.

/// One token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) id: u32,
    pub(super) word: u32,
    /// The bytes of the text that it came from.
    pub(super) start: usize,
    pub(super) end: usize,
    /// How many characters of the token are spaces at its beginning and at its end.
    pub(super) leading: u16,
    pub(super) trailing: u16,
}

impl Piece {
    /// An added token, with the white space that belongs to it.
    pub(super) fn of_added(text: &str, id: u32, word: u32, start: usize, end: usize) -> Self {
        let characters = || text[start..end].chars();
        let (leading, trailing) = (n_spaces(characters()), n_spaces(characters().rev()));
        Self { id, word, start, end, leading, trailing }
    }
}

/// Appends the tokens that the library made.
pub(super) fn append(encoding: &tokenizers::Encoding, pieces: &mut Vec<Piece>) {
    let tokens = encoding.get_tokens().iter().zip(encoding.get_offsets());
    let ids = encoding.get_ids().iter().zip(encoding.get_word_ids());
    pieces.extend(ids.zip(tokens).map(|((id, word), (token, (start, end)))| Piece {
        id: *id,
        word: word.unwrap_or_default(),
        start: *start,
        end: *end,
        leading: n_spaces(token.chars()),
        trailing: n_spaces(token.chars().rev()),
    }));
}

/// `Ġ` is what byte-level tokenizers write for a space.
fn n_spaces(characters: impl Iterator<Item = char>) -> u16 {
    let n_spaces = characters.take_while(|c| *c == 'Ġ' || c.is_whitespace()).count();
    u16::try_from(n_spaces).unwrap_or(u16::MAX)
}

/// Takes the white space off a span that a byte-level token begins or ends with, as the
/// post-processors of such tokenizers do. `is_prefixed` where a space may have been put before the
/// text, which no span must skip; `place` is the number of the token in its text.
pub(super) fn trim(piece: &mut Piece, place: usize, is_prefixed: bool) {
    let (leading, trailing) = (usize::from(piece.leading), usize::from(piece.trailing));
    let is_added = is_prefixed && leading == 1 && (place == 0 || piece.start == 0);
    if leading > 0 {
        let skipped = if is_added { 0 } else { leading };
        piece.start = (piece.start + skipped).min(piece.end);
    }
    if trailing > 0 && piece.end >= trailing {
        piece.end = (piece.end - trailing).max(piece.start);
    }
}
