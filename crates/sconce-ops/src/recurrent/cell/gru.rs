//! Gated recurrent unit.

use super::{Kept, blocks, load, load_columns, logistic_slope, store, store_columns, tanh_slope};
use crate::element::Element;

#[inline(always)]
pub(super) fn forward<T: Element>(row: &mut [T], bias: &[T], h: &mut [T]) {
    let n = h.len();
    blocks(
        n,
        #[inline(always)]
        |block| {
            let mut columns = load_columns(row, n, &block);
            let biases = load_columns(bias, n, &block);
            let mut states = load(h, &block);
            for at in 0..states.len() {
                let r = (columns[1][at] + biases[1][at]).sigmoid();
                let z = (columns[2][at] + biases[2][at]).sigmoid();
                let of_state = columns[3][at] + biases[3][at];
                let candidate = r.fma(of_state, columns[0][at] + biases[0][at]).tanh();
                states[at] = z.fma(states[at] - candidate, candidate);
                columns[0][at] = candidate;
                columns[1][at] = r;
                columns[2][at] = z;
                columns[3][at] = of_state;
            }
            store_columns(row, n, &block, &columns);
            store(h, &block, &states);
        },
    );
}

#[inline(always)]
pub(super) fn backward<T: Element>(kept: &Kept<'_, T>, row: &mut [T], d_h: &mut [T]) {
    let n = d_h.len();
    blocks(
        n,
        #[inline(always)]
        |block| {
            let mut columns = load_columns(row, n, &block);
            let before = load(kept.previous_h, &block);
            let mut d_states = load(d_h, &block);
            for at in 0..d_states.len() {
                let [candidate, r, z, of_state] =
                    [columns[0][at], columns[1][at], columns[2][at], columns[3][at]];
                let d_state = d_states[at];
                let d_candidate = d_state * (T::one() - z) * tanh_slope(candidate);
                columns[0][at] = d_candidate;
                columns[1][at] = d_candidate * of_state * logistic_slope(r);
                columns[2][at] = d_state * (before[at] - candidate) * logistic_slope(z);
                columns[3][at] = d_candidate * r;
                d_states[at] = d_state * z;
            }
            store_columns(row, n, &block, &columns);
            store(d_h, &block, &d_states);
        },
    );
}
