//! Every half-precision number, and each pair of types.

use super::*;

#[test]
fn every_half_precision_number_widens_as_the_crate_half_says() {
    for bits in 0..=u16::MAX {
        let (own, theirs) = (widened(bits), f16::from_bits(bits).to_f32());
        assert!(own.to_bits() == theirs.to_bits() || own.is_nan() && theirs.is_nan(), "{bits:04x}");
        let own: f32 = bf16::from_bits(bits).convert();
        let theirs = bf16::from_bits(bits).to_f32();
        assert!(own.to_bits() == theirs.to_bits() || own.is_nan() && theirs.is_nan(), "{bits:04x}");
    }
}

#[test]
fn the_same_type_keeps_every_bit_and_another_rounds_to_nearest() {
    let odd_nan = 0x7f80_0001u32; // a signalling NaN, which arithmetic would change
    let bits = element::<f32, f32>(&odd_nan.to_le_bytes()).to_bits();
    assert_eq!(bits, odd_nan);
    let bytes = 0.1f64.to_le_bytes();
    assert_eq!(element::<f64, f32>(&bytes), 0.1f32);
    assert_eq!(element::<f64, f16>(&bytes), f16::from_f64(0.1));
    assert_eq!(element::<f64, bf16>(&bytes), bf16::from_f64(0.1));
    assert_eq!(element::<f32, f64>(&0.1f32.to_le_bytes()), f64::from(0.1f32));
    assert_eq!(element::<bf16, f16>(&bf16::from_f32(1.5).to_le_bytes()), f16::from_f32(1.5));
}
