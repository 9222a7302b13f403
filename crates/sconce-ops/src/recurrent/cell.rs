//! The cells: what a time step does to one row of products, forward and backward.
//!
//! Each token has a row of *columns*, `hidden` elements each. Before the step they hold the products
//! of input and state with the weights, after it what the backward pass needs of them:
//! - LSTM: the gates i, f, g, o;
//! - GRU: `n_x`, r, z, `n_h`, where the state's product falls on the last three; n replaces `n_x`;
//! - the others: h.

use std::ops::Range;

use super::config::RecurrentKind;
use crate::element::Element;

mod gru;
mod lstm;
mod plain;

/// Units that are computed together: a vector or a few.
const BLOCK: usize = 16;

/// Gates of a weight's rows and the columns they stand in.
pub(super) struct Placed {
    /// First gate in the weight.
    pub(super) gate: usize,
    /// Number of gates.
    pub(super) n: usize,
    /// First column.
    pub(super) column: usize,
}

impl RecurrentKind {
    /// Columns of a token.
    pub(super) fn n_columns(self) -> usize {
        match self {
            Self::Lstm | Self::Gru => 4,
            Self::Tanh | Self::Relu => 1,
        }
    }

    /// The first column that the state's product is added to; all after it are too.
    pub(super) fn first_recurrent(self) -> usize {
        usize::from(self == Self::Gru)
    }

    /// Where the input's products go.
    pub(super) fn of_input(self) -> &'static [Placed] {
        match self {
            Self::Lstm => &[Placed { gate: 0, n: 4, column: 0 }],
            Self::Gru => {
                &[Placed { gate: 0, n: 2, column: 1 }, Placed { gate: 2, n: 1, column: 0 }]
            }
            Self::Tanh | Self::Relu => &[Placed { gate: 0, n: 1, column: 0 }],
        }
    }

    /// One step: reads and writes the states of one sentence and its token's row.
    #[inline(always)]
    pub(super) fn forward<T: Element>(self, row: &mut [T], bias: &[T], h: &mut [T], c: &mut [T]) {
        match self {
            Self::Lstm => lstm::forward(row, bias, h, c),
            Self::Gru => gru::forward(row, bias, h),
            Self::Tanh => plain::forward(row, bias, h, |x: T| x.tanh()),
            Self::Relu => {
                plain::forward(row, bias, h, |x: T| if x < T::zero() { T::zero() } else { x })
            }
        }
    }

    /// One step back: `d_h` and `d_c`, the gradients of the states after the step, become what
    /// reaches the states before it by other ways than the product, and `row` the gradients of
    /// the products.
    #[inline(always)]
    pub(super) fn backward<T: Element>(
        self,
        kept: &Kept<'_, T>,
        row: &mut [T],
        d_h: &mut [T],
        d_c: &mut [T],
    ) {
        match self {
            Self::Lstm => lstm::backward(kept, row, d_h, d_c),
            Self::Gru => gru::backward(kept, row, d_h),
            Self::Tanh => plain::backward(row, d_h, |h: T| T::one() - h * h),
            Self::Relu => {
                plain::backward(row, d_h, |h: T| if h > T::zero() { T::one() } else { T::zero() })
            }
        }
    }
}

/// What a step left for its backward pass beside the token's row.
#[derive(Clone, Copy)]
pub(super) struct Kept<'a, T> {
    /// The cell's state after the step; empty if the kind has none.
    pub(super) c: &'a [T],
    /// The states before the step.
    pub(super) previous_h: &'a [T],
    pub(super) previous_c: &'a [T],
}

/// `body` for each block of units, the last of which may be shorter.
#[inline(always)]
fn blocks(n: usize, mut body: impl FnMut(Range<usize>)) {
    let whole = n - n % BLOCK;
    for first in (0..whole).step_by(BLOCK) {
        body(first..first + BLOCK);
    }
    if whole < n {
        body(whole..n);
    }
}

/// A block of a slice on the stack, where a loop over several of them vectorizes.
#[inline(always)]
fn load<T: Element>(values: &[T], block: &Range<usize>) -> [T; BLOCK] {
    let mut out = [T::zero(); BLOCK];
    out[..block.len()].copy_from_slice(&values[block.clone()]);
    out
}

#[inline(always)]
fn store<T: Element>(values: &mut [T], block: &Range<usize>, from: &[T; BLOCK]) {
    values[block.clone()].copy_from_slice(&from[..block.len()]);
}

/// A block of each of the four columns of a row.
#[inline(always)]
fn load_columns<T: Element>(row: &[T], n: usize, block: &Range<usize>) -> [[T; BLOCK]; 4] {
    let mut out = [[T::zero(); BLOCK]; 4];
    for (column, out) in out.iter_mut().enumerate() {
        *out = load(&row[column * n..(column + 1) * n], block);
    }
    out
}

#[inline(always)]
fn store_columns<T: Element>(
    row: &mut [T],
    n: usize,
    block: &Range<usize>,
    from: &[[T; BLOCK]; 4],
) {
    for (column, from) in from.iter().enumerate() {
        store(&mut row[column * n..(column + 1) * n], block, from);
    }
}

/// `x (1 - x)`: the derivative of the logistic function by its value.
#[inline(always)]
fn logistic_slope<T: Element>(x: T) -> T {
    x * (T::one() - x)
}

/// `1 - x²`: the derivative of the hyperbolic tangent by its value.
#[inline(always)]
fn tanh_slope<T: Element>(x: T) -> T {
    (T::one() - x) * (T::one() + x)
}
