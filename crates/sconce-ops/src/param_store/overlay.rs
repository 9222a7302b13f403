//! Weights read into a store that is there already: an adapter onto its model, the last checkpoint
//! of a run that goes on.

use std::collections::HashSet;

use candle_core::{Device, Result, bail};

use super::raw::View;
use super::source::Source;
use super::{LoadReport, Mismatch, ParamStore};

/// A place in the store that a tensor of the files is for.
struct Target {
    /// First name, then others.
    names: Vec<String>,
    /// Shape in a file.
    dims: Vec<usize>,
    is_transposed: bool,
    is_param: bool,
}

impl ParamStore {
    /// Sets every parameter and buffer that the files have to their values; the others stay as they
    /// are and are reported as missing. Nothing is set if there is an error.
    pub(super) fn load_source(&self, source: &Source) -> Result<LoadReport> {
        let targets = self.targets();
        let mut report = LoadReport::default();
        let mut found: Vec<Option<View<'_>>> = Vec::with_capacity(targets.len());
        for target in &targets {
            let view = target.find(source, self.device(), &mut report)?;
            let name = target.names[0].clone();
            if view.is_some() {
                report.loaded.push(name);
            } else if !report.mismatched.iter().any(|m| target.names.contains(&m.name)) {
                report.missing.push(name);
            }
            found.push(view);
        }
        let known: HashSet<&str> =
            targets.iter().flat_map(|target| &target.names).map(String::as_str).collect();
        report.unexpected =
            source.names().filter(|name| !known.contains(name)).map(Into::into).collect();
        self.set_all(found)?;
        Ok(report)
    }

    /// Parameters, then buffers, in order.
    fn targets(&self) -> Vec<Target> {
        let contents = self.contents();
        let params = contents.params.values().enumerate().map(|(index, param)| {
            let others = contents.tied.iter().filter(|(_, tied)| **tied == index);
            let others = others.map(|(name, _)| name.to_string());
            let mut dims = param.var().dims().to_vec();
            if param.is_transposed() {
                dims.reverse();
            }
            Target {
                names: std::iter::once(param.name().to_owned()).chain(others).collect(),
                dims,
                is_transposed: param.is_transposed(),
                is_param: true,
            }
        });
        let buffers = contents.buffers.values().map(|buffer| Target {
            names: vec![buffer.name().to_owned()],
            dims: buffer.tensor().dims().to_vec(),
            is_transposed: false,
            is_param: false,
        });
        params.chain(buffers).collect()
    }

    fn set_all(&self, found: Vec<Option<View<'_>>>) -> Result<()> {
        let (params, buffers) = (self.params(), self.buffers());
        let mut found = found.into_iter();
        for (param, view) in params.iter().zip(found.by_ref()) {
            if let Some(view) = view {
                param.var().set(&view.tensor_as(self.dtype(), self.device())?)?;
            }
        }
        for (buffer, view) in buffers.iter().zip(found) {
            if let Some(view) = view {
                buffer.set(&view.tensor_as(buffer.tensor().dtype(), self.device())?)?;
            }
        }
        Ok(())
    }
}

impl Target {
    /// The tensor for it under any of its names, as the store wants it.
    fn find<'a>(
        &self,
        source: &'a Source,
        device: &Device,
        report: &mut LoadReport,
    ) -> Result<Option<View<'a>>> {
        let mut taken: Option<(&str, View<'a>)> = None;
        for name in &self.names {
            let Some(shape) = source.shape(name) else { continue };
            if shape != self.dims {
                report.mismatched.push(Mismatch {
                    name: name.clone(),
                    expected: self.dims.clone(),
                    found: shape.to_vec(),
                });
                continue;
            }
            let view = source.view(name)?;
            if self.is_param && !view.dtype().is_float() {
                bail!("parameter `{name}` is {:?} in the file, not of a float type", view.dtype());
            }
            match &taken {
                None => taken = Some((name, view)),
                Some((first, _)) if source.is_one_tensor(first, name) => {}
                Some((_, first)) => {
                    let values = first.tensor_as(view.dtype(), device)?;
                    if !view.equals(&values)? {
                        report.untied.push(name.clone());
                    }
                }
            }
        }
        let view = taken.map(|(_, view)| view);
        Ok(view.map(|view| if self.is_transposed { view.transposed() } else { view }))
    }
}

#[cfg(test)]
mod tests;
