//! The two element types that the CPU kernels are compiled for: `f32`, which trains, and `f64`,
//! in which finite differences can be checked to many digits.

use std::any::Any;
use std::ops::{Deref, Range};

use candle_core::op::BackpropOp;
use candle_core::{CpuStorage, DType, Layout, Result, Shape, Storage, Tensor, WithDType, bail};

use crate::math::Math;

/// An element of a CPU kernel.
pub(crate) trait Element: WithDType + Math {}

impl Element for f32 {}
impl Element for f64 {}

/// The elements of a storage whose layout is contiguous.
pub(crate) fn contiguous<'a, T: WithDType>(
    op: &'static str,
    storage: &'a CpuStorage,
    layout: &Layout,
) -> Result<&'a [T]> {
    match layout.contiguous_offsets() {
        // A part of an empty tensor may begin beyond its end.
        Some((start, end)) if start == end => Ok(&[]),
        Some((start, end)) => Ok(&T::cpu_storage_as_slice(storage)?[start..end]),
        None => bail!("{op}: the operand must be contiguous, got {layout:?}"),
    }
}

/// The elements of a storage whose layout is contiguous, to be written in place.
pub(crate) fn contiguous_mut<'a, T: WithDType>(
    op: &'static str,
    storage: &'a mut CpuStorage,
    layout: &Layout,
) -> Result<&'a mut [T]> {
    let Some((start, end)) = layout.contiguous_offsets() else {
        bail!("{op}: the tensor to write must be contiguous, got {layout:?}")
    };
    if start == end {
        return Ok(&mut []);
    }
    // candle hands out elements of a generic type for reading only.
    let elements: &mut dyn Any = match storage {
        CpuStorage::F32(elements) => elements,
        CpuStorage::F64(elements) => elements,
        _ => bail!("{op}: the tensor to write must be F32 or F64"),
    };
    match elements.downcast_mut::<Vec<T>>() {
        Some(elements) => Ok(&mut elements[start..end]),
        None => bail!("{op}: the tensor to write is not {:?}", T::DTYPE),
    }
}

/// Runs `body` on the elements of a CPU tensor, made contiguous first where it is not.
pub(crate) fn with_elements<T: WithDType, R>(
    op: &'static str,
    tensor: &Tensor,
    body: impl FnOnce(&[T]) -> Result<R>,
) -> Result<R> {
    let tensor = tensor.contiguous()?;
    let (storage, layout) = tensor.storage_and_layout();
    match &*storage {
        Storage::Cpu(storage) => body(contiguous(op, storage, layout)?),
        _ => bail!("{op}: expected a tensor on the CPU"),
    }
}

/// Elements behind the lock `S` of a storage.
struct Elements<S, T> {
    storage: S,
    range: Range<usize>,
    empty: [T; 0],
}

/// Locks the elements of a contiguous CPU tensor for reading, for as long as what it gives lives.
/// What [`with_elements`] is for one operand, this is for many.
pub(crate) fn elements<'a, T: WithDType>(
    op: &'static str,
    tensor: &'a Tensor,
) -> Result<impl Deref<Target = [T]> + use<'a, T>> {
    let (storage, layout) = tensor.storage_and_layout();
    let range = match &*storage {
        Storage::Cpu(storage) => {
            let all = T::cpu_storage_as_slice(storage)?;
            let slice = contiguous::<T>(op, storage, layout)?;
            let start = layout.start_offset().min(all.len());
            start..start + slice.len()
        }
        _ => bail!("{op}: expected a tensor on the CPU"),
    };
    Ok(Elements { storage, range, empty: [] })
}

impl<S: Deref<Target = Storage>, T: WithDType> Deref for Elements<S, T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        // Both were checked when the lock was taken, and a storage never changes its kind.
        match &*self.storage {
            Storage::Cpu(storage) => T::cpu_storage_as_slice(storage)
                .ok()
                .and_then(|all| all.get(self.range.clone()))
                .unwrap_or(&self.empty),
            _ => &self.empty,
        }
    }
}

/// True where the hand-written kernels apply: a float tensor on the CPU.
pub(crate) fn has_kernel(tensor: &Tensor) -> bool {
    tensor.device().is_cpu() && matches!(tensor.dtype(), DType::F32 | DType::F64)
}

/// Packs a kernel's result the way candle wants it.
pub(crate) fn result<T: WithDType>(data: Vec<T>, shape: impl Into<Shape>) -> (CpuStorage, Shape) {
    (T::to_cpu_storage_owned(data), shape.into())
}

/// A tensor of a kernel's own values, where kernels run: in the host's memory.
pub(crate) fn host_tensor<T: WithDType>(data: Vec<T>, shape: impl Into<Shape>) -> Result<Tensor> {
    let shape = shape.into();
    if data.len() != shape.elem_count() {
        bail!("{} elements do not fill the shape {shape:?}", data.len());
    }
    let storage = Storage::Cpu(T::to_cpu_storage_owned(data));
    Ok(Tensor::from_storage(storage, shape, BackpropOp::none(), false))
}

/// Calls a generic kernel with the element type of a storage.
macro_rules! for_dtype {
    ($op:expr, $dtype:expr, $t:ident => $body:expr) => {{
        #[allow(unused_imports, reason = "not every body calls a method of each")]
        use candle_core::{WithDType as _, backend::BackendStorage as _};
        match $dtype {
            candle_core::DType::F32 => {
                type $t = f32;
                $body
            }
            candle_core::DType::F64 => {
                type $t = f64;
                $body
            }
            dtype => candle_core::bail!("{}: expected F32 or F64, got {dtype:?}", $op),
        }
    }};
}
pub(crate) use for_dtype;
