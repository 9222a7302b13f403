//! The fused pass of Adam and AdamW: each element of parameter, gradient and moments is read once
//! and written once.

use rayon::prelude::*;

use crate::simd::dispatch;

/// Elements that one task updates.
const BLOCK: usize = 1 << 14;

/// The factors of one step.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rates {
    /// Of the gradient.
    pub(super) scale: f64,
    /// Of the parameter: `1 - lr · decay`.
    pub(super) keep: f64,
    /// Decay that is added to the gradient.
    pub(super) in_gradient: f64,
    pub(super) beta1: f64,
    pub(super) beta2: f64,
    /// `lr / (1 - β₁ᵗ)`.
    pub(super) step: f64,
    /// `√(1 - β₂ᵗ)`.
    pub(super) root: f64,
    pub(super) epsilon: f64,
}

/// First and second moments of a parameter on the CPU.
#[derive(Debug)]
pub(super) struct Moments {
    m: Vec<f32>,
    v: Vec<f32>,
    /// Of a parameter with row gradients: the rows that ever had one.
    touched: Vec<bool>,
}

impl Moments {
    pub(super) fn new(n_elements: usize) -> Self {
        Self { m: vec![0.; n_elements], v: vec![0.; n_elements], touched: Vec::new() }
    }

    pub(super) fn len(&self) -> usize {
        self.m.len()
    }

    /// A step with a dense gradient.
    pub(super) fn update(&mut self, values: &mut [f32], gradient: &[f32], rates: &Rates) {
        // From here on every row may have moments.
        self.touched.fill(true);
        let blocks = values
            .par_chunks_mut(BLOCK)
            .zip(gradient.par_chunks(BLOCK))
            .zip(self.m.par_chunks_mut(BLOCK).zip(self.v.par_chunks_mut(BLOCK)));
        blocks.for_each(|((values, gradient), (m, v))| {
            dispatch(
                #[inline(always)]
                || update(values, gradient, m, v, rates),
            );
        });
    }

    /// A step whose gradient is zero outside `rows`, which rise.
    pub(super) fn update_rows(
        &mut self,
        values: &mut [f32],
        rows: &[u32],
        gradient: &[f32],
        dim: usize,
        rates: &Rates,
    ) {
        if dim == 0 {
            return;
        }
        let n_rows = values.len() / dim;
        // A parameter that had a dense gradient before has moments in every row.
        let fresh = self.touched.is_empty() && self.v.iter().all(|&v| v == 0.);
        self.touched.resize(n_rows, !fresh);
        let rows_a_block = (BLOCK / dim).max(1);
        let blocks = values
            .par_chunks_mut(rows_a_block * dim)
            .zip(self.touched.par_chunks_mut(rows_a_block))
            .zip(
                self.m
                    .par_chunks_mut(rows_a_block * dim)
                    .zip(self.v.par_chunks_mut(rows_a_block * dim)),
            );
        blocks.enumerate().for_each(|(block, ((values, touched), (m, v)))| {
            let first = block * rows_a_block;
            let begin = rows.partition_point(|&row| (row as usize) < first);
            let mut block = Block { values, m, v, touched, dim };
            dispatch(
                #[inline(always)]
                || block.update(first, &rows[begin..], &gradient[begin * dim..], rates),
            );
        });
    }
}

/// Some consecutive rows of a parameter, with their moments.
struct Block<'a> {
    values: &'a mut [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
    touched: &'a mut [bool],
    dim: usize,
}

impl Block<'_> {
    /// Updates the rows, the first of which is row `first` of the parameter; `rows` and `gradient`
    /// begin with the first row at or after it that has a gradient.
    #[inline(always)]
    fn update(&mut self, first: usize, rows: &[u32], gradient: &[f32], rates: &Rates) {
        let (dim, n_rows) = (self.dim, self.touched.len());
        let mut row = 0;
        for (&next, gradient) in rows.iter().zip(gradient.chunks_exact(dim)) {
            let next = (next as usize - first).min(n_rows);
            self.pass_over(row..next, rates);
            if next == n_rows {
                return;
            }
            let at = next * dim..(next + 1) * dim;
            let (m, v) = (&mut self.m[at.clone()], &mut self.v[at.clone()]);
            update(&mut self.values[at], gradient, m, v, rates);
            self.touched[next] = true;
            row = next + 1;
        }
        self.pass_over(row..n_rows, rates);
    }

    /// Updates rows without a gradient. Neighbours in the same state go as one run: the shorter a
    /// run, the more of it is left over by whole vectors.
    #[inline(always)]
    fn pass_over(&mut self, rows: std::ops::Range<usize>, rates: &Rates) {
        let mut row = rows.start;
        while row < rows.end {
            let has_moments = |row: usize| self.touched[row] || rates.in_gradient != 0.;
            let coasts = has_moments(row);
            let end = (row..rows.end).find(|&row| has_moments(row) != coasts).unwrap_or(rows.end);
            let at = row * self.dim..end * self.dim;
            let values = &mut self.values[at.clone()];
            if coasts {
                coast(values, &mut self.m[at.clone()], &mut self.v[at], rates);
            } else {
                decay(values, rates);
            }
            row = end;
        }
    }
}

/// One step of each element.
#[inline(always)]
fn update(values: &mut [f32], gradient: &[f32], m: &mut [f32], v: &mut [f32], rates: &Rates) {
    let factors = Factors::new(rates);
    for ((p, &g), (m, v)) in values.iter_mut().zip(gradient).zip(m.iter_mut().zip(v)) {
        factors.step(p, g, m, v);
    }
}

/// One step of each element with gradient zero.
#[inline(always)]
fn coast(values: &mut [f32], m: &mut [f32], v: &mut [f32], rates: &Rates) {
    let factors = Factors::new(rates);
    for (p, (m, v)) in values.iter_mut().zip(m.iter_mut().zip(v)) {
        factors.step(p, 0., m, v);
    }
}

/// One step of each element with gradient and moments zero: only its decay is left of it.
#[inline(always)]
fn decay(values: &mut [f32], rates: &Rates) {
    if rates.keep != 1. {
        let keep = rates.keep as f32;
        for p in values {
            *p *= keep;
        }
    }
}

struct Factors {
    scale: f32,
    keep: f32,
    in_gradient: f32,
    beta1: f32,
    one_minus_beta1: f32,
    beta2: f32,
    one_minus_beta2: f32,
    step: f32,
    per_root: f32,
    epsilon: f32,
}

impl Factors {
    #[inline(always)]
    fn new(rates: &Rates) -> Self {
        Self {
            scale: rates.scale as f32,
            keep: rates.keep as f32,
            in_gradient: rates.in_gradient as f32,
            beta1: rates.beta1 as f32,
            one_minus_beta1: (1. - rates.beta1) as f32,
            beta2: rates.beta2 as f32,
            one_minus_beta2: (1. - rates.beta2) as f32,
            step: rates.step as f32,
            per_root: (1. / rates.root) as f32,
            epsilon: rates.epsilon as f32,
        }
    }

    #[inline(always)]
    fn step(&self, p: &mut f32, g: f32, m: &mut f32, v: &mut f32) {
        let g = g * self.scale + *p * self.in_gradient;
        *m = *m * self.beta1 + g * self.one_minus_beta1;
        *v = *v * self.beta2 + g * g * self.one_minus_beta2;
        let denominator = v.sqrt() * self.per_root + self.epsilon;
        *p = *p * self.keep - self.step * (*m / denominator);
    }
}
