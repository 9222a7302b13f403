//! A language model for tests: the logits after `.. c b a` are `tables[0][a] + tables[1][b] +
//! tables[2][c]`. What it knows of the past it reads from its cache, so that a wrong order of the
//! caches changes its tokens. `tests/golden/decoding.py` has the same.

use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Result, Tensor, bail};
use sconce_ops::{Mode, Offsets};

use crate::causal_lm::{CausalLm, LayerCaches};
use crate::tokens::Tokens;

pub(in crate::generation) struct TablesLm {
    pub(in crate::generation) tables: Vec<Vec<Vec<f32>>>,
    pub(in crate::generation) max_positions: Option<usize>,
    /// Tokens that were fed one after the other.
    pub(in crate::generation) n_fed: AtomicUsize,
}

impl TablesLm {
    pub(in crate::generation) fn new(tables: Vec<Vec<Vec<f32>>>) -> Self {
        Self { tables, max_positions: None, n_fed: AtomicUsize::new(0) }
    }

    /// One that looks at the last token alone.
    pub(in crate::generation) fn bigram(table: &[&[f32]]) -> Self {
        Self::new(vec![table.iter().map(|row| row.to_vec()).collect()])
    }

    fn after(&self, ids: &[u32]) -> Vec<f32> {
        let mut logits = vec![0.; self.vocab_size()];
        for (table, &id) in self.tables.iter().zip(ids.iter().rev()) {
            for (logit, x) in logits.iter_mut().zip(&table[id as usize]) {
                *logit += x;
            }
        }
        logits
    }
}

impl CausalLm for TablesLm {
    fn vocab_size(&self) -> usize {
        self.tables[0].len()
    }

    fn max_positions(&self) -> Option<usize> {
        self.max_positions
    }

    fn caches(&self, n_sequences: usize) -> LayerCaches {
        LayerCaches::new(2, n_sequences, 1, 1, DType::F32, &Device::Cpu)
    }

    fn next_logits(
        &self,
        ids: &[u32],
        offsets: &Offsets,
        caches: &mut LayerCaches,
    ) -> Result<Tensor> {
        self.n_fed.fetch_add(ids.len(), Ordering::Relaxed);
        let positions = caches.next_positions(offsets)?;
        let max = self.max_positions.unwrap_or(usize::MAX);
        if positions.iter().any(|&position| position as usize >= max) {
            bail!("a token at position {:?} of {max}", positions.iter().max());
        }
        let x: Vec<f32> = ids.iter().map(|&id| id as f32).collect();
        let x = Tensor::from_vec(x, (ids.len(), 1), &Device::Cpu)?;
        for cache in &mut caches.layers {
            cache.append(&x, &x, offsets)?;
        }
        let (ids, _, offsets) = caches.layers[1].packed()?;
        let ids: Vec<u32> =
            ids.flatten_all()?.to_vec1::<f32>()?.iter().map(|&x| x as u32).collect();
        let logits: Vec<f32> = offsets.iter().flat_map(|row| self.after(&ids[row])).collect();
        Tensor::from_vec(logits, (offsets.n_rows(), self.vocab_size()), &Device::Cpu)
    }

    fn logits(&self, tokens: &Tokens<'_>, _: Mode) -> Result<Tensor> {
        let rows = tokens.offsets.iter().flat_map(|row| {
            let ids = &tokens.ids[row];
            (1..=ids.len()).flat_map(|n| self.after(&ids[..n]))
        });
        let logits: Vec<f32> = rows.collect();
        Tensor::from_vec(logits, (tokens.ids.len(), self.vocab_size()), &Device::Cpu)
    }
}
