//! Against PyTorch's `clip_grad_norm_`.

use candle_core::{DType, Device};
use sconce_testing::assert_close;

use super::*;
use crate::test_support::golden;

#[test]
fn clipping_equals_that_of_pytorch() {
    let golden = golden("clip");
    let names = golden.strings("names").unwrap();
    for case in golden.strings("cases").unwrap() {
        for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 1e-6)] {
            let tensor = |name: &str, part: &str| {
                let key = format!("{case}.{name}.{part}");
                golden.tensor_f64(&key).unwrap().to_dtype(dtype).unwrap()
            };
            let mut gradients = Gradients::new(names.len());
            for (i, name) in names.iter().enumerate() {
                gradients.add(i, Gradient::Dense(tensor(name, "gradient"))).unwrap();
            }
            let norm = gradients.clip_norm(golden.f64(&format!("{case}.max_norm")).unwrap());
            let expected = golden.f64(&format!("{case}.total_norm")).unwrap();
            // The squares are summed in double precision, whatever the gradients are in.
            assert!((norm.unwrap() - expected).abs() <= 1e-12 * expected, "{case}");
            for (i, name) in names.iter().enumerate() {
                let clipped = (gradients.get(i).unwrap().values() * gradients.scale()).unwrap();
                let key = format!("{case} {name} {dtype:?}");
                assert_close(&key, &clipped, &tensor(name, "clipped"), tolerance, tolerance)
                    .unwrap();
            }
        }
    }
}

#[test]
fn rows_and_dense_gradients_add_up() {
    let row = |row: u32, value: f32| {
        let values = Tensor::full(value, (1, 2), &Device::Cpu).unwrap();
        Gradient::Rows(RowGradient { rows: vec![row], values })
    };
    let dense = || Gradient::Dense(Tensor::ones((3, 2), DType::F32, &Device::Cpu).unwrap());
    for parts in [[row(1, 5.), dense()], [dense(), row(1, 5.)]] {
        let mut gradients = Gradients::new(1);
        for part in parts {
            gradients.add(0, part).unwrap();
        }
        let sum = gradients.get(0).unwrap().values().to_vec2::<f32>().unwrap();
        assert_eq!(sum, [[1., 1.], [6., 6.], [1., 1.]]);
    }
    assert!(Gradients::new(1).add(1, dense()).is_err());
}
