//! One kernel body for every vector width: a closure is compiled once for each instruction set
//! (AVX-512, AVX2, portable) and the best one that this processor has is called.
//!
//! Kernels are plain loops over slices with separate multiplications and additions, so each
//! instruction set gives the same bits.

/// Runs `kernel` with the widest vectors this processor has.
///
/// The closure must be `#[inline(always)]` (as must all it calls), or it is compiled for the
/// baseline instruction set only.
#[inline]
pub(crate) fn dispatch<R>(kernel: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(kernel)
}

/// `y += a * x`.
#[inline(always)]
pub(crate) fn axpy<T: crate::element::Element>(a: T, x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y += a * x;
    }
}
