//! What was saved must come back bit for bit.

use std::collections::BTreeMap;

use candle_core::{DType, Device, Tensor, Var};

use crate::close::unravel;
use crate::error::{Error, Result};

/// Checks that `after` holds the same names, types, shapes and bits as `before`, in any order.
///
/// # Errors
/// Names what was lost, is new or changed.
pub fn round_trips(before: &[(String, Var)], after: &[(String, Var)]) -> Result<()> {
    if before.is_empty() {
        let reason = "there are no variables".to_owned();
        return Err(Error::Vacuous { check: "round_trips", reason });
    }
    let (old, mut twice) = by_name(before);
    let (new, also_twice) = by_name(after);
    twice.extend(also_twice);
    let missing = |from: &BTreeMap<&str, &Var>, there: &BTreeMap<&str, &Var>| -> Vec<String> {
        from.keys().filter(|name| !there.contains_key(*name)).map(|&name| name.to_owned()).collect()
    };
    let (lost, added) = (missing(&old, &new), missing(&new, &old));
    if !(lost.is_empty() && added.is_empty() && twice.is_empty()) {
        return Err(Error::Names { lost, new: added, twice });
    }
    old.into_iter().zip(new.into_values()).try_for_each(|((name, a), b)| same_bits(name, a, b))
}

/// The variables by name, and the names that stand there more than once.
fn by_name(vars: &[(String, Var)]) -> (BTreeMap<&str, &Var>, Vec<String>) {
    let mut map = BTreeMap::new();
    let twice = vars
        .iter()
        .filter(|(name, var)| map.insert(name.as_str(), var).is_some())
        .map(|(name, _)| name.clone())
        .collect();
    (map, twice)
}

fn same_bits(name: &str, before: &Var, after: &Var) -> Result<()> {
    if before.dtype() != after.dtype() {
        return Err(Error::DtypeChanged {
            name: name.to_owned(),
            before: before.dtype().as_str(),
            after: after.dtype().as_str(),
        });
    }
    if before.dims() != after.dims() {
        return Err(Error::Shape {
            name: name.to_owned(),
            actual: after.dims().to_vec(),
            expected: before.dims().to_vec(),
        });
    }
    let (old, new) = (bits(before)?, bits(after)?);
    let changed = || old.iter().zip(&new).enumerate().filter(|(_, (a, b))| a != b);
    match changed().next() {
        None => Ok(()),
        Some((i, (&before_bits, &after_bits))) => Err(Error::Bits {
            name: name.to_owned(),
            index: unravel(i, before.dims()),
            before: before_bits,
            after: after_bits,
            n_wrong: changed().count(),
        }),
    }
}

/// The bits of each element, of half floats those of the f32 that holds the same value.
fn bits(tensor: &Tensor) -> Result<Vec<u64>> {
    let flat = tensor.to_device(&Device::Cpu)?.flatten_all()?;
    Ok(match flat.dtype() {
        DType::F64 => flat.to_vec1::<f64>()?.into_iter().map(f64::to_bits).collect(),
        dtype if dtype.is_float() => {
            let values = flat.to_dtype(DType::F32)?.to_vec1::<f32>()?;
            values.into_iter().map(|value| u64::from(value.to_bits())).collect()
        }
        _ => {
            let values = flat.to_dtype(DType::I64)?.to_vec1::<i64>()?;
            values.into_iter().map(i64::cast_unsigned).collect()
        }
    })
}

#[cfg(test)]
mod tests;
