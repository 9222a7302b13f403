//! Against PyTorch's embedding and finite differences, by tensor and by parameter.

use candle_core::{DType, Tensor, Var};
use sconce_testing::{assert_close, finite_difference};

use super::*;
use crate::test_support::{assert_gradients, golden, store_with, wavy, with_threads};

#[test]
fn values_and_gradient_equal_those_of_pytorch() {
    let golden = golden("embedding_mean");
    let ids = golden.u32s("lookup.ids").unwrap();
    for (dtype, tolerance) in [(DType::F64, 1e-12), (DType::F32, 1e-6)] {
        let tensor = |key: &str| {
            golden.tensor_f64(&format!("lookup.{key}")).unwrap().to_dtype(dtype).unwrap()
        };
        let table = Var::from_tensor(&tensor("table")).unwrap();
        let output = embedding(table.as_tensor(), &ids).unwrap();
        assert_close("output", &output, &tensor("output"), 0., 0.).unwrap();
        let expected = [(&table, tensor("dtable"))];
        assert_gradients("lookup", &output, &tensor("upstream"), &expected, tolerance);
    }
}

#[test]
fn the_gradient_equals_finite_differences() {
    let table = Var::from_vec(wavy(21, 0.), (7, 3), &Device::Cpu).unwrap();
    let loss = || embedding(table.as_tensor(), &[2, 6, 2, 0, 2])?.sqr()?.sum_all();
    let options = finite_difference::Options::for_f64();
    finite_difference::check_autograd(&[("table".into(), table.clone())], &loss, &options).unwrap();
}

#[test]
fn half_precision_is_composed_and_equals_the_kernel() {
    // Whole numbers, so that sums in half precision are exact.
    let values: Vec<f32> = (0..24).map(|i| (i * 5 % 17) as f32 - 8.).collect();
    let table = Tensor::from_vec(values, (8, 3), &Device::Cpu).unwrap();
    let (ids, upstream) = ([5, 1, 5, 7, 0, 5], table.narrow(0, 0, 6).unwrap());
    let run = |dtype: DType| {
        let table = Var::from_tensor(&table.to_dtype(dtype).unwrap()).unwrap();
        let output = embedding(table.as_tensor(), &ids).unwrap();
        let loss = (&output * upstream.to_dtype(dtype).unwrap()).unwrap().sum_all().unwrap();
        let gradients = loss.backward().unwrap();
        [output, gradients.get(&table).unwrap().clone()]
            .map(|tensor| tensor.to_dtype(DType::F32).unwrap().to_vec2::<f32>().unwrap())
    };
    let fused = run(DType::F32);
    for dtype in [DType::F16, DType::BF16] {
        assert_eq!(run(dtype), fused, "{dtype:?}");
    }
}

#[test]
fn a_parameter_keeps_only_the_rows_of_the_batch() {
    let golden = golden("embedding_mean");
    let ids = golden.u32s("lookup.ids").unwrap();
    let tensor = |key: &str| golden.tensor_f64(&format!("lookup.{key}")).unwrap();
    let (store, table) = store_with("table", &tensor("table"));
    let loss = (embedding(&table, &ids).unwrap() * tensor("upstream")).unwrap().sum_all().unwrap();
    let gradients = store.backward(&loss).unwrap();
    let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("expected rows") };
    assert_eq!(rows.rows, [0, 1, 3, 8, 9]);
    let dense = gradients.get(0).unwrap().to_dense(&[10, 5]).unwrap();
    assert_close("dtable", &dense, &tensor("dtable"), 1e-12, 1e-12).unwrap();
}

#[test]
fn two_lookups_of_one_parameter_add_up() {
    let table = Tensor::zeros((6, 3), DType::F32, &Device::Cpu).unwrap();
    let (store, table) = store_with("table", &table);
    let a = embedding(&table, &[1, 4]).unwrap().sum_all().unwrap();
    let b = embedding(&table, &[4, 5, 5]).unwrap().sum_all().unwrap();
    let gradients = store.backward(&(a + b).unwrap()).unwrap();
    let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("expected rows") };
    assert_eq!(rows.rows, [1, 4, 5]);
    assert_eq!(rows.values.to_vec2::<f32>().unwrap(), [[1.; 3], [2.; 3], [2.; 3]]);
}

#[test]
fn no_ids_give_no_rows() {
    let table = Tensor::ones((6, 3), DType::F32, &Device::Cpu).unwrap();
    let (store, table) = store_with("table", &table);
    let output = embedding(&table, &[]).unwrap();
    assert_eq!(output.dims(), [0, 3]);
    let gradients = store.backward(&output.sum_all().unwrap()).unwrap();
    let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("expected rows") };
    assert!(rows.rows.is_empty());
}

#[test]
fn the_number_of_threads_does_not_change_a_bit() {
    let ids: Vec<u32> = (0..5000u32).map(|i| i * 7919 % 97).collect();
    let run = || {
        let table = Var::from_vec(wavy(97 * 8, 0.), (97, 8), &Device::Cpu);
        let table = table.unwrap();
        let loss = embedding(table.as_tensor(), &ids).unwrap().sqr().unwrap().sum_all().unwrap();
        loss.backward().unwrap().get(&table).unwrap().to_vec2::<f64>().unwrap()
    };
    assert_eq!(with_threads(1, run), with_threads(3, run));
}
