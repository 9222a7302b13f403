//! What an order of n-grams counts of which nothing matches (Chen and Cherry 2014).

use std::fmt;

/// How BLEU avoids the logarithm of 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub enum Smoothing {
    /// Not at all: the score is 0.
    None,
    /// Counts this much, 0.1 by custom, in place of 0.
    Floor(f64),
    /// Adds this much, 1 by custom, to the counts of every order but the first.
    AddK(f64),
    /// Half a match for the first such order, a quarter for the next, and so on.
    #[default]
    Exp,
}

/// As in sacreBLEU's signatures.
impl fmt::Display for Smoothing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => f.write_str("none"),
            Self::Floor(value) => write!(f, "floor[{value:.2}]"),
            Self::AddK(value) => write!(f, "add-k[{value:.2}]"),
            Self::Exp => f.write_str("exp"),
        }
    }
}
