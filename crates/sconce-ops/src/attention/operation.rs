//! Attention as nodes of candle's graph: one kernel, whichever way its operands come packed.

use std::ops::Deref;
use std::sync::OnceLock;

use candle_core::{
    CpuStorage, CustomOp1, CustomOp2, CustomOp3, Layout, Result, Shape, Tensor, bail,
};

use super::backward::{Task, Upstream};
use super::forward::Normalizer;
use super::operands::{Heads, KeyValue, Operands};
use super::plan::Plan;
use super::product::Product;
use crate::element::{contiguous, elements, result};
use crate::offsets::Offsets;
use crate::param_store::{Slot, Weight};

const NAME: &str = "attention";

/// How queries, keys and values come; a table of biases may come last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Inputs {
    /// Side by side in one tensor.
    Packed,
    /// Queries, then keys and values side by side.
    PackedKeyValue,
    /// Three tensors.
    Separate,
}

/// One call.
pub(super) struct Operation<T> {
    plan: Plan,
    inputs: Inputs,
    k_offsets: Offsets,
    /// Where the gradient of the table goes.
    slot: Option<Slot>,
    /// Whether a backward pass may come.
    is_tracked: bool,
    normalizers: OnceLock<Vec<Normalizer<T>>>,
}

impl<T: Product> Operation<T> {
    pub(super) fn new(
        plan: Plan,
        inputs: Inputs,
        k_offsets: &Offsets,
        table: Option<&Weight>,
        is_tracked: bool,
    ) -> Self {
        let slot = table.and_then(Weight::slot);
        let k_offsets = k_offsets.clone();
        Self { plan, inputs, k_offsets, slot, is_tracked, normalizers: OnceLock::new() }
    }

    /// Number of tensors before the table.
    fn n_tensors(&self) -> usize {
        match self.inputs {
            Inputs::Packed => 1,
            Inputs::PackedKeyValue => 2,
            Inputs::Separate => 3,
        }
    }

    fn operands<'a>(&self, slices: &[&'a [T]]) -> Operands<'a, T> {
        let (q_width, kv_width) = (self.plan.q_width(), self.plan.kv_width());
        let heads =
            |slice, stride, column| Heads::packed(slice, stride, column, self.plan.head_dim);
        let (q, k, v) = match self.inputs {
            Inputs::Packed => {
                let (qkv, stride) = (slices[0], q_width + 2 * kv_width);
                let (k, v) = (q_width, q_width + kv_width);
                (heads(qkv, stride, 0), heads(qkv, stride, k), heads(qkv, stride, v))
            }
            Inputs::PackedKeyValue => {
                let (kv, stride) = (slices[1], 2 * kv_width);
                (heads(slices[0], q_width, 0), heads(kv, stride, 0), heads(kv, stride, kv_width))
            }
            Inputs::Separate => {
                let [k, v] = [slices[1], slices[2]].map(|slice| heads(slice, kv_width, 0));
                (heads(slices[0], q_width, 0), k, v)
            }
        };
        let kv = self.k_offsets.iter().map(|tokens| KeyValue {
            k: k.skip(tokens.start),
            v: v.skip(tokens.start),
            n: tokens.len(),
        });
        let table = slices.get(self.n_tensors()).copied().unwrap_or_default();
        Operands { q, kv: kv.collect(), table }
    }

    fn forward(&self, slices: &[&[T]]) -> (CpuStorage, Shape) {
        let (out, normalizers) = self.plan.forward(&self.operands(slices), self.is_tracked);
        // A node's forward pass runs once; a second `set` could only repeat the first.
        let _ = self.normalizers.set(normalizers);
        result(out, (self.plan.q_offsets.n_tokens(), self.plan.q_width()))
    }

    /// The gradient of each input.
    fn backward(
        &self,
        inputs: &[&Tensor],
        out: &Tensor,
        gradient: &Tensor,
    ) -> Result<Vec<Option<Tensor>>> {
        let Some(normalizers) = self.normalizers.get().filter(|_| self.is_tracked) else {
            bail!("{NAME}: backward before forward");
        };
        let (out, gradient) = (out.contiguous()?, gradient.contiguous()?);
        let (out, gradient) = (elements::<T>(NAME, &out)?, elements::<T>(NAME, &gradient)?);
        let locked =
            inputs.iter().map(|tensor| elements::<T>(NAME, tensor)).collect::<Result<Vec<_>>>()?;
        let slices: Vec<&[T]> = locked.iter().map(Deref::deref).collect();
        let operands = self.operands(&slices);
        let upstream = Upstream { operands, normalizers, out: &out, gradient: &gradient };
        let (tensors, table) = inputs.split_at(self.n_tensors());
        let mut buffers: Vec<Vec<T>> = tensors
            .iter()
            .map(|tensor| match tensor.track_op() {
                true => vec![T::zero(); tensor.elem_count()],
                false => Vec::new(),
            })
            .collect();
        let wants_table = table.iter().any(|table| table.track_op());
        let tasks = self.tasks(&mut buffers);
        let table_gradient = self.plan.backward(&upstream, tasks, wants_table);
        let mut gradients: Vec<Option<Tensor>> = buffers
            .into_iter()
            .zip(tensors)
            .map(|(buffer, tensor)| match tensor.track_op() {
                true => Tensor::from_vec(buffer, tensor.shape(), tensor.device()).map(Some),
                false => Ok(None),
            })
            .collect::<Result<_>>()?;
        for table in table {
            gradients.push(match &table_gradient {
                Some(values) => {
                    let values = Tensor::from_slice(values, table.shape(), table.device())?;
                    Slot::deposit_or_return(self.slot.as_ref(), values)
                }
                None => None,
            });
        }
        Ok(gradients)
    }

    /// Tasks that fill the gradients of the tensors, of which an empty one is not wanted.
    fn tasks<'a>(&self, buffers: &'a mut [Vec<T>]) -> Vec<Task<'a, T>> {
        let (q_width, kv_width) = (self.plan.q_width(), self.plan.kv_width());
        let k_lengths: Vec<usize> = self.k_offsets.iter().map(|tokens| tokens.len()).collect();
        let rows: Vec<Vec<&mut [T]>> = match buffers {
            [qkv] => columns(qkv, &[q_width, kv_width, kv_width]),
            [q, kv] => columns(q, &[q_width])
                .into_iter()
                .chain(columns(kv, &[kv_width, kv_width]))
                .collect(),
            all => {
                let widths = [q_width, kv_width, kv_width];
                all.iter_mut()
                    .zip(widths)
                    .flat_map(|(buffer, width)| columns(buffer, &[width]))
                    .collect()
            }
        };
        let mut rows = rows.into_iter();
        let mut next = || rows.next().unwrap_or_default();
        let (q, k, v) = (next(), next(), next());
        self.plan.backward_tasks(&k_lengths, q, k, v)
    }
}

