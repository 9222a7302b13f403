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
            let mut next = rows.partition_point(|&row| (row as usize) < first);
            let rows_of_block = values
                .chunks_exact_mut(dim)
                .zip(touched)
                .zip(m.chunks_exact_mut(dim).zip(v.chunks_exact_mut(dim)));
            dispatch(
                #[inline(always)]
                || {
                    for (row, ((values, touched), (m, v))) in rows_of_block.enumerate() {
                        if rows.get(next).is_some_and(|&r| r as usize == first + row) {
                            update(values, &gradient[next * dim..][..dim], m, v, rates);
                            *touched = true;
                            next += 1;
                        } else if *touched || rates.in_gradient != 0. {
                            coast(values, m, v, rates);
                        } else {
                            decay(values, rates);
                        }
                    }
                },
            );
        });
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
