//! Keys and values of the tokens so far, for decoding: each step computes those of its new tokens
//! alone.

use candle_core::{DType, Device, Result, Tensor, bail};

use crate::attention::{Attention, Heads, KeyValue, Plan, Product, attend_untracked, attention};
use crate::element::{elements, for_dtype, has_kernel, with_elements};
use crate::mode::Mode;
use crate::offsets::Offsets;

const NAME: &str = "kv_cache";

/// Tokens that a sequence has room for at first.
const FIRST_CAPACITY: usize = 16;

/// Keys and values of one layer, for some sequences of different lengths.
///
/// Room is taken twofold whenever it runs out, so a token costs the same on average however long the
/// sequence is. Attention reads the keys where they lie, head after head: a step of decoding runs at
/// the speed of memory. Nothing here is differentiable, and tracked tensors are refused.
///
/// ```
/// use candle_core::{DType, Device, Tensor};
/// use sconce_ops::{Attention, KvCache, Offsets};
///
/// # fn main() -> candle_core::Result<()> {
/// let options = Attention { is_causal: true, ..Attention::new(2) };
/// let mut cache = KvCache::new(2, 2, 4, DType::F32, &Device::Cpu);
/// // A prompt of three tokens beside one of one token, then a token for each.
/// for lengths in [[3, 1], [1, 1]] {
///     let new = Offsets::from_lengths(lengths);
///     let positions = cache.next_positions(&new)?; // for the embeddings
///     let x = Tensor::ones((positions.len(), 8), DType::F32, &Device::Cpu)?;
///     cache.append(&x, &x, &new)?;
///     assert_eq!(cache.attend(&x, &new, &options)?.dims(), [positions.len(), 8]);
/// }
/// assert_eq!(cache.lengths(), [4, 2]);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct KvCache {
    n_kv_heads: usize,
    head_dim: usize,
    dtype: DType,
    device: Device,
    sequences: Vec<Sequence>,
}

/// The tokens of one sequence.
#[derive(Debug, Default)]
struct Sequence {
    /// Keys and values `(n_kv_heads, capacity, head_dim)`, of which the first `length` tokens count.
    /// They are written in place, so no two sequences may share them.
    storage: Option<[Tensor; 2]>,
    length: usize,
}

impl Sequence {
    fn capacity(&self) -> usize {
        self.storage.as_ref().map_or(0, |[k, _]| k.dims()[1])
    }

    /// The same tokens in tensors of this shape.
    fn copy(&self, shape: [usize; 3], dtype: DType, device: &Device) -> Result<Self> {
        let new = || Tensor::zeros(&shape, dtype, device);
        let storage = [new()?, new()?];
        if let Some(old) = self.storage.as_ref().filter(|_| self.length > 0) {
            for (new, old) in storage.iter().zip(old) {
                new.slice_set(&old.narrow(1, 0, self.length)?.contiguous()?, 1, 0)?;
            }
        }
        Ok(Self { storage: Some(storage), length: self.length })
    }
}

impl KvCache {
    /// No tokens yet, for so many sequences.
    pub fn new(
        n_sequences: usize,
        n_kv_heads: usize,
        head_dim: usize,
        dtype: DType,
        device: &Device,
    ) -> Self {
        let device = device.clone();
        let mut cache = Self { n_kv_heads, head_dim, dtype, device, sequences: Vec::new() };
        cache.reset(n_sequences);
        cache
    }

    /// Forgets everything and takes so many new sequences.
    pub fn reset(&mut self, n_sequences: usize) {
        self.sequences.clear();
        self.sequences.resize_with(n_sequences, Sequence::default);
    }

    /// Number of sequences.
    pub fn n_sequences(&self) -> usize {
        self.sequences.len()
    }

    /// Tokens of each sequence.
    pub fn lengths(&self) -> Vec<usize> {
        self.sequences.iter().map(|sequence| sequence.length).collect()
    }

    /// The positions that new tokens will have: those after each sequence's last.
    ///
    /// # Errors
    /// If the offsets are of another number of sequences.
    pub fn next_positions(&self, offsets: &Offsets) -> Result<Vec<u32>> {
        self.expect_rows(offsets)?;
        let new = self.sequences.iter().zip(offsets.iter());
        Ok(new
            .flat_map(|(sequence, tokens)| (0..tokens.len()).map(|i| (sequence.length + i) as u32))
            .collect())
    }

