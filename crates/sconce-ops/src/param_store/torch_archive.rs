//! `torch.save` files: a zip with one pickle, `data.pkl`, that describes the tensors, and a file of
//! bytes for each storage, uncompressed. Tensors may share a storage, begin anywhere in it and have
//! any strides.

use std::collections::HashMap;
use std::io::Cursor;
use std::ops::Range;

use candle_core::DType;
use zip::{CompressionMethod, ZipArchive};

use super::pickle::{Id, Pickle};
use super::raw::Raw;

type Result<T> = std::result::Result<T, String>;

/// Keys under which training programs keep the weights beside other things, the likeliest first.
const SECTIONS: [&str; 4] = ["state_dict", "model_state_dict", "model", "module"];

/// The tensors of a file, by name: those at the top, or those under the key `section` or, without
/// one, the key that is the likeliest.
pub(super) fn tensors(file: &[u8], section: Option<&str>) -> Result<Vec<(String, Raw)>> {
    let archive = Archive::open(file)?;
    let pickle = Pickle::read(&file[archive.pickle.clone()])?;
    let weights = Weights { archive, pickle };
    let entries = weights.state_dict(section)?;
    entries.into_iter().map(|(name, tensor)| Ok((name, weights.tensor(tensor)?))).collect()
}

/// Where a part of a zip lies; none if it is compressed or reaches beyond the file.
type Parts = HashMap<String, Option<Range<usize>>>;

/// The parts of a zip that describe tensors.
struct Archive {
    pickle: Range<usize>,
    /// By the name of the storage.
    storages: HashMap<String, Range<usize>>,
}

impl Archive {
    fn open(file: &[u8]) -> Result<Self> {
        let mut parts = parts(file).map_err(|error| {
            format!("it is no whole zip of PyTorch's: {error}; it may be cut short: fetch it again")
        })?;
        let root = parts.keys().find_map(|name| name.strip_suffix("data.pkl")).map(str::to_owned);
        let Some(root) = root.filter(|root| root.is_empty() || root.ends_with('/')) else {
            return Err("it is a zip, but none of PyTorch's: it has no data.pkl".into());
        };
        if parts.contains_key(&format!("{root}constants.pkl")) {
            return Err(
                "it is a TorchScript program; save the model's `state_dict()` instead".into()
            );
        }
        let whole = |name: &str, part: Option<Range<usize>>| {
            part.ok_or_else(|| format!("`{name}` in it is compressed or cut short"))
        };
        if let Some(order) = parts.remove(&format!("{root}byteorder")).flatten()
            && file[order] != *b"little"
        {
            return Err("its numbers are big-endian; save it again on another machine".into());
        }
        let pickle = parts.remove(&format!("{root}data.pkl")).flatten();
        let (pickle, prefix) = (whole("data.pkl", pickle)?, format!("{root}data/"));
        let storages = parts.into_iter().filter_map(|(name, part)| {
            let key = name.strip_prefix(&prefix)?;
            Some(whole(&name, part).map(|part| (key.to_owned(), part)))
        });
        Ok(Self { pickle, storages: storages.collect::<Result<_>>()? })
    }
}

fn parts(file: &[u8]) -> zip::result::ZipResult<Parts> {
    let mut zip = ZipArchive::new(Cursor::new(file))?;
    let mut parts = Parts::new();
    for index in 0..zip.len() {
        // Raw, since the code of a TorchScript program is compressed and nobody reads it.
        let entry = zip.by_index_raw(index)?;
        let range = || {
            let start = usize::try_from(entry.data_start()?).ok()?;
            let end = start.checked_add(usize::try_from(entry.size()).ok()?)?;
            let is_there = entry.compression() == CompressionMethod::Stored && end <= file.len();
            is_there.then_some(start..end)
        };
        let range = range();
        parts.insert(entry.name()?.into_owned(), range);
    }
    Ok(parts)
}

struct Weights {
    archive: Archive,
    pickle: Pickle,
}

impl Weights {
    /// Names and tensors.
    fn state_dict(&self, section: Option<&str>) -> Result<Vec<(String, Id)>> {
        let pickle = &self.pickle;
        let Some(root) = pickle.dict(pickle.root()) else {
            let what =
                pickle.call(pickle.root()).map(|((module, name), _)| format!(" ({module}.{name})"));
            return Err(format!(
                "it holds a Python object{}, not a dictionary of tensors; save the model's \
                 `state_dict()` instead",
                what.unwrap_or_default()
            ));
        };
        let nested: Vec<(&str, Vec<(String, Id)>)> = root
            .iter()
            .filter_map(|&(key, value)| Some((pickle.text(key)?, self.tensors_of(value))))
            .filter(|(_, tensors)| !tensors.is_empty())
            .collect();
        let keys = || nested.iter().map(|(key, _)| *key).collect::<Vec<_>>().join(", ");
        let take = |wanted: &str| nested.iter().find(|(key, _)| *key == wanted);
        if let Some(wanted) = section {
            return match take(wanted) {
                Some((_, tensors)) => Ok(tensors.clone()),
                None => Err(format!("it has no tensors under `{wanted}`, but under: {}", keys())),
            };
        }
        let own = self.tensors_of(pickle.root());
        let likeliest = SECTIONS.iter().find_map(|section| take(section));
        match (likeliest, nested.as_slice()) {
            _ if !own.is_empty() => Ok(own),
            (Some((_, tensors)), _) | (None, [(_, tensors)]) => Ok(tensors.clone()),
            (None, []) => Ok(Vec::new()),
            (None, _) => Err(format!("it has tensors under several keys: {}; say which", keys())),
        }
    }

