//! Cutting texts into words as a recipe says, and into pieces that can be cut one by one.
//!
//! The words of a text are those of the `tokenizers` library, which takes its time. [`FastWords`]
//! knows where most recipes cannot see across: there texts are cut into pieces, equal pieces are
//! counted, and each is cut into words once. Other recipes get whole texts.

use tokenizers::{
    NormalizedString, Normalizer, NormalizerWrapper, OffsetReferential, OffsetType,
    PreTokenizedString, PreTokenizer, PreTokenizerWrapper,
};

use super::ascii::AsciiRule;
use crate::error::{Result, TrainerError};
use crate::fast_words::{Chunk, FastWords};
use crate::tokenizer_recipe::TokenizerRecipe;

/// The rules of a recipe, ready for use.
pub(super) struct Cutter {
    normalizer: Option<NormalizerWrapper>,
    pre_tokenizer: Option<PreTokenizerWrapper>,
    fast: Option<FastWords>,
    ascii: Option<AsciiRule>,
}

impl Cutter {
    pub(super) fn new(recipe: &TokenizerRecipe) -> Result<Self> {
        let normalizer: Option<NormalizerWrapper> =
            serde_json::from_value(recipe.normalizer_json()?).map_err(TrainerError::step)?;
        let pre_tokenizer: Option<PreTokenizerWrapper> =
            serde_json::from_value(recipe.pre_tokenizer_json()?).map_err(TrainerError::step)?;
        let fast = FastWords::new(normalizer.as_ref(), pre_tokenizer.as_ref());
        // Without a pre-tokenizer that cuts, the words of pieces are not those of the text.
        let fast = fast.filter(|fast| !fast.is_one_word());
        let ascii = fast.as_ref().and_then(|_| AsciiRule::of(recipe));
        Ok(Self { normalizer, pre_tokenizer, fast, ascii })
    }

    /// Calls `f` with the words of a whole text.
    pub(super) fn words(&self, text: &str, f: impl FnMut(&str) -> Result<()>) -> Result<()> {
        let words = || {
            let mut normalized = NormalizedString::from(text);
            if let Some(normalizer) = &self.normalizer {
                normalizer.normalize(&mut normalized)?;
            }
            let mut words = PreTokenizedString::from(normalized);
            if let Some(pre_tokenizer) = &self.pre_tokenizer {
                pre_tokenizer.pre_tokenize(&mut words)?;
            }
            Ok(words)
        };
        each(text, words(), f)
    }

    /// Calls `f` with the words of a piece.
    pub(super) fn words_of_piece(
        &self,
        piece: &str,
        f: impl FnMut(&str) -> Result<()>,
    ) -> Result<()> {
        match (&self.fast, self.ascii.as_ref().filter(|_| AsciiRule::fits(piece))) {
            (_, Some(rule)) => rule.words(piece, f),
            (Some(fast), None) => {
                let chunk = Chunk { text: piece, start: 0, is_first: false };
                each(piece, fast.words(chunk), f)
            }
            (None, None) => self.words(piece, f),
        }
    }

    /// Calls `f` with each piece `text[start..end]`. What is not a piece like others goes to
    /// `as_text`: the beginning of a text, if it is treated in its own way, or the whole text.
    #[inline]
    pub(super) fn for_each_piece<C>(
        &self,
        text: &str,
        context: &mut C,
        mut f: impl FnMut(&mut C, &str, usize, usize) -> Result<()>,
        mut as_text: impl FnMut(&mut C, &str) -> Result<()>,
    ) -> Result<()> {
        match &self.fast {
            None => as_text(context, text),
            Some(fast) => fast.chunks(text, |chunk| match chunk.is_first {
                true => as_text(context, chunk.text),
                false => f(context, text, chunk.start, chunk.start + chunk.text.len()),
            }),
        }
    }
}

fn each(
    text: &str,
    words: tokenizers::Result<PreTokenizedString>,
    mut f: impl FnMut(&str) -> Result<()>,
) -> Result<()> {
    let words = words.map_err(|error| TrainerError::Cut {
        text: text.chars().take(60).collect(),
        reason: error.to_string(),
    })?;
    let words = words.get_splits(OffsetReferential::Original, OffsetType::None);
    words.into_iter().try_for_each(|(word, _, _)| f(word))
}
