//! A function of the sum of both products.

use super::{blocks, load, store};
use crate::element::Element;

#[inline(always)]
pub(super) fn forward<T: Element>(
    row: &mut [T],
    bias: &[T],
    h: &mut [T],
    function: impl Fn(T) -> T,
) {
    blocks(
        h.len(),
        #[inline(always)]
        |block| {
            let mut values = load(row, &block);
            let biases = load(bias, &block);
            for (value, bias) in values.iter_mut().zip(biases) {
                *value = function(*value + bias);
            }
            store(row, &block, &values);
            store(h, &block, &values);
        },
    );
}

/// `slope` is the derivative by the function's value.
#[inline(always)]
pub(super) fn backward<T: Element>(row: &mut [T], d_h: &mut [T], slope: impl Fn(T) -> T) {
    blocks(
        d_h.len(),
        #[inline(always)]
        |block| {
            let mut gradients = load(d_h, &block);
            for (gradient, value) in gradients.iter_mut().zip(load(row, &block)) {
                *gradient *= slope(value);
            }
            store(row, &block, &gradients);
        },
    );
    d_h.fill(T::zero());
}
