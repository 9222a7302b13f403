//! Shapes, bounds and decay of each kind.

use candle_core::Device;

use super::*;
use crate::ParamStore;

#[test]
fn each_kind_has_the_shape_the_bounds_and_the_decay_of_pytorch() {
    let eighth = 1. / 64f32.sqrt();
    for (spec, shape, (low, high), decays) in [
        (ParamSpec::linear_weight(64, 30), vec![30, 64], (-eighth, eighth), true),
        (ParamSpec::linear_bias(64, 900), vec![900], (-eighth, eighth), false),
        (ParamSpec::conv1d_weight(16, 30, 4), vec![30, 16, 4], (-eighth, eighth), true),
        (ParamSpec::conv1d_bias(16, 900, 4), vec![900], (-eighth, eighth), false),
        (ParamSpec::recurrent_weight(10, 64, 4), vec![256, 10], (-eighth, eighth), true),
        (ParamSpec::recurrent_bias(64, 3), vec![192], (-eighth, eighth), false),
        (ParamSpec::norm_weight(7), vec![7], (1., 1.), false),
        (ParamSpec::norm_bias(7), vec![7], (0., 0.), false),
    ] {
        let param = ParamStore::new(&Device::Cpu, 1).root().get("w", spec).unwrap();
        assert_eq!((param.var().dims(), param.decays()), (shape.as_slice(), decays));
        let values = param.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let smallest = values.iter().copied().fold(f32::INFINITY, f32::min);
        let largest = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        assert!(smallest >= low && largest <= high, "{param:?}: {smallest} {largest}");
        let close = |a: f32, b: f32| (a - b).abs() <= 0.03 * b.abs();
        assert!(close(smallest, low) && close(largest, high), "{param:?}: {smallest} {largest}");
    }
}

#[test]
fn an_embedding_is_standard_normal_and_its_padding_row_zero() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let plain = store.root().get("plain", ParamSpec::embedding(100, 50)).unwrap();
    let values = plain.tensor().flatten_all().unwrap().to_vec1::<f32>().unwrap();
    let mean_square = values.iter().map(|x| x * x).sum::<f32>() / 5000.;
    assert!((mean_square - 1.).abs() < 0.08 && plain.decays(), "{mean_square}");
    let bert = ParamSpec::embedding(100, 50).init(Init::normal(0.02).with_zero_row(3));
    let rows = store.root().get("padded", bert).unwrap().tensor().to_vec2::<f32>().unwrap();
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row.iter().all(|&x| x == 0.), i == 3, "row {i}");
        assert!(row.iter().all(|&x| x.abs() < 0.1));
    }
}
