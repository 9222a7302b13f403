//! Second names: one parameter used in two places, such as the embedding of a language model that
//! is its output layer as well (Press and Wolf, 2017, arXiv:1608.05859).

use candle_core::{Result, Tensor, bail};

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
        if let Some(values) = self.value_from_source(&mut contents, name, param.var().dims())? {
            let values = values.to_dtype(self.dtype())?;
            contents.loaded.remove(name);
            if contents.loaded.insert(param.name().to_owned()) {
                param.var().set(&values)?;
            } else if !are_equal(&param.var().as_detached_tensor(), &values)? {
                contents.untied.push(name.to_owned());
            }
        }
        contents.tied.insert(name.into(), index);
        Ok(())
    }
}

fn are_equal(a: &Tensor, b: &Tensor) -> Result<bool> {
    if a.elem_count() == 0 {
        return Ok(true);
    }
    Ok(a.eq(b)?.flatten_all()?.min(0)?.to_scalar::<u8>()? == 1)
}

#[cfg(test)]
mod tests;
