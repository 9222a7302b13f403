//! The tokens of a packed batch, as every transformer takes them.

use sconce_ops::Offsets;

/// Tokens of a packed batch: `n_tokens` ids that `offsets` splits into sequences. `type_ids`, one
/// for each token, may be empty: all are 0 then.
#[derive(Debug, Clone, Copy)]
pub struct Tokens<'a> {
    /// Ids of the tokens, one sequence after the other.
    pub ids: &'a [u32],
    /// Which text of a pair each token belongs to; empty if all are 0.
    pub type_ids: &'a [u32],
    /// Where each sequence begins.
    pub offsets: &'a Offsets,
}
