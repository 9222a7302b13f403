//! How early what is relevant stands in lists of search results: nDCG (Järvelin and Kekäläinen
//! 2002), mean average precision, reciprocal rank, precision, recall and hits at a cutoff.

use std::collections::HashMap;
use std::hash::Hash;

use serde::Serialize;

use crate::catalogue::MetricKind;
use crate::counts::check_lengths;
use crate::error::{Result, TextError};
use crate::merge::{Merge, check_same};
use crate::metric::{Metric, build};
use crate::numbers::check_finite;

type Value = fn(&RankingScores) -> f64;

/// The numbers that come of it, by name.
pub(crate) const VALUES: [(&str, Value); 6] = [
    ("ndcg", |scores| scores.ndcg),
    ("map", |scores| scores.map),
    ("mrr", |scores| scores.mrr),
    ("precision_at_k", |scores| scores.precision),
    ("recall_at_k", |scores| scores.recall),
    ("hit_rate", |scores| scores.hit_rate),
];

/// What a grade of relevance is worth to nDCG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Gain {
    /// The grade itself, as in scikit-learn, trec_eval and sentence-transformers.
    #[default]
    Linear,
    /// `2^grade - 1`, which web search prefers.
    Exponential,
}

/// Means over queries, of the first results of each; from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct RankingScores {
    /// The gain of results, each by the logarithm of its rank and one, by that of the best order.
    pub ndcg: f64,
    /// The mean precision down to each relevant result, by the relevant ones or the cutoff,
    /// whichever is less.
    pub map: f64,
    /// One by the rank of the first relevant result.
    pub mrr: f64,
    /// Relevant results by the cutoff, without one by the results.
    pub precision: f64,
    /// Relevant results by all that is relevant.
    pub recall: f64,
    /// The part of the queries with a relevant result.
    pub hit_rate: f64,
}

/// Scores of rankings at several cutoffs. What has a grade above 0 is relevant. A query for which
/// nothing is relevant scores 0.
///
/// ```
/// use sconce_metrics::Ranking;
///
/// let mut ranking = Ranking::new(&[1, 3]);
/// ranking.update_retrieved(&[("b", 1.0), ("z", 1.0)], &["a", "b", "c"])?;
/// let [first, three] = [0, 1].map(|index| ranking.scores()[index]);
/// assert_eq!((first.hit_rate, three.hit_rate), (0.0, 1.0));
/// assert_eq!((three.mrr, three.recall, three.precision), (0.5, 0.5, 1.0 / 3.0));
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Ranking {
    cutoffs: Vec<usize>,
    gain: Gain,
    sums: Vec<RankingScores>,
    n_queries: u64,
}

impl Ranking {
    /// The cutoff that takes all results.
    pub const ALL: usize = usize::MAX;

    /// Of the first results, as many as each cutoff says; [`Ranking::ALL`] takes all.
    #[must_use]
    pub fn new(cutoffs: &[usize]) -> Self {
        let sums = vec![RankingScores::default(); cutoffs.len()];
        Self { cutoffs: cutoffs.to_vec(), gain: Gain::Linear, sums, n_queries: 0 }
    }

    /// Counts grades as `gain` says; [`Gain::Linear`] by default.
    #[must_use]
    pub fn with_gain(self, gain: Gain) -> Self {
        Self { gain, ..self }
    }

    /// Counts a query whose candidates all have a grade and a score. The highest score ranks first;
    /// of equal scores nDCG takes the mean over all orders, as scikit-learn, the others the order
    /// given.
    ///
    /// # Errors
    /// If the lengths differ, a grade is negative or a number not finite; then the query is not
    /// counted.
    pub fn update(&mut self, grades: &[f64], scores: &[f64]) -> Result<()> {
        check_lengths(grades.len(), scores.len())?;
        check_grades(grades.iter().copied())?;
        check_finite("score", scores)?;
        let mut order: Vec<usize> = (0..grades.len()).collect();
        order.sort_by(|&a, &b| (scores[b] + 0.0).total_cmp(&(scores[a] + 0.0)));
        let ranked: Vec<f64> = order.iter().map(|&index| grades[index]).collect();
        let ties: Vec<usize> =
            order.chunk_by(|&a, &b| scores[a] == scores[b]).map(<[_]>::len).collect();
        self.count(&ranked, &ties, grades.to_vec());
        Ok(())
    }

    /// Counts a query with the grades of what is relevant to it, and the results, best first. A
    /// result that comes again is not relevant again.
    ///
    /// # Errors
    /// If a grade is negative or not finite; then the query is not counted.
    pub fn update_retrieved<T: Eq + Hash>(
        &mut self,
        relevant: &[(T, f64)],
        retrieved: &[T],
    ) -> Result<()> {
        check_grades(relevant.iter().map(|(_, grade)| *grade))?;
        let mut left: HashMap<&T, f64> = relevant.iter().map(|(id, grade)| (id, *grade)).collect();
        let all = left.values().copied().collect();
        let ranked: Vec<f64> =
            retrieved.iter().map(|id| left.remove(id).unwrap_or_default()).collect();
        self.count(&ranked, &vec![1; ranked.len()], all);
        Ok(())
    }

