//! Caches of all layers move together.

use super::*;

fn fed(lengths: [usize; 3]) -> LayerCaches {
    let mut caches = LayerCaches::new(2, 3, 1, 2, DType::F32, &Device::Cpu);
    let offsets = Offsets::from_lengths(lengths);
    let x = Tensor::ones((offsets.n_tokens(), 2), DType::F32, &Device::Cpu).unwrap();
    for cache in &mut caches.layers {
        cache.append(&x, &x, &offsets).unwrap();
    }
    caches
}

#[test]
fn layers_are_reordered_and_cut_together() {
    let mut caches = fed([2, 5, 1]);
    assert_eq!((caches.n_sequences(), caches.lengths()), (3, vec![2, 5, 1]));
    caches.reorder(&[1, 1, 0, 2]).unwrap();
    caches.truncate(1, 3).unwrap();
    for cache in &caches.layers {
        assert_eq!(cache.lengths(), [5, 3, 2, 1]);
    }
    let positions = caches.next_positions(&Offsets::from_lengths([1, 2, 0, 1])).unwrap();
    assert_eq!(positions, [5, 3, 4, 1]);
}

#[test]
fn what_is_not_there_is_an_error() {
    let mut caches = fed([1, 1, 1]);
    assert!(caches.reorder(&[3]).is_err());
    assert!(caches.truncate(3, 0).is_err());
    assert!(caches.next_positions(&Offsets::from_lengths([1])).is_err());
    let empty = LayerCaches { layers: Vec::new() };
    assert!(empty.next_positions(&Offsets::from_lengths([1])).is_err());
    assert_eq!((empty.n_sequences(), empty.lengths()), (0, vec![]));
}
