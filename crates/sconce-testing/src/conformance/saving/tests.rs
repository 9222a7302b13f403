//! Only the very same bits under the very same names pass.

use candle_core::{DType, Device, Tensor, Var};

use super::round_trips;

fn var(name: &str, values: &[f32], dtype: DType) -> (String, Var) {
    let tensor = Tensor::new(values, &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
    (name.to_owned(), Var::from_tensor(&tensor).unwrap())
}

#[test]
fn equal_bits_pass_in_any_order_and_type() {
    for dtype in [DType::F32, DType::F64, DType::F16, DType::BF16, DType::U32, DType::I64] {
        let before = [var("a", &[1.5, 2.0], dtype), var("b", &[3.0], dtype)];
        let after = [var("b", &[3.0], dtype), var("a", &[1.5, 2.0], dtype)];
        round_trips(&before, &after).unwrap();
    }
    // A value that is not a number is itself again, though it does not equal itself.
    let nan = [var("a", &[f32::NAN], DType::F32)];
    round_trips(&nan, &nan).unwrap();
}

#[test]
fn whatever_changed_is_named() {
    const F32: DType = DType::F32;
    let before = [var("a", &[1.0, 0.0], F32), var("b", &[3.0], F32)];
    let b = || var("b", &[3.0], F32);
    let cases = [
        (vec![b()], "lost: [\"a\"]; new: []"),
        (vec![var("a", &[1.0, 0.0], F32), b(), var("c", &[1.0], F32)], "new: [\"c\"]"),
        (vec![var("a", &[1.0, 0.0], F32), b(), b()], "given twice: [\"b\"]"),
        (vec![var("a", &[1.0, 0.0], DType::F64), b()], "a: was f32, came back as f64"),
        (vec![var("a", &[1.0], F32), b()], "a: shape [1], expected [2]"),
        (vec![var("a", &[1.0, -0.0], F32), b()], "a: 1 elements changed, the first at [1]"),
        (vec![var("a", &[1.0 + f32::EPSILON, 0.0], F32), b()], "bits 0x3f800000 became 0x3f800001"),
    ];
    for (after, wanted) in cases {
        let message = round_trips(&before, &after).unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
    assert!(round_trips(&[], &[]).unwrap_err().to_string().contains("would prove nothing"));
}