    /// Counts grades in the order of results that come in groups of equal scores.
    fn count(&mut self, ranked: &[f64], ties: &[usize], mut all: Vec<f64>) {
        all.sort_unstable_by(|a, b| b.total_cmp(a));
        let n_relevant = all.iter().filter(|&&grade| grade > 0.0).count();
        self.n_queries += 1;
        for (sum, &cutoff) in self.sums.iter_mut().zip(&self.cutoffs) {
            let kept = &ranked[..ranked.len().min(cutoff)];
            let best = gains(self.gain, &all, &vec![1; all.len()], cutoff);
            if best > 0.0 {
                sum.ndcg += gains(self.gain, ranked, ties, cutoff) / best;
            }
            let (mut hits, mut precisions) = (0usize, 0.0);
            for (rank, _) in (1usize..).zip(kept).filter(|(_, grade)| **grade > 0.0) {
                if hits == 0 {
                    sum.mrr += 1.0 / rank as f64;
                    sum.hit_rate += 1.0;
                }
                hits += 1;
                precisions += hits as f64 / rank as f64;
            }
            let results = if cutoff == Self::ALL { ranked.len() } else { cutoff };
            sum.map += precisions / n_relevant.min(cutoff).max(1) as f64;
            sum.precision += hits as f64 / results.max(1) as f64;
            sum.recall += hits as f64 / n_relevant.max(1) as f64;
        }
    }

    /// The means over all queries, for each cutoff.
    #[must_use]
    pub fn scores(&self) -> Vec<RankingScores> {
        let n = self.n_queries.max(1) as f64;
        let mean = |sum: &RankingScores| RankingScores {
            ndcg: sum.ndcg / n,
            map: sum.map / n,
            mrr: sum.mrr / n,
            precision: sum.precision / n,
            recall: sum.recall / n,
            hit_rate: sum.hit_rate / n,
        };
        self.sums.iter().map(mean).collect()
    }

    /// All numbers with their names and cutoffs, such as `ndcg@10`, without one for all results.
    #[must_use]
    pub fn named_values(&self) -> Vec<(String, f64)> {
        let mut named = vec![];
        for (scores, &cutoff) in self.scores().iter().zip(&self.cutoffs) {
            for (name, value) in VALUES {
                let name = name.trim_end_matches("_at_k");
                let name = match cutoff {
                    Self::ALL => name.to_owned(),
                    _ => format!("{name}@{cutoff}"),
                };
                named.push((name, value(scores)));
            }
        }
        named
    }

    /// How many queries were counted.
    #[must_use]
    pub fn n_queries(&self) -> u64 {
        self.n_queries
    }

    /// Forgets everything counted.
    pub fn reset(&mut self) {
        self.sums.fill(RankingScores::default());
        self.n_queries = 0;
    }
}

/// The discounted gain of the first results, of groups of equals the mean over their orders.
fn gains(gain: Gain, ranked: &[f64], ties: &[usize], cutoff: usize) -> f64 {
    let worth = |grade: &f64| match gain {
        Gain::Linear => *grade,
        Gain::Exponential => grade.exp2() - 1.0,
    };
    let (mut start, mut sum) = (0, 0.0);
    for &size in ties {
        let end = start + size;
        let mean = ranked[start..end].iter().map(worth).sum::<f64>() / size as f64;
        let discounts = (start..end.min(cutoff)).map(|rank| 1.0 / (rank as f64 + 2.0).log2());
        sum += mean * discounts.sum::<f64>();
        start = end;
    }
    sum
}

fn check_grades(grades: impl Iterator<Item = f64>) -> Result<()> {
    for grade in grades {
        if !(grade.is_finite() && grade >= 0.0) {
            let (what, allowed) = ("a grade of relevance", "finite and not below 0");
            return Err(TextError::Setting { what, value: grade.to_string(), allowed }.into());
        }
    }
    Ok(())
}

impl Merge for Ranking {
    fn merge(&mut self, other: &Self) -> Result<()> {
        let same = self.cutoffs == other.cutoffs && self.gain == other.gain;
        check_same(same, "ranking")?;
        for (sum, other) in self.sums.iter_mut().zip(&other.sums) {
            sum.ndcg += other.ndcg;
            sum.map += other.map;
            sum.mrr += other.mrr;
            sum.precision += other.precision;
            sum.recall += other.recall;
            sum.hit_rate += other.hit_rate;
        }
        self.n_queries += other.n_queries;
        Ok(())
    }
}

/// One number of [`Ranking`]; a batch is a query.
#[derive(Debug)]
struct OneValue {
    name: &'static str,
    value: Value,
    ranking: Ranking,
}

impl Metric<f64> for OneValue {
    fn name(&self) -> &'static str {
        self.name
    }

    fn update(&mut self, grades: &[f64], scores: &[f64]) -> Result<()> {
        self.ranking.update(grades, scores)
    }

    fn value(&self) -> f64 {
        self.ranking.scores().first().map_or(0.0, self.value)
    }

    fn reset(&mut self) {
        self.ranking.reset();
    }
}

/// The metric of rankings called `name` over the first `cutoff` results, or [`Ranking::ALL`]. A
/// batch is a query: the grades of its candidates and their scores.
///
/// # Errors
/// If there is none; the error offers the nearest name and lists all.
///
/// ```
/// use sconce_metrics::ranking_by_name;
///
/// let mut ndcg = ranking_by_name("ndcg", 10)?;
/// ndcg.update(&[3.0, 0.0, 1.0], &[0.9, 0.1, 0.5])?;
/// assert_eq!(ndcg.value(), 1.0);
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
pub fn ranking_by_name(name: &str, cutoff: usize) -> Result<Box<dyn Metric<f64>>> {
    let name = MetricKind::Ranking.find(name)?;
    let value = build(MetricKind::Ranking, name, &VALUES)?;
    Ok(Box::new(OneValue { name, value, ranking: Ranking::new(&[cutoff]) }))
}

#[cfg(test)]
mod tests;
