//! A loss of each pair of elements, and its gradients, in one pass each way.

use candle_core::{CpuStorage, CustomOp2, Layout, Result, Shape, Tensor};
use rayon::prelude::*;

use super::expect_pair;
use crate::element::{Element, contiguous, elements, for_dtype, has_kernel, result, with_elements};
use crate::reduction::Reduction;
use crate::simd::{dispatch, sum};

/// Elements that one task takes: fixed, so that sums do not depend on the threads.
const BLOCK: usize = 1 << 12;

/// A loss of pairs of numbers. `factors` belong to the pair and get no gradient; 1 without.
/// All methods must be `#[inline(always)]`.
pub(super) trait Pointwise<T>: Sync {
    fn loss(&self, x: T, y: T, factors: [T; 2]) -> T;
    fn dx(&self, x: T, y: T, factors: [T; 2]) -> T;
    fn dy(&self, x: T, y: T, factors: [T; 2]) -> T;
}

/// A loss that has kernels, and is composed of candle's operations elsewhere.
pub(super) trait Loss: Pointwise<f32> + Pointwise<f64> + Copy + Send + 'static {
    const NAME: &'static str;

    /// The loss of each pair.
    fn composed(&self, x: &Tensor, y: &Tensor, factors: Option<&[Tensor; 2]>) -> Result<Tensor>;
}

/// The loss of operands of one shape, which the factors have too.
pub(super) fn apply<L: Loss>(
    loss: L,
    x: &Tensor,
    y: &Tensor,
    factors: Option<[Tensor; 2]>,
    reduction: Reduction,
) -> Result<Tensor> {
    expect_pair(L::NAME, x, y)?;
    if has_kernel(x) {
        x.contiguous()?.apply_op2(&y.contiguous()?, Pairs { loss, factors, reduction })
    } else {
        composed(&loss, x, y, factors.as_ref(), reduction)
    }
}

pub(super) fn composed<L: Loss>(
    loss: &L,
    x: &Tensor,
    y: &Tensor,
    factors: Option<&[Tensor; 2]>,
    reduction: Reduction,
) -> Result<Tensor> {
    reduction.composed(&loss.composed(x, y, factors)?, x.elem_count() as f64)
}

struct Pairs<L> {
    loss: L,
    /// Contiguous.
    factors: Option<[Tensor; 2]>,
    reduction: Reduction,
}

impl<L: Loss> CustomOp2 for Pairs<L> {
    fn name(&self) -> &'static str {
        L::NAME
    }

    fn cpu_fwd(
        &self,
        x: &CpuStorage,
        x_layout: &Layout,
        y: &CpuStorage,
        y_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let loss = self.loss;
        for_dtype!(L::NAME, x.dtype(), T => {
            let x: &[T] = contiguous(L::NAME, x, x_layout)?;
            let y: &[T] = contiguous(L::NAME, y, y_layout)?;
            self.with_factors(|factors| {
                let operands = Operands { x, y, factors };
                Ok(if self.reduction == Reduction::None {
                    let losses = operands.map(
                        #[inline(always)]
                        move |x, y, f| loss.loss(x, y, f),
                    );
                    result(losses, x_layout.shape())
                } else {
                    let total = operands.total(
                        #[inline(always)]
                        move |x, y, f| loss.loss(x, y, f),
                    );
                    let scale = self.reduction.scale(x.len() as f64);
                    result(vec![T::from_f64(total * scale)], ())
                })
            })
        })
    }

    fn bwd(
        &self,
        x: &Tensor,
        y: &Tensor,
        _: &Tensor,
        upstream: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let loss = self.loss;
        for_dtype!(L::NAME, x.dtype(), T => with_elements(L::NAME, upstream, |upstream: &[T]| {
            let (x_values, y_values) = (elements::<T>(L::NAME, x)?, elements::<T>(L::NAME, y)?);
            let scale = self.reduction.scale(x_values.len() as f64);
            let upstream = match (self.reduction, upstream.first()) {
                (Reduction::None, _) | (_, None) => Upstream::Each(upstream),
                (_, Some(g)) => Upstream::All(T::from_f64(g.to_f64() * scale)),
            };
            let tensor = |values: Vec<T>| Tensor::from_vec(values, x.shape(), x.device());
            self.with_factors(|factors| {
                let operands = Operands { x: &x_values, y: &y_values, factors };
                let dx = x.track_op().then(|| {
                    tensor(operands.gradient(
                        upstream,
                        #[inline(always)]
                        move |x, y, f| loss.dx(x, y, f),
                    ))
                });
                let dy = y.track_op().then(|| {
                    tensor(operands.gradient(
                        upstream,
                        #[inline(always)]
                        move |x, y, f| loss.dy(x, y, f),
                    ))
                });
                Ok((dx.transpose()?, dy.transpose()?))
            })
        }))
    }
}