    /// The tensors that a dictionary holds directly.
    fn tensors_of(&self, id: Id) -> Vec<(String, Id)> {
        let entries = self.pickle.dict(id).unwrap_or_default().iter();
        let named = entries.filter_map(|&(key, value)| {
            Some((self.pickle.text(key)?.to_owned(), self.rebuild(value)?))
        });
        // Of a key that is set twice, the last value counts.
        named.collect::<indexmap::IndexMap<_, _>>().into_iter().collect()
    }

    /// The call that makes a tensor: of the value itself, or of what a parameter or a subclass is
    /// made around.
    fn rebuild(&self, id: Id) -> Option<Id> {
        let ((module, name), arguments) = self.pickle.call(id)?;
        match (module, name) {
            ("torch._utils", "_rebuild_tensor_v2" | "_rebuild_tensor_v3") => Some(id),
            ("torch._utils", "_rebuild_parameter" | "_rebuild_parameter_with_state") => {
                // A parameter is made of a tensor, so this goes one step down and no circles.
                let inner = *arguments.first()?;
                let ((module, name), _) = self.pickle.call(inner)?;
                let is_tensor = module == "torch._utils" && name.starts_with("_rebuild_tensor_v");
                is_tensor.then_some(inner)
            }
            _ => None,
        }
    }

    /// Where a tensor lies: `_rebuild_tensor_v2(storage, offset, size, stride, ..)`.
    fn tensor(&self, id: Id) -> Result<Raw> {
        self.parsed(id).ok_or("a tensor in it is described in an unknown way".to_owned())?
    }

    fn parsed(&self, id: Id) -> Option<Result<Raw>> {
        let pickle = &self.pickle;
        let ((_, function), arguments) = pickle.call(id)?;
        let &[storage, offset, size, stride, ..] = arguments else { return None };
        let sizes = |id: Id| -> Option<Vec<usize>> {
            pickle.tuple(id)?.iter().map(|&id| pickle.size(id)).collect()
        };
        let (shape, strides, offset) = (sizes(size)?, sizes(stride)?, pickle.size(offset)?);
        if shape.len() != strides.len() {
            return None;
        }
        let super::pickle::Value::Persistent(storage) = pickle.value(storage) else { return None };
        let &[_, kind, key, ..] = pickle.tuple(*storage)? else { return None };
        // Version 3 has storages without a type, and the type among its own arguments.
        let kind = if function.ends_with("v3") { *arguments.get(6)? } else { kind };
        let (module, kind) = pickle.global(kind)?;
        let kind = format!("{module}.{kind}");
        let key = pickle.text(key)?;
        Some(self.placed(key, &kind, offset, shape, strides))
    }

    fn placed(
        &self,
        key: &str,
        kind: &str,
        offset: usize,
        shape: Vec<usize>,
        strides: Vec<usize>,
    ) -> Result<Raw> {
        let Some(storage) = self.archive.storages.get(key) else {
            return Err(format!("the storage `{key}` is not in it"));
        };
        let Some((dtype, size)) = dtype(kind) else {
            // Nobody may ask for it: a model takes its weights, and these are others.
            let start = storage.start;
            return Ok(Raw { dtype: Err(kind.into()), shape, strides, start, n_bytes: 0 });
        };
        let n = elements_spanned(&shape, &strides);
        let bytes = n.and_then(|n| n.checked_mul(size)).zip(offset.checked_mul(size));
        match bytes {
            Some((n_bytes, skipped))
                if n_bytes <= storage.len() && skipped <= storage.len() - n_bytes =>
            {
                let start = storage.start + skipped;
                Ok(Raw { dtype, shape, strides, start, n_bytes })
            }
            _ => Err(format!("a tensor of shape {shape:?} reaches beyond its storage `{key}`")),
        }
    }
}

/// Elements from the first to the last.
fn elements_spanned(shape: &[usize], strides: &[usize]) -> Option<usize> {
    // What the shape needs must be countable even where its strides repeat elements.
    shape.iter().try_fold(1usize, |n, &dim| n.checked_mul(dim))?;
    if shape.contains(&0) {
        return Some(0);
    }
    shape
        .iter()
        .zip(strides)
        .try_fold(1usize, |n, (&dim, &stride)| n.checked_add((dim - 1).checked_mul(stride)?))
}

/// Element type and its size, by the class of its storage or by its own name.
fn dtype(kind: &str) -> Option<(Result<DType>, usize)> {
    let dtype = match kind.strip_prefix("torch.")? {
        "FloatStorage" | "float32" => DType::F32,
        "DoubleStorage" | "float64" => DType::F64,
        "HalfStorage" | "float16" => DType::F16,
        "BFloat16Storage" | "bfloat16" => DType::BF16,
        "LongStorage" | "int64" => DType::I64,
        "IntStorage" | "int32" => DType::I32,
        "ShortStorage" | "int16" => DType::I16,
        "ByteStorage" | "BoolStorage" | "uint8" | "bool" => DType::U8,
        "uint32" => DType::U32,
        "float8_e4m3fn" => DType::F8E4M3,
        _ => return None,
    };
    Some((Ok(dtype), dtype.size_in_bytes()))
}

#[cfg(test)]
mod tests;
