//! The values of a store: taken from files, put aside and brought back.

use candle_core::{Result, Tensor, bail};

use super::contents::Contents;
use super::raw::View;
use super::source::Source;
use super::{LoadReport, Mismatch, ParamStore};

impl ParamStore {
    /// What the file has for this name, as the model wants it; notes whether it has it.
    pub(super) fn view_from_source(
        &self,
        contents: &mut Contents,
        name: &str,
        dims: &[usize],
        is_transposed: bool,
    ) -> Result<Option<View<'_>>> {
        let Some(source) = &self.shared.source else { return Ok(None) };
        let Some(found) = source.shape(name) else { return Ok(None) };
        let mut expected = dims.to_vec();
        if is_transposed {
            expected.reverse();
        }
        if found != expected {
            let found = found.to_vec();
            contents.mismatched.push(Mismatch { name: name.into(), expected, found });
            return Ok(None);
        }
        let view = source.view(name)?;
        contents.loaded.insert(name.into());
        Ok(Some(if is_transposed { view.transposed() } else { view }))
    }

    /// What building the model found in the files that this store was opened from: what it took,
    /// what it missed, what it left over and whose shape was another. Without a file, everything
    /// is missing.
    pub fn load_report(&self) -> LoadReport {
        let contents = self.contents();
        let (loaded, absent): (Vec<&str>, Vec<&str>) =
            contents.first_names().partition(|name| contents.loaded.contains(*name));
        let is_mismatched = |name: &&str| contents.mismatched.iter().any(|m| m.name == **name);
        let in_file = self.shared.source.iter().flat_map(Source::names);
        LoadReport {
            loaded: loaded.into_iter().map(Into::into).collect(),
            missing: absent.into_iter().filter(|n| !is_mismatched(n)).map(Into::into).collect(),
            unexpected: in_file.filter(|name| !contents.contains(name)).map(Into::into).collect(),
            mismatched: contents.mismatched.clone(),
            untied: contents.untied.clone(),
        }
    }

    /// A copy of the values of every parameter, then every buffer, in order.
    ///
    /// # Errors
    /// If a device copy fails.
    pub fn snapshot(&self) -> Result<Vec<Tensor>> {
        let params = self.params();
        let params = params.iter().map(|param| param.var().as_detached_tensor().copy());
        // A buffer's tensor is never written, so it need not be copied.
        let buffers = self.buffers();
        params.chain(buffers.iter().map(|buffer| Ok(buffer.tensor()))).collect()
    }

    /// Puts the values of a [`snapshot`](Self::snapshot) back.
    ///
    /// # Errors
    /// If the snapshot is of another model.
    pub fn restore(&self, snapshot: &[Tensor]) -> Result<()> {
        let (params, buffers) = (self.params(), self.buffers());
        let n = params.len() + buffers.len();
        if n != snapshot.len() {
            bail!("the snapshot has {} tensors, the store {n}", snapshot.len());
        }
        let (of_params, of_buffers) = snapshot.split_at(params.len());
        let mut pairs = params.iter().zip(of_params);
        if let Some((param, values)) = pairs.find(|(p, values)| p.var().shape() != values.shape()) {
            bail!("the snapshot's {param:?} has shape {:?}", values.shape());
        }
        buffers.iter().zip(of_buffers).try_for_each(|(buffer, values)| buffer.set(values))?;
        params.iter().zip(of_params).try_for_each(|(param, values)| param.var().set(values))
    }
}
