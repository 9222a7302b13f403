//! Where a text can be cut so that its pieces have the words that the whole text has.

use crate::tokenizer_recipe::{
    NormalizerStep, PreTokenizerStep, PrependScheme, SplitBehavior, SplitPattern, TokenizerRecipe,
};

/// Before which white space a text can be cut, where it stands behind a plain character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SeamKind {
    /// Spaces of ASCII only.
    Space,
    /// All white space of ASCII.
    AnySpace,
    /// All white space of ASCII, and no word holds any.
    Dropped,
}

/// How texts are cut into pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Seam {
    pub(super) kind: SeamKind,
    /// Whether a text gets a space before it that it does not begin with.
    pub(super) has_prefix: bool,
}

/// Patterns over which a match that has begun never goes on to a space: those of GPT-2 (spelled
/// out), GPT-4, Llama 3, Qwen 2 and GPT-4o.
const PATTERNS: [&str; 5] = [
    r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+",
    r"'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+",
    r"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+",
];

impl Seam {
    /// The seam of a recipe, if it is known to have one.
    pub(super) fn of(recipe: &TokenizerRecipe) -> Option<Self> {
        use NormalizerStep as N;
        use PreTokenizerStep as P;

        let (first, rest) = recipe.pre_tokenizer.split_first()?;
        // Steps that treat each word by itself, wherever it stands.
        let is_local = rest
            .iter()
            .all(|step| !matches!(step, P::Metaspace { prepend_scheme: PrependScheme::First, .. }));
        // Each keeps white space what it is, makes none, and takes away nothing.
        let keeps_spaces = |step: &N| matches!(step, N::Nfc | N::Nfd | N::Lowercase);
        // These may do that in the middle of a piece, but not beside a seam.
        let keeps_seams = |step: &N| match step {
            N::Nfkc | N::Nfkd | N::Nmt => true,
            N::Replace { pattern: SplitPattern::Regex(pattern), content } => {
                pattern == " {2,}" && content == " "
            }
            step => keeps_spaces(step),
        };
        // White space goes in any case, so these may do what they like with it.
        let keeps_words = |step: &N| match step {
            N::Bert { .. } | N::StripAccents | N::Strip { .. } => true,
            step => keeps_seams(step),
        };
        let all = |keeps: &dyn Fn(&N) -> bool| recipe.normalizer.iter().all(keeps);
        let (kind, has_prefix, is_kept) = match first {
            P::Bert | P::Whitespace | P::WhitespaceSplit => {
                (SeamKind::Dropped, false, all(&keeps_words))
            }
            P::ByteLevel { add_prefix_space, use_regex: true, .. } => {
                (SeamKind::AnySpace, *add_prefix_space, all(&keeps_spaces))
            }
            P::Split {
                pattern: SplitPattern::Regex(pattern),
                behavior: SplitBehavior::Isolated,
                invert: false,
            } => {
                let is_known = PATTERNS.contains(&pattern.as_str());
                (SeamKind::Space, false, is_known && all(&keeps_spaces))
            }
            P::Metaspace { replacement, prepend_scheme, split: true } => {
                let has_prefix = *prepend_scheme != PrependScheme::Never;
                let is_sign = !Self::is_plain(*replacement);
                (SeamKind::Space, has_prefix, is_sign && all(&keeps_seams))
            }
            _ => return None,
        };
        (is_local && is_kept).then_some(Self { kind, has_prefix })
    }

    /// The step for a piece that has its space already.
    pub(super) fn without_prefix(step: &mut PreTokenizerStep) {
        match step {
            PreTokenizerStep::ByteLevel { add_prefix_space, .. } => *add_prefix_space = false,
            PreTokenizerStep::Metaspace { prepend_scheme, .. } => {
                *prepend_scheme = PrependScheme::Never;
            }
            _ => {}
        }
    }

    /// Whether what every step that [`of`](Self::of) allows makes of it ends in no space.
    pub(super) fn is_plain(c: char) -> bool {
        c.is_ascii_graphic() || c.is_alphanumeric()
    }

    /// Whether the character before `at` is plain.
    #[inline]
    pub(super) fn is_after_plain(text: &str, at: usize) -> bool {
        match at.checked_sub(1).map(|before| text.as_bytes()[before]) {
            Some(byte) if byte.is_ascii() => byte.is_ascii_graphic(),
            Some(_) => text[..at].chars().next_back().is_some_and(Self::is_plain),
            None => false,
        }
    }

    /// Whether a text can be cut before this byte, behind a plain character.
    #[inline]
    pub(super) fn is_space(self, byte: u8) -> bool {
        match self.kind {
            SeamKind::Space => byte == b' ',
            SeamKind::AnySpace | SeamKind::Dropped => is_ascii_space(byte),
        }
    }
}

/// White space of ASCII that Unicode and every rule take for white space.
#[inline]
pub(super) fn is_ascii_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}
