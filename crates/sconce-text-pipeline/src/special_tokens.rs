//! Tokens that no text is made of: what frames, pads, masks, and stands for the unknown.

/// The ids of special tokens, where a tokenizer has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Before a text, for its class: `[CLS]`.
    pub cls: Option<u32>,
    /// Between texts and after them: `[SEP]`.
    pub sep: Option<u32>,
    /// Fills up short rows.
    pub pad: Option<u32>,
    /// Hides a token that is to be guessed.
    pub mask: Option<u32>,
    /// Where a text begins.
    pub bos: Option<u32>,
    /// Where a text ends.
    pub eos: Option<u32>,
    /// Stands for what is not in the vocabulary.
    pub unk: Option<u32>,
    /// Every special token, those without a name above included, in rising order.
    pub all: Vec<u32>,
}

impl SpecialTokens {
    /// Whether a token is special.
    pub fn contains(&self, id: u32) -> bool {
        self.all.binary_search(&id).is_ok()
    }

    /// Adds the named ones to the list of all, and brings it in order.
    pub(crate) fn complete(mut self) -> Self {
        let named = [self.cls, self.sep, self.pad, self.mask, self.bos, self.eos, self.unk];
        self.all.extend(named.into_iter().flatten());
        self.all.sort_unstable();
        self.all.dedup();
        self
    }
}