/// For each of the parts that rows consist of, that part of every row.
fn columns<'a, T>(data: &'a mut [T], widths: &[usize]) -> Vec<Vec<&'a mut [T]>> {
    let n_rows = data.len() / widths.iter().sum::<usize>().max(1);
    let mut parts: Vec<Vec<&mut [T]>> = widths.iter().map(|_| Vec::with_capacity(n_rows)).collect();
    let mut rest = data;
    for _ in 0..n_rows {
        for (part, &width) in parts.iter_mut().zip(widths) {
            part.extend(rest.split_off_mut(..width));
        }
    }
    parts
}

impl<T: Product> CustomOp1 for Operation<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(&self, qkv: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        Ok(self.forward(&[contiguous(NAME, qkv, layout)?]))
    }

    fn bwd(&self, qkv: &Tensor, out: &Tensor, gradient: &Tensor) -> Result<Option<Tensor>> {
        Ok(self.backward(&[qkv], out, gradient)?.pop().flatten())
    }
}

impl<T: Product> CustomOp2 for Operation<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        qkv: &CpuStorage,
        qkv_layout: &Layout,
        table: &CpuStorage,
        table_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let qkv = contiguous(NAME, qkv, qkv_layout)?;
        Ok(self.forward(&[qkv, contiguous(NAME, table, table_layout)?]))
    }

    fn bwd(
        &self,
        qkv: &Tensor,
        table: &Tensor,
        out: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>)> {
        let mut gradients = self.backward(&[qkv, table], out, gradient)?.into_iter().map(Some);
        let mut next = || gradients.next().flatten().flatten();
        Ok((next(), next()))
    }
}

impl<T: Product> CustomOp3 for Operation<T> {
    fn name(&self) -> &'static str {
        NAME
    }

    fn cpu_fwd(
        &self,
        a: &CpuStorage,
        a_layout: &Layout,
        b: &CpuStorage,
        b_layout: &Layout,
        c: &CpuStorage,
        c_layout: &Layout,
    ) -> Result<(CpuStorage, Shape)> {
        let (a, b) = (contiguous(NAME, a, a_layout)?, contiguous(NAME, b, b_layout)?);
        Ok(self.forward(&[a, b, contiguous(NAME, c, c_layout)?]))
    }

    fn bwd(
        &self,
        a: &Tensor,
        b: &Tensor,
        c: &Tensor,
        out: &Tensor,
        gradient: &Tensor,
    ) -> Result<(Option<Tensor>, Option<Tensor>, Option<Tensor>)> {
        let mut gradients = self.backward(&[a, b, c], out, gradient)?.into_iter();
        let mut next = || gradients.next().flatten();
        Ok((next(), next(), next()))
    }
}

/// Attention of queries over keys and values that lie elsewhere and are not tracked: the sentences
/// of a cache.
pub(crate) fn attend_untracked<T: Product>(
    plan: &Plan,
    q: &[T],
    kv: Vec<KeyValue<'_, T>>,
    table: &[T],
) -> Vec<T> {
    let q = Heads::packed(q, plan.q_width(), 0, plan.head_dim);
    plan.forward(&Operands { q, kv, table }, false).0
}
