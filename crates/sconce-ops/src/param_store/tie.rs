//! Second names: one parameter used in two places, such as the embedding of a language model that
//! is its output layer as well (Press and Wolf, 2017, arXiv:1608.05859).

use candle_core::{Result, bail};

use super::{Param, ParamStore, Params};

impl Params {
    /// Gives `param` the second name `prefix.name`.
    ///
    /// Both names are one parameter: [`get`](Self::get) hands out the same one for either, the
    /// gradients of both uses add up, and an optimizer steps once. A file that is written holds it
    /// under its first name only, as Hugging Face's do; of a file that is read either name will
    /// do. If the file has both, with values that differ, the first name's are taken and the
    /// [`LoadReport`](super::LoadReport) says so.
    ///
    /// # Errors
    /// If the name is taken, or the parameter is of another store.
    pub fn tie(&self, name: &str, param: &Param) -> Result<Param> {
        let name = self.path(name);
        self.store().tie(&name, param)?;
        Ok(param.clone())
    }
}

impl ParamStore {
    fn tie(&self, name: &str, param: &Param) -> Result<()> {
        let mut contents = self.contents();
        let own = contents.params.get_full(param.name());
        let Some((index, ..)) = own.filter(|(.., own)| own.var().id() == param.var().id()) else {
            bail!("tie: parameter `{}` is not of this store", param.name());
        };
        if let Some(other) = contents.param(name) {
            if other.var().id() == param.var().id() {
                return Ok(());
            }
            bail!("tie: `{name}` is a parameter of its own; tie it to `{}` first", param.name());
        }
        if contents.buffers.contains_key(name) {
            bail!("tie: `{name}` is a buffer");
        }
        let (dims, transposed) = (param.var().dims(), param.is_transposed());
        if let Some(view) = self.view_from_source(&mut contents, name, dims, transposed)? {
            contents.loaded.remove(name);
            let is_first = contents.loaded.insert(param.name().to_owned());
            let source = self.shared.source.as_ref();
            if is_first {
                param.var().set(&view.tensor_as(self.dtype(), self.device())?)?;
            } else if !source.is_some_and(|source| source.is_one_tensor(param.name(), name))
                && !view.equals(&param.var().as_detached_tensor())?
            {
                contents.untied.push(name.to_owned());
            }
        }
        contents.tied.insert(name.into(), index);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
