//! One kernel body for every vector width: a closure is compiled once for each instruction set
//! (AVX-512, AVX2, portable) and the best one that this processor has is called.
//!
//! Kernels are plain loops over slices. Sums go over a fixed number of lanes and fused
//! multiplications are asked for by name, so each instruction set gives the same bits.

use crate::element::Element;

/// Partial results of a reduction: four of the widest vectors of `f32`, which hides the latency of
/// an addition.
const LANES: usize = 64;

/// Runs `kernel` with the widest vectors this processor has.
///
/// The closure must be `#[inline(always)]` (as must all it calls), or it is compiled for the
/// baseline instruction set only.
#[inline]
pub(crate) fn dispatch<R>(kernel: impl FnOnce() -> R) -> R {
    pulp::Arch::new().dispatch(kernel)
}

/// [`dispatch`] for kernels with large bodies that consume nothing they capture.
///
/// To call such a closure once by value the compiler goes through a function of its own, which it
/// does not inline if the body is large: the body is then compiled for the baseline instruction set
/// only. Calling it by reference does without.
#[inline]
pub(crate) fn dispatch_mut<R>(kernel: impl FnMut() -> R) -> R {
    struct ByReference<F>(F);
    impl<R, F: FnMut() -> R> pulp::WithSimd for ByReference<F> {
        type Output = R;

        #[inline(always)]
        fn with_simd<S: pulp::Simd>(mut self, _: S) -> R {
            (self.0)()
        }
    }
    pulp::Arch::new().dispatch(ByReference(kernel))
}

/// `y += a * x`.
#[inline(always)]
pub(crate) fn axpy<T: Element>(a: T, x: &[T], y: &mut [T]) {
    for (y, &x) in y.iter_mut().zip(x) {
        *y = a.fma(x, *y);
    }
}

/// The sum of all elements.
#[inline(always)]
pub(crate) fn sum<T: Element>(x: &[T]) -> T {
    fold(x, T::zero(), |sum, x| sum + x, |a, b| a + b)
}

/// The largest element; `-∞` of none. NaN is passed over.
#[inline(always)]
pub(crate) fn max<T: Element>(x: &[T]) -> T {
    fold(x, T::NEG_INFINITY, |max, x| max.larger(x), |a, b| a.larger(b))
}

/// `Σ x · y`.
#[inline(always)]
pub(crate) fn dot<T: Element>(x: &[T], y: &[T]) -> T {
    let n = x.len().min(y.len());
    let (x, y) = (&x[..n], &y[..n]);
    let mut lanes = [T::zero(); LANES];
    let (x_chunks, x_rest) = x.as_chunks::<LANES>();
    let (y_chunks, y_rest) = y.as_chunks::<LANES>();
    for (x, y) in x_chunks.iter().zip(y_chunks) {
        for i in 0..LANES {
            lanes[i] = x[i].fma(y[i], lanes[i]);
        }
    }
    for (lane, (x, &y)) in lanes.iter_mut().zip(x_rest.iter().zip(y_rest)) {
        *lane = x.fma(y, *lane);
    }
    join(lanes, |a, b| a + b)
}

/// Folds the elements over fixed lanes: `step` takes an element into a lane, `joined` makes one of
/// two lanes.
#[inline(always)]
pub(crate) fn fold<T: Element>(
    x: &[T],
    start: T,
    step: impl Fn(T, T) -> T,
    joined: impl Fn(T, T) -> T,
) -> T {
    let mut lanes = [start; LANES];
    let (chunks, rest) = x.as_chunks::<LANES>();
    for chunk in chunks {
        for i in 0..LANES {
            lanes[i] = step(lanes[i], chunk[i]);
        }
    }
    for (lane, &x) in lanes.iter_mut().zip(rest) {
        *lane = step(*lane, x);
    }
    join(lanes, joined)
}

#[inline(always)]
fn join<T: Element>(mut lanes: [T; LANES], joined: impl Fn(T, T) -> T) -> T {
    let mut half = LANES / 2;
    while half > 0 {
        for i in 0..half {
            lanes[i] = joined(lanes[i], lanes[i + half]);
        }
        half /= 2;
    }
    lanes[0]
}

#[cfg(test)]
mod tests;
