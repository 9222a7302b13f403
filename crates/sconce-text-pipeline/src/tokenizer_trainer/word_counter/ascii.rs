//! The words of pieces in plain ASCII, which are most, as the library would cut them.

use crate::error::Result;
use crate::tokenizer_recipe::{NormalizerStep, PreTokenizerStep, PrependScheme, TokenizerRecipe};

/// A pre-tokenizer on ASCII, and whether small letters come before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct AsciiRule {
    cut: Cut,
    lowercase: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cut {
    Gpt2,
    Bert,
    Whitespace,
    WhitespaceSplit,
    Metaspace {
        replacement: char,
        /// Whether it comes before pieces without a space too.
        is_always: bool,
    },
}

impl AsciiRule {
    /// The rule of a recipe, if it has one.
    pub(super) fn of(recipe: &TokenizerRecipe) -> Option<Self> {
        let [step] = recipe.pre_tokenizer.as_slice() else {
            return None;
        };
        let cut = match step {
            PreTokenizerStep::ByteLevel { use_regex: true, .. } => Cut::Gpt2,
            PreTokenizerStep::Bert => Cut::Bert,
            PreTokenizerStep::Whitespace => Cut::Whitespace,
            PreTokenizerStep::WhitespaceSplit => Cut::WhitespaceSplit,
            // A sign of ASCII would be a place to cut at, too.
            PreTokenizerStep::Metaspace { replacement, prepend_scheme, split: true }
                if !replacement.is_ascii() =>
            {
                let is_always = *prepend_scheme == PrependScheme::Always;
                Cut::Metaspace { replacement: *replacement, is_always }
            }
            _ => return None,
        };
        // Of these only case changes anything in such a piece.
        let is_known = |step: &NormalizerStep| {
            use NormalizerStep as N;
            matches!(
                step,
                N::Bert { .. }
                    | N::Nfc
                    | N::Nfd
                    | N::Nfkc
                    | N::Nfkd
                    | N::Nmt
                    | N::Lowercase
                    | N::StripAccents
            )
        };
        if !recipe.normalizer.iter().all(is_known) {
            return None;
        }
        let lowercase = recipe.normalizer.iter().any(|step| {
            matches!(step, NormalizerStep::Lowercase | NormalizerStep::Bert { lowercase: true, .. })
        });
        Some(Self { cut, lowercase })
    }

    /// Whether a piece is signs, letters and digits of ASCII, with one space before them or none.
    #[inline]
    pub(super) fn fits(piece: &str) -> bool {
        let bytes = piece.as_bytes();
        let bytes = bytes.strip_prefix(b" ").unwrap_or(bytes);
        !bytes.is_empty() && bytes.iter().all(u8::is_ascii_graphic)
    }

    /// Calls `f` with each word of a piece that [`fits`](Self::fits).
    pub(super) fn words(self, piece: &str, mut f: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let lower;
        let piece = match self.lowercase && piece.bytes().any(|b| b.is_ascii_uppercase()) {
            true => {
                lower = piece.to_ascii_lowercase();
                lower.as_str()
            }
            false => piece,
        };
        let word = piece.strip_prefix(' ');
        let bare = word.unwrap_or(piece);
        match self.cut {
            Cut::WhitespaceSplit => f(bare),
            Cut::Metaspace { replacement, is_always } => match word.is_some() || is_always {
                true => f(&format!("{replacement}{bare}")),
                false => f(bare),
            },
            Cut::Bert => each(bare, bert_len, f),
            Cut::Whitespace => each(bare, whitespace_len, f),
            Cut::Gpt2 => each(piece, gpt2_len, |word| match word.strip_prefix(' ') {
                Some(word) => f(&format!("Ġ{word}")),
                None => f(word),
            }),
        }
    }
}

/// Takes words off the front until nothing is left.
fn each(
    mut rest: &str,
    length: impl Fn(&[u8]) -> usize,
    mut f: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    while !rest.is_empty() {
        let (word, behind) = rest.split_at(length(rest.as_bytes()));
        f(word)?;
        rest = behind;
    }
    Ok(())
}

fn run(bytes: &[u8], is_in: impl Fn(&u8) -> bool) -> usize {
    bytes.iter().take_while(|byte| is_in(byte)).count()
}

/// A punctuation mark, or everything up to the next.
fn bert_len(bytes: &[u8]) -> usize {
    run(bytes, |byte| !byte.is_ascii_punctuation()).max(1)
}

/// `\w+|[^\w\s]+`
fn whitespace_len(bytes: &[u8]) -> usize {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    match run(bytes, is_word) {
        0 => run(bytes, |byte| !is_word(byte)),
        length => length,
    }
}

/// GPT-2's pattern: letters, digits or signs, with the space before them, or an English ending.
fn gpt2_len(bytes: &[u8]) -> usize {
    const ENDINGS: [&[u8]; 7] = [b"'s", b"'t", b"'re", b"'ve", b"'m", b"'ll", b"'d"];
    if let Some(ending) = ENDINGS.iter().find(|ending| bytes.starts_with(ending)) {
        return ending.len();
    }
    let space = usize::from(bytes.first() == Some(&b' '));
    let word = &bytes[space..];
    let length = match word.first() {
        Some(byte) if byte.is_ascii_alphabetic() => run(word, u8::is_ascii_alphabetic),
        Some(byte) if byte.is_ascii_digit() => run(word, u8::is_ascii_digit),
        _ => run(word, |byte| !byte.is_ascii_alphanumeric()),
    };
    space + length
}