impl<L: Loss> Pairs<L> {
    fn with_factors<T: Element, R>(
        &self,
        body: impl FnOnce(Option<[&[T]; 2]>) -> Result<R>,
    ) -> Result<R> {
        let Some([a, b]) = &self.factors else { return body(None) };
        let (a, b) = (elements::<T>(L::NAME, a)?, elements::<T>(L::NAME, b)?);
        body(Some([&a, &b]))
    }
}

/// The gradient of the losses: one number each, or one for all.
#[derive(Clone, Copy)]
enum Upstream<'a, T> {
    Each(&'a [T]),
    All(T),
}

/// Elements of one length.
struct Operands<'a, T> {
    x: &'a [T],
    y: &'a [T],
    factors: Option<[&'a [T]; 2]>,
}

impl<T: Element> Operands<'_, T> {
    fn block(&self, block: usize) -> Self {
        let range = block * BLOCK..((block + 1) * BLOCK).min(self.x.len());
        Self {
            x: &self.x[range.clone()],
            y: &self.y[range.clone()],
            factors: self.factors.map(|factors| factors.map(|f| &f[range.clone()])),
        }
    }

    /// Takes the function by value: what it holds can then not change while `out` is written, and
    /// stays in registers.
    #[inline(always)]
    fn write(&self, f: impl Fn(T, T, [T; 2]) -> T, out: &mut [T]) {
        let pairs = out.iter_mut().zip(self.x).zip(self.y);
        match self.factors {
            None => {
                for ((out, &x), &y) in pairs {
                    *out = f(x, y, [T::one(); 2]);
                }
            }
            Some([a, b]) => {
                for (((out, &x), &y), (&a, &b)) in pairs.zip(a.iter().zip(b)) {
                    *out = f(x, y, [a, b]);
                }
            }
        }
    }

    fn map(&self, f: impl Fn(T, T, [T; 2]) -> T + Copy + Sync) -> Vec<T> {
        let mut out = vec![T::zero(); self.x.len()];
        out.par_chunks_mut(BLOCK).enumerate().for_each(|(block, out)| {
            let operands = self.block(block);
            dispatch(
                #[inline(always)]
                || operands.write(f, out),
            );
        });
        out
    }

    /// The sum over blocks, in order.
    fn total(&self, f: impl Fn(T, T, [T; 2]) -> T + Copy + Sync) -> f64 {
        let blocks = (0..self.x.len().div_ceil(BLOCK)).into_par_iter();
        let sums = blocks.map_init(
            || vec![T::zero(); BLOCK],
            |losses, block| {
                let operands = self.block(block);
                let losses = &mut losses[..operands.x.len()];
                dispatch(
                    #[inline(always)]
                    || {
                        operands.write(f, losses);
                        sum(losses).to_f64()
                    },
                )
            },
        );
        sums.collect::<Vec<f64>>().iter().sum()
    }

    fn gradient(
        &self,
        upstream: Upstream<'_, T>,
        f: impl Fn(T, T, [T; 2]) -> T + Copy + Sync,
    ) -> Vec<T> {
        let mut out = vec![T::zero(); self.x.len()];
        out.par_chunks_mut(BLOCK).enumerate().for_each(|(block, out)| {
            let operands = self.block(block);
            dispatch(
                #[inline(always)]
                || {
                    operands.write(f, out);
                    match upstream {
                        Upstream::All(g) => {
                            for out in out.iter_mut() {
                                *out *= g;
                            }
                        }
                        Upstream::Each(upstream) => {
                            for (out, &g) in out.iter_mut().zip(&upstream[block * BLOCK..]) {
                                *out *= g;
                            }
                        }
                    }
                },
            );
        });
        out
    }
}
