//! How sure a score of a corpus is: bootstrap resampling (Koehn 2004) and approximate
//! randomization (Riezler and Maxwell 2005) over texts, by sacreBLEU's formulas.
//!
//! Draws come from this library's own generator: sacreBLEU's are numpy's, so that intervals and
//! p-values of the two agree as those of two seeds do, not digit by digit.

use fastrand::Rng;
use serde::Serialize;

use crate::counts::Scores;
use crate::error::{Result, TextError};
use crate::rouge::Rouge;
use crate::text_metric::TextMetric;

/// Where 95% of the scores of resampled corpora lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ConfidenceInterval {
    /// The mean score of the samples.
    pub mean: f64,
    /// Half of the difference between `high` and `low`.
    pub half_width: f64,
    /// A fortieth of the samples scores less.
    pub low: f64,
    /// A fortieth of the samples scores more.
    pub high: f64,
    /// How many samples were drawn.
    pub samples: usize,
    /// What they were drawn from.
    pub seed: u64,
}

/// A system beside a baseline over the same texts.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PairedResult {
    /// The score of the baseline.
    pub baseline: f64,
    /// The score of the system.
    pub system: f64,
    /// How likely a difference as large is if the two are equally good.
    pub p_value: f64,
    /// The interval of the system's score, where the test gives one.
    pub interval: Option<ConfidenceInterval>,
}

/// The 95% interval of the metric's value from `samples` corpora drawn from its own texts.
///
/// # Errors
/// If the metric has no texts or did not keep them, or no samples are asked for.
///
/// ```
/// use sconce_metrics::{Bleu, TextMetric, bootstrap};
///
/// let mut bleu = Bleu::new().keeping_segments();
/// bleu.update(&["a small test of a score"], "a small test of a number")?;
/// bleu.update(&["another one of these"], "another one of these")?;
/// let interval = bootstrap(&bleu, 1000, 12345)?;
/// assert!(interval.low < bleu.value() && bleu.value() < interval.high);
/// assert!(bleu.line_with(&interval).starts_with("BLEU|nrefs:1|bs:1000|seed:12345|case:mixed|"));
/// # Ok::<(), sconce_metrics::Error>(())
/// ```
pub fn bootstrap(metric: &dyn TextMetric, samples: usize, seed: u64) -> Result<ConfidenceInterval> {
    check(metric, samples)?;
    let scores = drawn(metric, samples, seed).map(|sums| metric.value_of(&sums)).collect();
    Ok(ConfidenceInterval::new(scores, seed))
}

/// Bootstrap test of a difference: samples are drawn from both systems at once.
///
/// # Errors
/// If the metrics differ or were counted over different numbers of texts, and as [`bootstrap`].
pub fn paired_bootstrap(
    baseline: &dyn TextMetric,
    system: &dyn TextMetric,
    samples: usize,
    seed: u64,
) -> Result<PairedResult> {
    check_pair(baseline, system, samples)?;
    // One seed draws the same texts of both.
    let [of_baseline, of_system] = [baseline, system].map(|metric| -> Vec<f64> {
        drawn(metric, samples, seed).map(|sums| metric.value_of(&sums)).collect()
    });
    let differences: Vec<f64> =
        of_baseline.iter().zip(&of_system).map(|(a, b)| (a - b).abs()).collect();
    let mean = differences.iter().sum::<f64>() / samples as f64;
    let difference = (baseline.value() - system.value()).abs();
    let p_value = p_value(differences.iter().map(|sample| sample - mean), difference);
    let interval = Some(ConfidenceInterval::new(of_system, seed));
    Ok(PairedResult { baseline: baseline.value(), system: system.value(), p_value, interval })
}

/// Two-sided test of a difference: in each of `trials` every text is taken from one or the other
/// system by chance. sacreBLEU's custom is 10,000 trials. As there, trials count that differ by
/// more than the systems do: of a handful of texts, which can be taken in a few ways only, the
/// p-value is too small.
///
/// # Errors
/// As [`paired_bootstrap`].
pub fn approximate_randomization(
    baseline: &dyn TextMetric,
    system: &dyn TextMetric,
    trials: usize,
    seed: u64,
) -> Result<PairedResult> {
    check_pair(baseline, system, trials)?;
    let mut random = Rng::with_seed(seed);
    let difference = (baseline.value() - system.value()).abs();
    let rows: Vec<[&[f64]; 2]> = (0..baseline.n_segments())
        .filter_map(|text| Some([baseline.segment(text)?, system.segment(text)?]))
        .collect();
    let width = baseline.sums().len();
    let trial = |_| {
        let (mut one, mut other) = (vec![0.0; width], vec![0.0; width]);
        for [a, b] in &rows {
            let (a, b) = if random.bool() { (a, b) } else { (b, a) };
            add(&mut one, a);
            add(&mut other, b);
        }
        (baseline.value_of(&one) - baseline.value_of(&other)).abs()
    };
    let p_value = p_value((0..trials).map(trial), difference);
    Ok(PairedResult { baseline: baseline.value(), system: system.value(), p_value, interval: None })
}

