//! Long short-term memory.

use super::{Kept, blocks, load, load_columns, logistic_slope, store, store_columns, tanh_slope};
use crate::element::Element;

#[inline(always)]
pub(super) fn forward<T: Element>(row: &mut [T], bias: &[T], h: &mut [T], c: &mut [T]) {
    let n = h.len();
    blocks(
        n,
        #[inline(always)]
        |block| {
            let mut gates = load_columns(row, n, &block);
            let biases = load_columns(bias, n, &block);
            let mut cells = load(c, &block);
            let mut outputs = cells;
            for at in 0..outputs.len() {
                let i = (gates[0][at] + biases[0][at]).sigmoid();
                let f = (gates[1][at] + biases[1][at]).sigmoid();
                let g = (gates[2][at] + biases[2][at]).tanh();
                let o = (gates[3][at] + biases[3][at]).sigmoid();
                let cell = f.fma(cells[at], i * g);
                outputs[at] = o * cell.tanh();
                cells[at] = cell;
                gates[0][at] = i;
                gates[1][at] = f;
                gates[2][at] = g;
                gates[3][at] = o;
            }
            store_columns(row, n, &block, &gates);
            store(c, &block, &cells);
            store(h, &block, &outputs);
        },
    );
}

#[inline(always)]
pub(super) fn backward<T: Element>(
    kept: &Kept<'_, T>,
    row: &mut [T],
    d_h: &mut [T],
    d_c: &mut [T],
) {
    let n = d_h.len();
    blocks(
        n,
        #[inline(always)]
        |block| {
            let mut gates = load_columns(row, n, &block);
            let (cells, before) = (load(kept.c, &block), load(kept.previous_c, &block));
            let (d_outputs, mut d_cells) = (load(d_h, &block), load(d_c, &block));
            for at in 0..cells.len() {
                let [i, f, g, o] = [gates[0][at], gates[1][at], gates[2][at], gates[3][at]];
                let squashed = cells[at].tanh();
                let d_output = d_outputs[at];
                let d_cell = (d_output * o).fma(tanh_slope(squashed), d_cells[at]);
                gates[0][at] = d_cell * g * logistic_slope(i);
                gates[1][at] = d_cell * before[at] * logistic_slope(f);
                gates[2][at] = d_cell * i * tanh_slope(g);
                gates[3][at] = d_output * squashed * logistic_slope(o);
                d_cells[at] = d_cell * f;
            }
            store_columns(row, n, &block, &gates);
            store(d_c, &block, &d_cells);
        },
    );
    // The output before reaches the step by the product alone.
    d_h.fill(T::zero());
}
