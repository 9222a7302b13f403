//! Comparing tensors within a tolerance.

use candle_core::{DType, Device, Tensor};

use crate::error::{Error, Result};

/// Checks that every `actual` is within `atol + rtol * |expected|` of `expected`.
///
/// Values are compared in `f64`, so the tensors may differ in type and device. Equal infinities are
/// close; what is not a number is close to nothing. The error reports the worst element.
///
/// # Errors
/// If the shapes differ or an element is too far off.
pub fn assert_close(
    name: &str,
    actual: &Tensor,
    expected: &Tensor,
    atol: f64,
    rtol: f64,
) -> Result<()> {
    if actual.dims() != expected.dims() {
        return Err(Error::Shape {
            name: name.to_owned(),
            actual: actual.dims().to_vec(),
            expected: expected.dims().to_vec(),
        });
    }
    compare(name, actual.dims(), &to_f64s(actual)?, &to_f64s(expected)?, atol, rtol)
}

/// Compares row-major values of one shape; see [`assert_close`].
pub(crate) fn compare(
    name: &str,
    shape: &[usize],
    actual: &[f64],
    expected: &[f64],
    atol: f64,
    rtol: f64,
) -> Result<()> {
    let mut n_wrong = 0;
    // The place of the worst element and by how much it misses the tolerance.
    let mut worst = (0, f64::NEG_INFINITY);
    for (i, (&a, &e)) in actual.iter().zip(expected).enumerate() {
        let (difference, allowed) = ((a - e).abs(), atol + rtol * e.abs());
        // An infinite expectation would allow anything.
        if a == e || (difference <= allowed && e.is_finite()) {
            continue;
        }
        n_wrong += 1;
        let excess = difference - allowed;
        let excess = if excess.is_nan() { f64::INFINITY } else { excess };
        if excess > worst.1 {
            worst = (i, excess);
        }
    }
    if n_wrong == 0 {
        return Ok(());
    }
    let expected_there = expected[worst.0];
    Err(Error::NotClose {
        name: name.to_owned(),
        index: unravel(worst.0, shape),
        actual: actual[worst.0],
        expected: expected_there,
        allowed: atol + rtol * expected_there.abs(),
        n_wrong,
        n_elements: actual.len(),
    })
}

/// The elements of `tensor` in row-major order.
pub(crate) fn to_f64s(tensor: &Tensor) -> candle_core::Result<Vec<f64>> {
    tensor.to_device(&Device::Cpu)?.to_dtype(DType::F64)?.flatten_all()?.to_vec1()
}

/// The place in `shape` of the element with row-major number `flat`.
pub(crate) fn unravel(mut flat: usize, shape: &[usize]) -> Vec<usize> {
    let mut index = vec![0; shape.len()];
    for (i, &size) in index.iter_mut().zip(shape).rev() {
        *i = flat % size.max(1);
        flat /= size.max(1);
    }
    index
}

#[cfg(test)]
mod tests;