/// Where the mean scores of resampled corpora lie.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ScoreInterval {
    /// The lower bound of each.
    pub low: Scores,
    /// The median of each.
    pub mid: Scores,
    /// The upper bound of each.
    pub high: Scores,
}

/// The intervals that rouge-score's bootstrap aggregator gives, in the order of the kinds: of
/// precision, recall and F1 each by itself, `confidence` being 0.95 by custom.
///
/// # Errors
/// If `confidence` is not between 0 and 1, and as [`bootstrap`].
pub fn bootstrap_means(
    rouge: &Rouge,
    samples: usize,
    confidence: f64,
    seed: u64,
) -> Result<Vec<ScoreInterval>> {
    check(rouge, samples)?;
    if !(0.0..=1.0).contains(&confidence) {
        let value = confidence.to_string();
        return Err(setting("confidence", value, "between 0 and 1"));
    }
    let n = rouge.n_segments() as f64;
    let drawn: Vec<Vec<f64>> = drawn(rouge, samples, seed).collect();
    let tail = (1.0 - confidence) / 2.0;
    let bounds = |column: usize| {
        let mut means: Vec<f64> = drawn.iter().map(|sums| sums[column] / n).collect();
        means.sort_unstable_by(f64::total_cmp);
        [tail, 0.5, 1.0 - tail].map(|part| percentile(&means, part))
    };
    let interval = |kind: usize| {
        let [precision, recall, f1] = [1, 2, 3].map(|of| bounds(3 * kind + of));
        let [low, mid, high] = [0, 1, 2].map(|bound| Scores {
            precision: precision[bound],
            recall: recall[bound],
            f1: f1[bound],
        });
        ScoreInterval { low, mid, high }
    };
    Ok((0..rouge.sums().len() / 3).map(interval).collect())
}

/// Between the two nearest of sorted values, as numpy does by default.
fn percentile(sorted: &[f64], part: f64) -> f64 {
    let position = part * (sorted.len() - 1) as f64;
    let below = sorted[position as usize];
    let above = sorted[(position as usize + 1).min(sorted.len() - 1)];
    below + (above - below) * position.fract()
}

impl ConfidenceInterval {
    fn new(mut scores: Vec<f64>, seed: u64) -> Self {
        scores.sort_unstable_by(f64::total_cmp);
        let samples = scores.len();
        let (low, high) = (scores[samples / 40], scores[samples - samples / 40 - 1]);
        let mean = scores.iter().sum::<f64>() / samples as f64;
        Self { mean, half_width: 0.5 * (high - low), low, high, samples, seed }
    }
}

/// Sums of as many texts as there are, drawn with replacement.
fn drawn(metric: &dyn TextMetric, samples: usize, seed: u64) -> impl Iterator<Item = Vec<f64>> {
    let mut random = Rng::with_seed(seed);
    let n = metric.n_segments();
    let rows: Vec<&[f64]> = (0..n).filter_map(|text| metric.segment(text)).collect();
    let width = metric.sums().len();
    (0..samples).map(move |_| {
        let mut sums = vec![0.0; width];
        (0..n).for_each(|_| add(&mut sums, rows[random.usize(..n)]));
        sums
    })
}

fn add(sums: &mut [f64], row: &[f64]) {
    sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
}

/// One is added so that no number of samples makes it 0. Scores that are the same do not differ:
/// here sacreBLEU finds no sample that is larger and says 1 / (n + 1).
fn p_value(samples: impl ExactSizeIterator<Item = f64>, difference: f64) -> f64 {
    if difference == 0.0 {
        return 1.0;
    }
    let n = samples.len();
    let larger = samples.filter(|&sample| sample > difference).count();
    (larger + 1) as f64 / (n + 1) as f64
}

fn setting(what: &'static str, value: String, allowed: &'static str) -> crate::error::Error {
    TextError::Setting { what, value, allowed }.into()
}

fn check(metric: &dyn TextMetric, samples: usize) -> Result<()> {
    if samples == 0 {
        return Err(setting("the number of samples", "0".to_owned(), "at least 1"));
    }
    match metric.n_segments() {
        0 => Err(TextError::NoSegments { metric: metric.name() }.into()),
        _ => Ok(()),
    }
}

fn check_pair(baseline: &dyn TextMetric, system: &dyn TextMetric, samples: usize) -> Result<()> {
    check(baseline, samples)?;
    check(system, samples)?;
    if baseline.name() != system.name() || baseline.sums().len() != system.sums().len() {
        return Err(TextError::SettingsDiffer { metric: system.name() }.into());
    }
    let (baseline, system) = (baseline.n_segments(), system.n_segments());
    match baseline == system {
        true => Ok(()),
        false => Err(TextError::SegmentsDiffer { baseline, system }.into()),
    }
}

#[cfg(test)]
mod tests;
