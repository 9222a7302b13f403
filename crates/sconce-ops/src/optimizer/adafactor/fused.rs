//! Adafactor's step on the CPU: a pass over the gradient for the mean squares of its rows and
//! columns, one over gradient and parameter for two norms, and one that writes the parameter.
//! Nothing of the parameter's size is made.

use candle_core::{Result, bail};
use rayon::prelude::*;

use super::AdafactorRule;
use crate::optimizer::blocks::{BLOCK, Part, SumOfSquares, over_blocks, squares};
use crate::optimizer::number::Number;
use crate::simd::dispatch;

/// Takes a step of a parameter with these dimensions.
pub(super) fn update(
    rule: &AdafactorRule,
    dims: &[usize],
    values: &mut [f32],
    gradient: &[f32],
    arrays: &mut [Vec<f32>],
) -> Result<()> {
    match (arrays, dims) {
        (arrays @ [_], _) => vector(rule, values, gradient, arrays),
        ([rows, cols], &[.., n_rows, n_cols]) => {
            let matrices = gradient.par_chunks(n_rows * n_cols);
            let averages = rows.par_chunks_mut(n_rows).zip(cols.par_chunks_mut(n_cols));
            let means: Vec<f64> = matrices
                .zip(averages)
                .map(|(gradient, (rows, cols))| average(rule, gradient, rows, cols))
                .collect();
            Matrices { rule, rows, cols, means: &means }.step(values, gradient);
            Ok(())
        }
        (arrays, _) => bail!("adafactor: {} arrays of state for {dims:?}", arrays.len()),
    }
}

/// A step of a parameter that keeps its whole second moment.
fn vector(
    rule: &AdafactorRule,
    values: &mut [f32],
    gradient: &[f32],
    arrays: &mut [Vec<f32>],
) -> Result<()> {
    let n = values.len();
    let direction = Direction::new(rule, 1.);
    let average = |part: Part<'_, 1>, gradient: &[f32]| {
        dispatch(
            #[inline(always)]
            || {
                let Part { values, state: [variance] } = part;
                let (old, new) = ((1. - rule.weight) as f32, rule.weight as f32);
                for (variance, &g) in variance.iter_mut().zip(gradient) {
                    let g = g * direction.scale;
                    *variance = *variance * old + g * g * new;
                }
                let mut of_directions = SumOfSquares::new();
                of_directions.add(
                    [gradient, variance],
                    #[inline(always)]
                    |[g, variance]| direction.of(g, variance),
                );
                [squares(values), of_directions.sum()]
            },
        )
    };
    let sums = over_blocks(Part::new(values, arrays)?, gradient, &average, &add);
    let (keep, step) = (rule.keep as f32, rule.step(sums, n) as f32);
    let update = |part: Part<'_, 1>, gradient: &[f32]| {
        dispatch(
            #[inline(always)]
            || {
                let variance = part.state[0].iter();
                for ((p, &g), &variance) in part.values.iter_mut().zip(gradient).zip(variance) {
                    *p = *p * keep - step * direction.of(g, variance);
                }
            },
        );
    };
    over_blocks(Part::new(values, arrays)?, gradient, &update, &|(), ()| ());
    Ok(())
}

/// Takes a matrix's gradient into the averages of its rows and columns; the mean of the rows'.
fn average(rule: &AdafactorRule, gradient: &[f32], rows: &mut [f32], cols: &mut [f32]) -> f64 {
    let (n_rows, n_cols) = (rows.len(), cols.len());
    let rows_a_block = rows_a_block(n_cols);
    let scale = rule.scale * rule.scale;
    let blocks = gradient.par_chunks(rows_a_block * n_cols).zip(rows.par_chunks_mut(rows_a_block));
    let sums: Vec<Vec<f64>> = blocks
        .map(|(gradient, rows)| {
            let mut of_cols = vec![0.; n_cols];
            dispatch(
                #[inline(always)]
                || {
                    for (gradient, row) in gradient.chunks_exact(n_cols).zip(rows) {
                        for (sum, &g) in of_cols.iter_mut().zip(gradient) {
                            *sum += f64::from(g) * f64::from(g);
                        }
                        let square = scale * long_squares(gradient) / n_cols as f64;
                        *row = rule.average(f64::from(*row), square) as f32;
                    }
                },
            );
            of_cols
        })
        .collect();
    let mut of_cols = vec![0.; n_cols];
    for of_block in &sums {
        of_cols.iter_mut().zip(of_block).for_each(|(sum, square)| *sum += square);
    }
    for (col, square) in cols.iter_mut().zip(of_cols) {
        *col = rule.average(f64::from(*col), scale * square / n_rows as f64) as f32;
    }
    rows.iter().map(|&row| f64::from(row)).sum::<f64>() / n_rows as f64
}

