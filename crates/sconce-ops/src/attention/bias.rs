//! What is added to a score for the distance from its query to its key.

use std::sync::Arc;

use candle_core::{Result, Tensor, bail};

use crate::param_store::Weight;

/// What is added to the scores, as a function of head and distance (place of the key less place of
/// the query).
#[derive(Debug, Clone)]
pub enum Bias {
    /// Nothing.
    None,
    /// `-slope · |distance|`, a slope for each head: attention with linear biases (Press et al.,
    /// 2022, arXiv:2108.12409). See [`alibi_slopes`].
    Alibi(Arc<[f32]>),
    /// A learned number for each head and distance.
    Relative(RelativeBias),
}

impl Bias {
    /// The weight that has a gradient.
    pub(crate) fn weight(&self) -> Option<&Weight> {
        match self {
            Self::Relative(bias) => Some(&bias.table),
            Self::None | Self::Alibi(_) => None,
        }
    }

    pub(crate) fn table(&self) -> Option<&Tensor> {
        self.weight().map(Weight::tensor)
    }
}

/// A learned bias for each head and distance (Raffel et al., 2020, arXiv:1910.10683).
#[derive(Clone)]
pub struct RelativeBias {
    table: Weight,
    columns: Option<Arc<[u32]>>,
}

impl std::fmt::Debug for RelativeBias {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "RelativeBias {:?}", self.table.tensor().shape())
    }
}

impl RelativeBias {
    /// One column for each distance from `-max` to `max`; farther keys count as the farthest.
    ///
    /// # Shapes
    /// - table: `(n_heads, 2 * max + 1)`
    pub fn clipped(table: impl Into<Weight>) -> Self {
        Self { table: table.into(), columns: None }
    }

    /// The column `columns[distance + max]` for each distance from `-max` to `max`; farther keys
    /// count as the farthest. T5's columns are [`relative_buckets`].
    ///
    /// # Shapes
    /// - table: `(n_heads, n_columns)`
    /// - columns: `2 * max + 1` numbers below `n_columns`
    pub fn with_columns(table: impl Into<Weight>, columns: impl Into<Arc<[u32]>>) -> Self {
        Self { table: table.into(), columns: Some(columns.into()) }
    }

    pub(super) fn checked_columns(&self, op: &'static str, n_heads: usize) -> Result<Columns> {
        let (rows, n_columns) = self.table.tensor().dims2()?;
        if rows != n_heads {
            bail!("{op}: a relative bias of {rows} heads for attention of {n_heads}");
        }
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => (0..n_columns as u32).collect(),
        };
        if columns.len().is_multiple_of(2) {
            bail!("{op}: relative biases need an odd number of distances, got {}", columns.len());
        }
        if let Some(column) = columns.iter().find(|&&column| column as usize >= n_columns) {
            bail!("{op}: a distance has column {column}, the relative bias has {n_columns}");
        }
        Ok(Columns { columns, n_columns })
    }
}

/// The slopes of the paper: a geometric series from `2^(-8/n)` down to `2^-8` for `n` heads; where
/// `n` is no power of two, those of the power below and every second one of the power above.
pub fn alibi_slopes(n_heads: usize) -> Vec<f32> {
    let series = |n: usize| (1..=n).map(move |i| (-8. * i as f64 / n as f64).exp2() as f32);
    if n_heads == 0 {
        return Vec::new();
    }
    let below = 1usize << n_heads.ilog2();
    series(below).chain(series(2 * below).step_by(2)).take(n_heads).collect()
}

/// T5's buckets of distances from `-max_distance` to `max_distance`: near ones have their own, farther
/// ones share buckets that grow with the logarithm. In a decoder (`is_causal`) all buckets are for
/// keys before the query; else half of them are for keys after it.
///
/// # Errors
/// If there are too few buckets, or the distance is too short to need them.
pub fn relative_buckets(
    n_buckets: usize,
    max_distance: usize,
    is_causal: bool,
) -> Result<Vec<u32>> {
    let n_sides = if is_causal { 1 } else { 2 };
    let per_side = n_buckets / n_sides;
    let n_exact = per_side / 2;
    if n_exact == 0 || max_distance <= n_exact {
        bail!(
            "relative_buckets: {n_buckets} buckets give {n_exact} exact ones on {n_sides} side(s); \
             take more buckets, or a longest distance above that in place of {max_distance}"
        );
    }
    // In single precision, as the reference computes it: a bucket's border may be a whole number.
    let per_octave = (max_distance as f64 / n_exact as f64).ln() as f32;
    let bucket = |distance: usize| {
        if distance < n_exact {
            return distance;
        }
        let share = (distance as f32 / n_exact as f32).ln() / per_octave;
        (n_exact + (share * (per_side - n_exact) as f32) as usize).min(per_side - 1)
    };
    let before = (1..=max_distance).rev().map(bucket);
    let after = (1..=max_distance).map(|distance| match is_causal {
        true => 0,
        false => per_side + bucket(distance),
    });
    Ok(before.chain([0]).chain(after).map(|bucket| bucket as u32).collect())
}

/// How the distance of a key enters its score, without the weights.
#[derive(Debug)]
pub(super) enum Distances {
    Ignored,
    Linear(Arc<[f32]>),
    Table(Columns),
}

/// The columns of distances from `-max` to `max`.
#[derive(Debug)]
pub(super) struct Columns {
    columns: Arc<[u32]>,
    n_columns: usize,
}

impl Columns {
    pub(super) fn n_columns(&self) -> usize {
        self.n_columns
    }

    /// The column of a distance.
    pub(super) fn at(&self, distance: isize) -> usize {
        let max = (self.columns.len() / 2) as isize;
        self.columns[(distance.clamp(-max, max) + max) as usize] as usize
    }
}
