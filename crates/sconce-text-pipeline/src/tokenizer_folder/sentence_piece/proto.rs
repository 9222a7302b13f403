//! The protocol-buffer message that a SentencePiece model is, as far as it is needed here.

/// A model as it was trained.
#[derive(Debug, Clone)]
pub(super) struct Model {
    pub pieces: Vec<Piece>,
    pub algorithm: Algorithm,
    pub byte_fallback: bool,
    pub unk_id: i32,
    pub bos_id: i32,
    pub eos_id: i32,
    pub pad_id: i32,
    /// The compiled table of character replacements; empty if there is none.
    pub charsmap: Vec<u8>,
    pub dummy_prefix: bool,
    pub remove_extra_spaces: bool,
    pub escape_spaces: bool,
}

/// An entry of the vocabulary; its id is its place.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Piece {
    pub text: String,
    pub score: f32,
    pub kind: Kind,
}

/// What a piece is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Normal,
    Unknown,
    Control,
    UserDefined,
    Unused,
    Byte,
}

/// How a text is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    Unigram,
    Bpe,
}

type Parsed<T> = Result<T, String>;

/// The value of one field.
enum Value<'a> {
    Number(u64),
    Float(f32),
    Bytes(&'a [u8]),
    Skipped,
}

impl Model {
    /// Reads a model.
    ///
    /// # Errors
    /// What is wrong with it, in words.
    pub fn parse(bytes: &[u8]) -> Parsed<Self> {
        let mut model = Self {
            pieces: Vec::new(),
            algorithm: Algorithm::Unigram,
            byte_fallback: false,
            unk_id: 0,
            bos_id: 1,
            eos_id: 2,
            pad_id: -1,
            charsmap: Vec::new(),
            dummy_prefix: true,
            remove_extra_spaces: true,
            escape_spaces: true,
        };
        for_each_field(bytes, |field, value| {
            match (field, value) {
                (1, Value::Bytes(piece)) => model.pieces.push(Piece::parse(piece)?),
                (2, Value::Bytes(trainer)) => model.read_trainer(trainer)?,
                (3, Value::Bytes(normalizer)) => model.read_normalizer(normalizer)?,
                _ => {}
            }
            Ok(())
        })?;
        match model.pieces.is_empty() {
            true => Err("it has no pieces".to_owned()),
            false => Ok(model),
        }
    }

    fn read_trainer(&mut self, bytes: &[u8]) -> Parsed<()> {
        for_each_field(bytes, |field, value| {
            match (field, value) {
                (3, Value::Number(1)) => self.algorithm = Algorithm::Unigram,
                (3, Value::Number(2)) => self.algorithm = Algorithm::Bpe,
                (3, Value::Number(other)) => {
                    return Err(format!("model type {other} (1, unigram, and 2, bpe, are known)"));
                }
                (24, Value::Number(suffix)) if suffix != 0 => {
                    return Err("spaces are at the end of its words".to_owned());
                }
                (35, Value::Number(flag)) => self.byte_fallback = flag != 0,
                // A negative number is written as one of 64 bits.
                (40, Value::Number(id)) => self.unk_id = id as i32,
                (41, Value::Number(id)) => self.bos_id = id as i32,
                (42, Value::Number(id)) => self.eos_id = id as i32,
                (43, Value::Number(id)) => self.pad_id = id as i32,
                _ => {}
            }
            Ok(())
        })
    }

    fn read_normalizer(&mut self, bytes: &[u8]) -> Parsed<()> {
        for_each_field(bytes, |field, value| {
            match (field, value) {
                (2, Value::Bytes(charsmap)) => self.charsmap = charsmap.to_vec(),
                (3, Value::Number(flag)) => self.dummy_prefix = flag != 0,
                (4, Value::Number(flag)) => self.remove_extra_spaces = flag != 0,
                (5, Value::Number(flag)) => self.escape_spaces = flag != 0,
                _ => {}
            }
            Ok(())
        })
    }
}

impl Piece {
    fn parse(bytes: &[u8]) -> Parsed<Self> {
        let mut piece = Self { text: String::new(), score: 0.0, kind: Kind::Normal };
        for_each_field(bytes, |field, value| {
            match (field, value) {
                (1, Value::Bytes(text)) => {
                    let text = std::str::from_utf8(text);
                    piece.text = text.map_err(|_| "a piece is not UTF-8")?.to_owned();
                }
                (2, Value::Float(score)) if score.is_finite() => piece.score = score,
                (2, Value::Float(_)) => return Err("a score is not finite".to_owned()),
                (3, Value::Number(kind)) => {
                    piece.kind = match kind {
                        1 => Kind::Normal,
                        2 => Kind::Unknown,
                        3 => Kind::Control,
                        4 => Kind::UserDefined,
                        5 => Kind::Unused,
                        6 => Kind::Byte,
                        other => return Err(format!("a piece of type {other}")),
                    }
                }
                _ => {}
            }
            Ok(())
        })?;
        Ok(piece)
    }
}

/// Calls `f` with the number and value of each field of a message.
fn for_each_field(mut bytes: &[u8], mut f: impl FnMut(u64, Value<'_>) -> Parsed<()>) -> Parsed<()> {
    const CUT: &str = "it ends in the middle of a field";
    while !bytes.is_empty() {
        let key = varint(&mut bytes)?;
        let mut take = |n: usize| {
            let (taken, rest) = bytes.split_at_checked(n).ok_or(CUT)?;
            bytes = rest;
            Ok::<_, String>(taken)
        };
        let value = match key & 7 {
            0 => Value::Number(varint(&mut bytes)?),
            1 => take(8).map(|_| Value::Skipped)?,
            2 => {
                let length = varint(&mut bytes)?;
                let length = usize::try_from(length).map_err(|_| CUT)?;
                let (taken, rest) = bytes.split_at_checked(length).ok_or(CUT)?;
                bytes = rest;
                Value::Bytes(taken)
            }
            5 => {
                let taken = take(4)?.try_into().map_err(|_| CUT)?;
                Value::Float(f32::from_le_bytes(taken))
            }
            other => return Err(format!("a field of wire type {other}")),
        };
        f(key >> 3, value)?;
    }
    Ok(())
}

/// Seven bits a byte, the lowest first.
fn varint(bytes: &mut &[u8]) -> Parsed<u64> {
    let mut number = 0;
    for shift in (0..64).step_by(7) {
        let (byte, rest) = bytes.split_first().ok_or("it ends in the middle of a number")?;
        *bytes = rest;
        number |= u64::from(byte & 0x7F) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err("a number of more than 64 bits".to_owned())
}

#[cfg(test)]
mod tests;
