//! Against PyTorch's `clip_grad_norm_`.

use candle_core::{DType, Device};
use sconce_testing::assert_close;

use super::*;
use crate::test_support::{golden, store_with};

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

/// A dense and a row gradient of two parameters.
fn two(dense: &[f64], rows: &[f64], dtype: DType) -> Gradients {
    let tensor = |values: &[f64], dims: &[usize]| {
        Tensor::from_slice(values, dims, &Device::Cpu).unwrap().to_dtype(dtype).unwrap()
    };
    let mut gradients = Gradients::new(2);
    gradients.add(0, Gradient::Dense(tensor(dense, &[dense.len()]))).unwrap();
    let values = tensor(rows, &[1, rows.len()]);
    gradients.add(1, Gradient::Rows(RowGradient { rows: vec![2], values })).unwrap();
    gradients
}

/// What an optimizer sees.
fn scaled(gradients: &Gradients, index: usize) -> Vec<f64> {
    let values = (gradients.get(index).unwrap().values() * gradients.scale()).unwrap();
    values.to_dtype(DType::F64).unwrap().flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn clipping_by_value_clips_what_the_optimizer_sees() {
    let infinity = f64::INFINITY;
    // Half precision has no kernel and goes by candle's operations.
    for dtype in [DType::F32, DType::F64, DType::BF16] {
        for scale in [1., 0.5, -0.5] {
            let mut gradients = two(&[-4., -1., 0., 1., infinity], &[8., -0.5], dtype);
            gradients.scale = scale;
            gradients.clip_value(1.).unwrap();
            let expected = [-4. * scale, -scale, 0., scale, infinity * scale];
            let expected = expected.map(|value: f64| value.clamp(-1., 1.));
            assert_eq!(scaled(&gradients, 0), expected, "{dtype:?} {scale}");
            let expected = [8. * scale, -0.5 * scale].map(|value: f64| value.clamp(-1., 1.));
            assert_eq!(scaled(&gradients, 1), expected, "{dtype:?} {scale}");
        }
    }
    let mut gradients = two(&[f64::NAN, 3.], &[1.], DType::F32);
    gradients.clip_value(2.).unwrap();
    let clipped = scaled(&gradients, 0);
    assert!(clipped[0].is_nan() && clipped[1] == 2., "{clipped:?}");
    for limit in [-1., f64::NAN] {
        let error = gradients.clip_value(limit).unwrap_err().to_string();
        assert!(error.contains("must not be negative"), "{error}");
    }
}

#[test]
fn the_guard_names_the_first_parameter_whose_gradient_is_not_finite() {
    let n = 2 * BLOCK + 3;
    for dtype in [DType::F32, DType::F64] {
        let (store, _) =
            store_with("encoder.weight", &Tensor::zeros(n, dtype, &Device::Cpu).unwrap());
        let spec = crate::ParamSpec::new((3, 2), crate::Init::Constant(0.));
        store.root().get("table", spec).unwrap();
        two(&vec![1e30; n], &[1., 2.], dtype).check_finite(&store).unwrap();
        for bad in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
            for place in [0, 1, 63, 64, BLOCK, n - 1] {
                let mut values = vec![1.; n];
                values[place] = bad;
                let error = two(&values, &[1., bad], dtype).check_finite(&store).unwrap_err();
                assert!(error.to_string().contains("encoder.weight"), "{bad} {place}: {error}");
            }
            let error = two(&vec![1.; n], &[1., bad], dtype).check_finite(&store).unwrap_err();
            assert!(error.to_string().contains("table"), "{bad}: {error}");
        }
        let mut gradients = two(&vec![1.; n], &[1., 2.], dtype);
        gradients.scale = f64::NAN;
        assert!(gradients.check_finite(&store).is_err());
    }
}
