//! Cutting texts into words as a recipe says, and into pieces that can be cut one by one.
//!
//! The words of a text are those of the `tokenizers` library, which takes its time. Most recipes
//! never look across a space that stands behind a letter, a digit or an ASCII sign: cut before such
//! spaces, the pieces of a text have the words of the text. Equal pieces are counted first then,
//! and each is cut once. [`Seam::of`] says for which recipes that holds; the others get whole
//! texts.

use tokenizers::{
    NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType,
    PreTokenizedString, PreTokenizer, PreTokenizerWrapper,
};

use super::ascii::AsciiRule;
use super::seam::{Seam, SeamKind, is_ascii_space};
use crate::error::{Result, TrainerError};
use crate::pre_tokenizer::scan::for_each_candidate;
use crate::tokenizer_recipe::TokenizerRecipe;

/// The rules of a recipe, ready for use.
pub(super) struct Cutter {
    whole: Rules,
    /// The rules of a piece that is not the first of its text.
    piece: Rules,
    seam: Option<Seam>,
    ascii: Option<AsciiRule>,
}

struct Rules {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
}

impl Cutter {
    pub(super) fn new(recipe: &TokenizerRecipe) -> Result<Self> {
        let seam = Seam::of(recipe);
        let mut of_pieces = recipe.clone();
        if let (Some(_), Some(first)) = (&seam, of_pieces.pre_tokenizer.first_mut()) {
            Seam::without_prefix(first);
        }
        let ascii = seam.as_ref().and_then(|_| AsciiRule::of(recipe));
        Ok(Self { whole: Rules::of(recipe)?, piece: Rules::of(&of_pieces)?, seam, ascii })
    }

    /// Calls `f` with the words of a whole text.
    pub(super) fn words(&self, text: &str, f: impl FnMut(&str) -> Result<()>) -> Result<()> {
        self.whole.words(text, f)
    }

    /// Calls `f` with the words of a piece.
    pub(super) fn words_of_piece(
        &self,
        piece: &str,
        mut f: impl FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        match self.ascii.as_ref().filter(|_| AsciiRule::fits(piece)) {
            Some(rule) => rule.words(piece, f),
            None => self.piece.words(piece, &mut f),
        }
    }

    /// Calls `f` with each piece `text[start..end]`. The first may be a text of its own, with the
    /// space that the recipe puts before it; if it cannot be a piece like the others, `at_start`
    /// gets it.
    #[inline]
    pub(super) fn for_each_piece<C>(
        &self,
        text: &str,
        context: &mut C,
        mut f: impl FnMut(&mut C, &str, usize, usize) -> Result<()>,
        at_start: impl FnOnce(&mut C, &str) -> Result<()>,
    ) -> Result<()> {
        let Some(seam) = self.seam else {
            return at_start(context, text);
        };
        let mut start = 0;
        if seam.has_prefix {
            let bytes = text.bytes().enumerate();
            let mut seams =
                bytes.filter(|(at, byte)| seam.is_space(*byte) && Seam::is_after_plain(text, *at));
            let end = seams.next().map_or(text.len(), |(at, _)| at);
            match text.chars().next() {
                None => return Ok(()),
                Some(' ') => f(context, text, 0, end)?,
                Some(c) if c.is_ascii_graphic() => {
                    f(context, &format!(" {}", &text[..end]), 0, end + 1)?;
                }
                Some(_) => at_start(context, &text[..end])?,
            }
            start = end;
        }
        let (rest, mut result) = (start, Ok(()));
        let mut give = |start: usize, end: usize| {
            let skipped = match seam.kind {
                SeamKind::Dropped => {
                    text.as_bytes()[start..end].iter().take_while(|b| is_ascii_space(**b)).count()
                }
                SeamKind::AnySpace | SeamKind::Space => 0,
            };
            if start + skipped < end && result.is_ok() {
                result = f(context, text, start + skipped, end);
            }
        };
        for_each_candidate(
            &text.as_bytes()[rest..],
            |byte| seam.is_space(byte),
            |at| {
                let at = rest + at;
                if at > start && Seam::is_after_plain(text, at) {
                    give(start, at);
                    start = at;
                }
            },
        );
        give(start, text.len());
        result
    }
}

impl Rules {
    fn of(recipe: &TokenizerRecipe) -> Result<Self> {
        let normalizer = serde_json::from_value(recipe.normalizer_json()?);
        let pre_tokenizer = serde_json::from_value(recipe.pre_tokenizer_json()?);
        Ok(Self {
            normalizer: normalizer.map_err(TrainerError::step)?,
            pre_tokenizer: pre_tokenizer.map_err(TrainerError::step)?,
        })
    }

    /// Calls `f` with each word as the library cuts it.
    fn words(&self, text: &str, mut f: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let pieces = || {
            let mut normalized = NormalizedString::from(text);
            if let Some(normalizer) = &self.normalizer {
                normalizer.normalize(&mut normalized)?;
            }
            let mut pieces = PreTokenizedString::from(normalized);
            if let Some(pre_tokenizer) = &self.pre_tokenizer {
                pre_tokenizer.pre_tokenize(&mut pieces)?;
            }
            tokenizers::Result::Ok(pieces)
        };
        let pieces = pieces().map_err(|error| TrainerError::Cut {
            text: text.chars().take(60).collect(),
            reason: error.to_string(),
        })?;
        let words = pieces.get_splits(OffsetReferential::Original, OffsetType::None);
        words.into_iter().try_for_each(|(word, _, _)| f(word))
    }
}