/// Sum of squares of rows, which may be longer than a block.
#[inline(always)]
fn long_squares(values: &[f32]) -> f64 {
    let mut sum = 0.;
    for block in values.chunks(BLOCK) {
        sum += squares(block);
    }
    sum
}

/// Matrices that follow one another, with the averages of their rows and columns.
struct Matrices<'a> {
    rule: &'a AdafactorRule,
    rows: &'a [f32],
    cols: &'a [f32],
    /// Of the rows of each matrix.
    means: &'a [f64],
}

impl Matrices<'_> {
    fn step(&self, values: &mut [f32], gradient: &[f32]) {
        let n_cols = self.n_cols();
        let rows_a_block = rows_a_block(n_cols);
        let block = rows_a_block * n_cols;
        let squares: Vec<[f64; 2]> = (values.par_chunks(block).zip(gradient.par_chunks(block)))
            .enumerate()
            .map(|(i, (values, gradient))| self.squares(i * rows_a_block, values, gradient))
            .collect();
        let squares = squares.into_iter().fold([0.; 2], add);
        let step = self.rule.step(squares, values.len()) as f32;
        let blocks = values.par_chunks_mut(block).zip(gradient.par_chunks(block)).enumerate();
        blocks.for_each(|(i, (values, gradient))| {
            self.update(i * rows_a_block, values, gradient, step);
        });
    }

    /// Sums of squares of some rows of the parameter and of their `u`.
    fn squares(&self, first: usize, values: &[f32], gradient: &[f32]) -> [f64; 2] {
        dispatch(
            #[inline(always)]
            || {
                let mut of_directions = SumOfSquares::new();
                for (i, gradient) in gradient.chunks_exact(self.n_cols()).enumerate() {
                    let (direction, cols) = self.direction(first + i);
                    of_directions.add(
                        [gradient, cols],
                        #[inline(always)]
                        |[g, col]| direction.of(g, col),
                    );
                }
                [long_squares(values), of_directions.sum()]
            },
        )
    }

    fn update(&self, first: usize, values: &mut [f32], gradient: &[f32], step: f32) {
        let keep = self.rule.keep as f32;
        let n_cols = self.n_cols();
        dispatch(
            #[inline(always)]
            || {
                let rows = values.chunks_exact_mut(n_cols).zip(gradient.chunks_exact(n_cols));
                for (i, (values, gradient)) in rows.enumerate() {
                    let (direction, cols) = self.direction(first + i);
                    for ((p, &g), &col) in values.iter_mut().zip(gradient).zip(cols) {
                        *p = *p * keep - step * direction.of(g, col);
                    }
                }
            },
        );
    }

    #[inline(always)]
    fn n_cols(&self) -> usize {
        self.cols.len() / self.means.len()
    }

    /// Of a row of all matrices: the direction, and the averages of its matrix's columns.
    #[inline(always)]
    fn direction(&self, row: usize) -> (Direction, &[f32]) {
        let matrix = row / (self.rows.len() / self.means.len());
        let n_cols = self.n_cols();
        let share = f64::from(self.rows[row]) / self.means[matrix].max(self.rule.epsilon1);
        (Direction::new(self.rule, share), &self.cols[matrix * n_cols..][..n_cols])
    }
}

/// `u` as a function of the gradient and `share` of the second moment.
#[derive(Clone, Copy)]
struct Direction {
    scale: f32,
    share: f32,
    floor: f32,
}

impl Direction {
    #[inline(always)]
    fn new(rule: &AdafactorRule, share: f64) -> Self {
        let floor = (rule.epsilon1 * rule.epsilon1) as f32;
        Self { scale: rule.scale as f32, share: share as f32, floor }
    }

    #[inline(always)]
    fn of(self, g: f32, moment: f32) -> f32 {
        g * self.scale / (self.share * moment).larger(self.floor).sqrt()
    }
}

fn rows_a_block(n_cols: usize) -> usize {
    (BLOCK / n_cols).max(1)
}

fn add(a: [f64; 2], b: [f64; 2]) -> [f64; 2] {
    [a[0] + b[0], a[1] + b[1]]
}