    /// Appends the keys and values of new tokens to each sequence.
    ///
    /// # Shapes
    /// - k, v: `(n_tokens, n_kv_heads * head_dim)`
    ///
    /// # Errors
    /// If the shapes, the type or the offsets do not fit, or a tensor is tracked. The cache is as it
    /// was then.
    pub fn append(&mut self, k: &Tensor, v: &Tensor, offsets: &Offsets) -> Result<()> {
        self.expect_rows(offsets)?;
        for tensor in [k, v] {
            let (n_tokens, width) = tensor.dims2()?;
            offsets.expect_tokens(NAME, n_tokens)?;
            if width != self.n_kv_heads * self.head_dim || tensor.dtype() != self.dtype {
                bail!(
                    "{NAME}: {} heads of {} in {:?} are kept, got width {width} in {:?}",
                    self.n_kv_heads,
                    self.head_dim,
                    self.dtype,
                    tensor.dtype()
                );
            }
            expect_untracked(tensor)?;
        }
        let (n_kv_heads, head_dim) = (self.n_kv_heads, self.head_dim);
        for (sequence, tokens) in self.sequences.iter_mut().zip(offsets.iter()) {
            if tokens.is_empty() {
                continue;
            }
            let length = sequence.length + tokens.len();
            let heads = |tensor: &Tensor| {
                let rows = tensor.narrow(0, tokens.start, tokens.len())?;
                let rows = rows.contiguous()?.reshape((tokens.len(), n_kv_heads, head_dim))?;
                rows.transpose(0, 1)?.contiguous()
            };
            let new = [heads(k)?, heads(v)?];
            if length > sequence.capacity() {
                let capacity = length.max(2 * sequence.capacity()).max(FIRST_CAPACITY);
                let shape = [n_kv_heads, capacity, head_dim];
                *sequence = sequence.copy(shape, self.dtype, &self.device)?;
            }
            for (kept, new) in sequence.storage.iter().flatten().zip(&new) {
                kept.slice_set(new, 1, sequence.length)?;
            }
            sequence.length = length;
        }
        Ok(())
    }

    /// Attention of queries, the latest of each sequence, over its keys and values: what
    /// [`attention`] gives for them in evaluation.
    ///
    /// # Shapes
    /// - q: `(n_q_tokens, n_heads * head_dim)`
    /// - output: as q
    ///
    /// # Errors
    /// If the shapes or the options do not fit, or a tensor is tracked.
    pub fn attend(&self, q: &Tensor, offsets: &Offsets, options: &Attention) -> Result<Tensor> {
        self.expect_rows(offsets)?;
        let (n_tokens, width) = q.dims2()?;
        offsets.expect_tokens(NAME, n_tokens)?;
        let head_dim = self.head_dim;
        if options.n_kv_heads != self.n_kv_heads || width != options.n_heads * head_dim {
            bail!(
                "{NAME}: {} heads of {head_dim} are kept, attention has {} and {} for queries of width {width}",
                self.n_kv_heads,
                options.n_kv_heads,
                options.n_heads
            );
        }
        if q.dtype() != self.dtype {
            bail!("{NAME}: {:?} is kept, queries are {:?}", self.dtype, q.dtype());
        }
        for tensor in [Some(q), options.bias.table()].into_iter().flatten() {
            expect_untracked(tensor)?;
        }
        if !has_kernel(q) {
            let (k, v, k_offsets) = self.packed()?;
            return attention(q, &k, &v, offsets, &k_offsets, options, Mode::Eval);
        }
        let plan = Plan::new(NAME, options, width, offsets, Mode::Eval)?;
        for_dtype!(NAME, self.dtype, T => {
            let out = with_elements(NAME, q, |q: &[T]| match options.bias.table() {
                Some(table) => {
                    with_elements(NAME, table, |table: &[T]| self.attend_kernel(&plan, q, table))
                }
                None => self.attend_kernel(&plan, q, &[]),
            })?;
            Tensor::from_vec(out, q.shape(), q.device())
        })
    }

