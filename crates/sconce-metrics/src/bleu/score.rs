//! From counts of n-grams to the score.

use std::fmt;

use serde::Serialize;

use super::Smoothing;

/// BLEU with all that it is made of.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct BleuScore {
    /// From 0 to 100.
    pub score: f64,
    /// Per cent of the n-grams that match, smoothed, from single words on.
    pub precisions: Vec<f64>,
    /// The n-grams that match, of each order.
    pub matches: Vec<u64>,
    /// All n-grams of the texts, of each order.
    pub totals: Vec<u64>,
    /// What the score is multiplied with because texts are shorter than their references.
    pub brevity_penalty: f64,
    /// The words of the texts.
    pub hypothesis_length: u64,
    /// The words of the references, of each text the one nearest in length.
    pub reference_length: u64,
}

impl BleuScore {
    /// Of sums of lengths, matches and totals.
    pub(super) fn new(
        sums: &[f64],
        max_order: usize,
        smoothing: Smoothing,
        has_effective_order: bool,
    ) -> Self {
        let (length, reference) = (sums[0], sums[1]);
        let (matches, totals) = sums[2..].split_at(max_order);
        let whole = |values: &[f64]| values.iter().map(|&value| value as u64).collect();
        let mut score = Self {
            score: 0.0,
            precisions: vec![0.0; max_order],
            matches: whole(matches),
            totals: whole(totals),
            brevity_penalty: brevity_penalty(length, reference),
            hypothesis_length: length as u64,
            reference_length: reference as u64,
        };
        if matches.iter().all(|&n| n == 0.0) {
            return score;
        }
        let orders = fill(&mut score.precisions, matches, totals, smoothing);
        let orders = if has_effective_order { orders } else { max_order };
        let logarithm = |&precision: &f64| if precision == 0.0 { NOTHING } else { precision.ln() };
        let sum: f64 = score.precisions[..orders].iter().map(logarithm).sum();
        score.score = score.brevity_penalty * (sum / orders as f64).exp();
        score
    }

    /// The length of the texts by that of the references; 0 where these are empty.
    #[must_use]
    pub fn length_ratio(&self) -> f64 {
        crate::counts::ratio(self.hypothesis_length, self.reference_length)
    }

    /// What sacreBLEU prints behind the number.
    pub(super) fn details(&self) -> String {
        let precisions: Vec<String> = self.precisions.iter().map(|p| format!("{p:.1}")).collect();
        format!(
            "{} (BP = {:.3} ratio = {:.3} hyp_len = {} ref_len = {})",
            precisions.join("/"),
            self.brevity_penalty,
            self.length_ratio(),
            self.hypothesis_length,
            self.reference_length,
        )
    }
}

/// The logarithm of 0, which makes any score 0.
const NOTHING: f64 = -9_999_999_999.0;

fn brevity_penalty(length: f64, reference: f64) -> f64 {
    if length >= reference {
        1.0
    } else if length > 0.0 {
        (1.0 - reference / length).exp()
    } else {
        0.0
    }
}

/// Fills the precisions of the orders that the texts have, and says how many these are.
fn fill(precisions: &mut [f64], matches: &[f64], totals: &[f64], smoothing: Smoothing) -> usize {
    let mut divisor = 1.0;
    let mut orders = precisions.len();
    for (order, precision) in precisions.iter_mut().enumerate() {
        let added = match smoothing {
            Smoothing::AddK(value) if order > 0 => value,
            _ => 0.0,
        };
        let (matches, total) = (matches[order] + added, totals[order] + added);
        if total == 0.0 {
            break;
        }
        orders = order + 1;
        *precision = match smoothing {
            _ if matches != 0.0 => 100.0 * matches / total,
            Smoothing::Exp => {
                divisor *= 2.0;
                100.0 / (divisor * total)
            }
            Smoothing::Floor(value) => 100.0 * value / total,
            _ => 0.0,
        };
    }
    orders
}

/// As sacreBLEU prints it without a signature.
impl fmt::Display for BleuScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BLEU = {:.2} {}", self.score, self.details())
    }
}
