//! The float types that files hold: from bytes, to bytes, and from one to another.

use candle_core::WithDType;
use half::{bf16, f16};

/// A float type of a file.
pub(super) trait Number: WithDType + PartialEq + Send + Sync {
    /// Bytes of one.
    const SIZE: usize;
    /// The first one of some little-endian bytes, of which there are enough.
    fn read(bytes: &[u8]) -> Self;
    /// Appends it in little-endian bytes.
    fn append(self, bytes: &mut Vec<u8>);
    /// The nearest one.
    fn from_single(value: f32) -> Self;
    /// The nearest one.
    fn from_double(value: f64) -> Self;
    /// In another type.
    fn convert<T: Number>(self) -> T;
}

macro_rules! number {
    ($t:ident, $single:expr, $double:expr, $convert:expr) => {
        impl Number for $t {
            const SIZE: usize = size_of::<$t>();

            #[inline(always)]
            fn read(bytes: &[u8]) -> Self {
                let mut own = [0; size_of::<$t>()];
                own.copy_from_slice(&bytes[..size_of::<$t>()]);
                Self::from_le_bytes(own)
            }

            #[inline(always)]
            fn append(self, bytes: &mut Vec<u8>) {
                bytes.extend_from_slice(&self.to_le_bytes());
            }

            #[inline(always)]
            fn from_single(value: f32) -> Self {
                $single(value)
            }

            #[inline(always)]
            fn from_double(value: f64) -> Self {
                $double(value)
            }

            #[inline(always)]
            fn convert<T: Number>(self) -> T {
                $convert(self)
            }
        }
    };
}

number!(f32, |x| x, |x| x as f32, T::from_single);
number!(f64, f64::from, |x| x, T::from_double);
number!(f16, f16::from_f32, f16::from_f64, |x: f16| T::from_single(widened(x.to_bits())));
number!(bf16, bf16::from_f32, bf16::from_f64, |x: bf16| {
    T::from_single(f32::from_bits(u32::from(x.to_bits()) << 16))
});

/// The first element of some bytes that hold an `S`, as a `T`; one of the same type keeps every bit.
#[inline(always)]
pub(super) fn element<S: Number, T: Number>(bytes: &[u8]) -> T {
    if S::DTYPE == T::DTYPE { T::read(bytes) } else { S::read(bytes).convert() }
}

/// The value of an `f16`, exactly: its exponent and mantissa as those of an `f32`, whose exponent
/// counts from another number. Without a branch, so that it vectorizes; `half`'s own is a call for
/// each element.
#[inline(always)]
fn widened(bits: u16) -> f32 {
    const SHIFT: f32 = f32::from_bits((254 - 15) << 23); // 2^112
    const INFINITE: f32 = f32::from_bits((127 + 16) << 23); // what an exponent of all ones gives
    let magnitude = f32::from_bits(u32::from(bits & 0x7fff) << 13) * SHIFT;
    let exponent = if magnitude >= INFINITE { 255 << 23 } else { 0 };
    let sign = u32::from(bits & 0x8000) << 16;
    f32::from_bits(magnitude.to_bits() | exponent | sign)
}

#[cfg(test)]
mod tests;