    fn attend_kernel<T: Product>(&self, plan: &Plan, q: &[T], table: &[T]) -> Result<Vec<T>> {
        let locks = self.sequences.iter().map(|sequence| {
            let tensors = sequence.storage.iter().flatten();
            tensors.map(|tensor| elements::<T>(NAME, tensor)).collect::<Result<Vec<_>>>()
        });
        let locks = locks.collect::<Result<Vec<_>>>()?;
        let kv = self.sequences.iter().zip(&locks).map(|(sequence, locks)| {
            let heads = |which: usize| Heads {
                data: locks.get(which).map_or(&[][..], |lock| lock),
                row_stride: self.head_dim,
                head_stride: sequence.capacity() * self.head_dim,
                head_dim: self.head_dim,
            };
            KeyValue { k: heads(0), v: heads(1), n: sequence.length }
        });
        Ok(attend_untracked(plan, q, kv.collect(), table))
    }

    /// A copy of all keys and values, packed, with the boundaries of the sequences.
    ///
    /// # Shapes
    /// - outputs: `(n_tokens, n_kv_heads * head_dim)`, twice
    ///
    /// # Errors
    /// If a copy fails.
    pub fn packed(&self) -> Result<(Tensor, Tensor, Offsets)> {
        let offsets = Offsets::from_lengths(self.lengths());
        let width = self.n_kv_heads * self.head_dim;
        let joined = |which: usize| {
            let used = self.sequences.iter().filter(|sequence| sequence.length > 0);
            let rows = used.filter_map(|sequence| {
                let heads = &sequence.storage.as_ref()?[which];
                Some(heads.narrow(1, 0, sequence.length).and_then(|heads| {
                    heads.transpose(0, 1)?.contiguous()?.reshape((sequence.length, width))
                }))
            });
            let rows = rows.collect::<Result<Vec<_>>>()?;
            match rows.is_empty() {
                true => Tensor::zeros((0, width), self.dtype, &self.device),
                false => Tensor::cat(&rows, 0),
            }
        };
        Ok((joined(0)?, joined(1)?, offsets))
    }

    /// Forgets the tokens of a sequence from `length` on, as if they had never been; nothing if it is
    /// no longer than that.
    ///
    /// # Errors
    /// If there is no such sequence.
    pub fn truncate(&mut self, sequence: usize, length: usize) -> Result<()> {
        let n = self.n_sequences();
        let Some(sequence) = self.sequences.get_mut(sequence) else {
            bail!("{NAME}: there is no sequence {sequence} of {n}");
        };
        sequence.length = sequence.length.min(length);
        Ok(())
    }

    /// Makes sequence `order[i]` of before the new sequence `i`: which hypotheses a beam search goes
    /// on with, once, several times or not at all; which sentences are not finished yet.
    ///
    /// # Errors
    /// If there is no such sequence. The cache is as it was then.
    pub fn reorder(&mut self, order: &[usize]) -> Result<()> {
        let n = self.n_sequences();
        if let Some(sequence) = order.iter().find(|&&sequence| sequence >= n) {
            bail!("{NAME}: there is no sequence {sequence} of {n}");
        }
        let mut is_last = vec![false; order.len()];
        let mut seen = vec![false; n];
        for (i, &sequence) in order.iter().enumerate().rev() {
            is_last[i] = !seen[sequence];
            seen[sequence] = true;
        }
        // Copies first: what is taken is gone.
        let mut copies = Vec::with_capacity(order.len());
        for (&from, &is_last) in order.iter().zip(&is_last) {
            let from = &self.sequences[from];
            let is_copied = !is_last && from.length > 0;
            let shape = [self.n_kv_heads, from.capacity(), self.head_dim];
            let copy = || from.copy(shape, self.dtype, &self.device);
            copies.push(if is_copied { Some(copy()?) } else { None });
        }
        let new = order.iter().zip(copies).map(|(&from, copy)| match copy {
            Some(copy) => copy,
            None => std::mem::take(&mut self.sequences[from]),
        });
        self.sequences = new.collect();
        Ok(())
    }

    fn expect_rows(&self, offsets: &Offsets) -> Result<()> {
        if offsets.n_rows() != self.n_sequences() {
            bail!("{NAME}: {} sequences, offsets of {}", self.n_sequences(), offsets.n_rows());
        }
        Ok(())
    }
}

fn expect_untracked(tensor: &Tensor) -> Result<()> {
    if tensor.track_op() {
        bail!(
            "{NAME}: decoding is not differentiable; run it under `ParamStore::no_grad`, or detach its tensors"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests;
