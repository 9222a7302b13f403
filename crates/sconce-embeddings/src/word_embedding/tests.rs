//! Lookup, pretrained values, freezing.

use candle_core::Device;
use sconce_ops::{Gradient, ParamStore};

use super::*;

fn table(store: &ParamStore) -> WordEmbedding {
    let values = Init::Values(vec![0., 1., 10., 11., 20., 21.]);
    WordEmbedding::new(3, 2, values, &store.root().pp("embedding")).unwrap()
}

#[test]
fn pretrained_rows_are_looked_up_by_id() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let out = table(&store).forward(&[2, 0, 2], Mode::Eval).unwrap();
    assert_eq!(out.to_vec2::<f32>().unwrap(), [[20., 21.], [0., 1.], [20., 21.]]);
}

#[test]
fn only_the_words_of_the_batch_have_a_gradient_and_none_when_frozen() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let table = table(&store);
    let loss = |ids: &[u32]| table.forward(ids, Mode::Eval).unwrap().sum_all().unwrap();
    let gradients = store.backward(&loss(&[2, 0, 2])).unwrap();
    let Some(Gradient::Rows(rows)) = gradients.get(0) else { panic!("expected rows") };
    assert_eq!(rows.rows, [0, 2]);
    assert_eq!(rows.values.to_vec2::<f32>().unwrap(), [[1., 1.], [2., 2.]]);
    table.weight().set_trainable(false);
    assert!(store.backward(&loss(&[1])).unwrap().get(0).is_none());
}

#[test]
fn an_id_beyond_the_vocabulary_is_an_error_that_names_it() {
    let store = ParamStore::new(&Device::Cpu, 1);
    let error = table(&store).forward(&[1, 3], Mode::Eval).unwrap_err().to_string();
    assert!(error.contains("id 3 at position 1"), "{error}");
}
