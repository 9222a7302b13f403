//! One token of each row.

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, Tensor};

use crate::element::{Element, contiguous, for_dtype, result, with_elements};
use crate::offsets::Offsets;

/// Which token of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    Last,
}

impl Place {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::First => "first_of_each",
            Self::Last => "last_of_each",
        }
    }

    /// The token of each row; none of a row without tokens.
    pub(super) fn tokens(self, offsets: &Offsets) -> impl Iterator<Item = Option<usize>> + '_ {
        offsets.iter().map(move |mut row| match self {
            Self::First => row.next(),
            Self::Last => row.next_back(),
        })
    }
}

pub(super) struct Pick {
    pub(super) offsets: Offsets,
    pub(super) place: Place,
}

impl Pick {
    fn forward<T: Element>(&self, x: &[T], dim: usize) -> Vec<T> {
        let mut out = Vec::with_capacity(self.offsets.n_rows() * dim);
        for token in self.place.tokens(&self.offsets) {
            match token {
                Some(token) => out.extend_from_slice(&x[token * dim..][..dim]),
                None => out.resize(out.len() + dim, T::zero()),
            }
        }
        out
    }

    fn backward<T: Element>(&self, gradient: &[T], dim: usize) -> Vec<T> {
        let mut out = vec![T::zero(); self.offsets.n_tokens() * dim];
        for (row, token) in self.place.tokens(&self.offsets).enumerate() {
            if let Some(token) = token {
                out[token * dim..][..dim].copy_from_slice(&gradient[row * dim..][..dim]);
            }
        }
        out
    }
}

impl CustomOp1 for Pick {
    fn name(&self) -> &'static str {
        self.place.name()
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let dim = layout.dims()[1];
        for_dtype!(self.name(), storage.dtype(), T => {
            let x: &[T] = contiguous(self.name(), storage, layout)?;
            Ok(result(self.forward(x, dim), (self.offsets.n_rows(), dim)))
        })
    }

    fn bwd(&self, x: &Tensor, _: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        for_dtype!(self.name(), x.dtype(), T => {
            with_elements(self.name(), gradient, |gradient: &[T]| {
                Tensor::from_vec(self.backward(gradient, x.dim(1)?), x.shape(), x.device()).map(Some)
            })
        })
    }
}
