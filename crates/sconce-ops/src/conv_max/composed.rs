//! The same function by candle's own operations, for devices without a kernel here.

use candle_core::{Result, Tensor};

use super::Bank;

/// Stands for minus infinity where a sentence has fewer windows than another: a finite number,
/// since infinities turn into NaN when they meet zero.
const ABSENT: f32 = -1e30;

impl Bank {
    pub(super) fn composed(&self, x: &Tensor, w: &Tensor, b: &Tensor) -> Result<Tensor> {
        // Row `n_tokens` is the padding.
        let zeros = Tensor::zeros((1, self.dim), x.dtype(), x.device())?;
        let padded = Tensor::cat(&[x, &zeros], 0)?;
        let pooled = self.convolutions().enumerate().map(|(i, (first_tap, width))| {
            let w = w.narrow(0, first_tap, width)?;
            let b = b.narrow(0, i * self.n_filters, self.n_filters)?;
            self.composed_width(&padded, &w, &b, width)
        });
        Tensor::cat(&pooled.collect::<Result<Vec<_>>>()?, 1)
    }

    /// # Shapes
    /// - padded: `(n_tokens + 1, dim)`; w: `(width, n_filters, dim)`; b: `(n_filters,)`
    /// - output: `(batch, n_filters)`
    fn composed_width(
        &self,
        padded: &Tensor,
        w: &Tensor,
        b: &Tensor,
        width: usize,
    ) -> Result<Tensor> {
        let (batch, n_filters) = (self.offsets.n_rows(), self.n_filters);
        let longest = self.offsets.iter().map(|row| row.len()).max().unwrap_or(0);
        let n_windows = longest + width - 1;
        let n_windows = n_windows.max(1);
        let (tokens, absent) = self.windows(width, n_windows);
        let tokens = Tensor::new(tokens, padded.device())?;
        let absent = Tensor::from_vec(absent, (batch, n_windows, 1), padded.device())?;
        let windows =
            padded.index_select(&tokens, 0)?.reshape((batch * n_windows, width * self.dim))?;
        // (width, n_filters, dim) -> (width * dim, n_filters)
        let w = w.transpose(1, 2)?.contiguous()?.reshape((width * self.dim, n_filters))?;
        let sums = windows.matmul(&w)?.broadcast_add(b)?.reshape((batch, n_windows, n_filters))?;
        let sums = sums.broadcast_add(&absent.to_dtype(sums.dtype())?)?;
        // candle gives each of several equal maxima the whole gradient; picking one does not.
        let winner = sums.detach().argmax_keepdim(1)?.contiguous()?;
        let pooled = sums.gather(&winner, 1)?.squeeze(1)?; // (batch, n_filters)
        // candle's `relu` has gradient 1 at 0; this product has 0 there, as PyTorch's.
        let active = pooled.gt(0f64)?.to_dtype(pooled.dtype())?;
        pooled * active
    }

    /// The token of each place of each window, and what is added to windows that do not exist.
    fn windows(&self, width: usize, n_windows: usize) -> (Vec<u32>, Vec<f32>) {
        let padding = self.offsets.n_tokens();
        let mut tokens = Vec::with_capacity(self.offsets.n_rows() * n_windows * width);
        let mut absent = Vec::with_capacity(self.offsets.n_rows() * n_windows);
        for sentence in self.offsets.iter() {
            let exist = if sentence.is_empty() { 1 } else { sentence.len() + width - 1 };
            for window in 0..n_windows {
                absent.push(if window < exist { 0. } else { ABSENT });
                tokens.extend((0..width).map(|j| {
                    let token = (sentence.start + window + j).checked_sub(width - 1);
                    token.filter(|token| sentence.contains(token)).unwrap_or(padding) as u32
                }));
            }
        }
        (tokens, absent)
    }
}
