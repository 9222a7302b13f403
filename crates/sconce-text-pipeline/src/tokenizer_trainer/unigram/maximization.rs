//! Scores from expected numbers of occurrences.

use super::pieces::Pieces;

/// Pieces that are expected less often are dropped.
const RARE: f64 = 0.5;

/// The pieces that are expected often enough, with new scores; none if there is no such piece.
///
/// Of the counts their digamma is taken in place of the logarithm, which is what variational Bayes
/// makes of a sparse prior: rare pieces become rarer (Liang and Klein 2007).
pub(super) fn of(pieces: &Pieces, expected: &[f64]) -> Option<Pieces> {
    let kept = || pieces.iter().zip(expected).filter(|(_, count)| **count >= RARE);
    let sum: f64 = kept().map(|(_, count)| count).sum();
    let log_sum = digamma(sum);
    let mut better = Pieces::default();
    kept().for_each(|((piece, _), count)| better.push(piece, digamma(*count) - log_sum));
    (better.len() > 0).then_some(better)
}

/// The derivative of the logarithm of the gamma function, for positive numbers: moved up to where
/// its asymptotic series is exact to the last digits.
fn digamma(mut x: f64) -> f64 {
    let mut result = 0.0;
    while x < 7.0 {
        result -= 1.0 / x;
        x += 1.0;
    }
    x -= 1.0 / 2.0;
    let inverse = 1.0 / x;
    let second = inverse * inverse;
    let fourth = second * second;
    result += x.ln() + (1.0 / 24.0) * second - 7.0 / 960.0 * fourth
        + (31.0 / 8064.0) * fourth * second
        - (127.0 / 30720.0) * fourth * fourth;
    result
}

#[cfg(test)]
mod tests;
