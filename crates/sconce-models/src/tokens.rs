//! The tokens of a packed batch, as every model takes them.

use sconce_ops::Offsets;

/// Token ids, one sentence after the other.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    /// The id of each token.
    pub ids: &'a [u32],
    /// Which text of a pair each token is of; empty if all are of the first.
    pub type_ids: &'a [u32],
    /// Where each sentence begins and ends.
    pub offsets: &'a Offsets,
}

impl<'a> Tokens<'a> {
    /// Tokens that are all of the first text.
    pub fn new(ids: &'a [u32], offsets: &'a Offsets) -> Self {
        Self { ids, type_ids: &[], offsets }
    }
}
