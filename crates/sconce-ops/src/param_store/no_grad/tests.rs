//! Nested guards, threads, stores, and a suspended guard.

use candle_core::{Device, Tensor};

use super::*;
use crate::{Init, Param, ParamSpec, ParamStore, linear};

fn store() -> (ParamStore, Param) {
    let store = ParamStore::new(&Device::Cpu, 1);
    let param = store.root().get("w", ParamSpec::new((4, 2), Init::TorchLinear)).unwrap();
    (store, param)
}

fn is_tracked(param: &Param) -> bool {
    let looked_up = crate::embedding(param, &[1]).unwrap().track_op();
    let x = Tensor::ones((1, 2), candle_core::DType::F32, &Device::Cpu).unwrap();
    assert_eq!(linear(&x, param, None).unwrap().track_op(), looked_up);
    assert_eq!(param.tensor().is_variable(), looked_up);
    looked_up
}

#[test]
fn it_lasts_until_the_last_of_nested_guards_is_dropped_in_any_order() {
    let (store, param) = store();
    for first_out in [true, false] {
        let (outer, inner) = (store.no_grad(), store.no_grad());
        assert!(!is_tracked(&param));
        let last = if first_out {
            drop(outer);
            inner
        } else {
            drop(inner);
            outer
        };
        assert!(!is_tracked(&param));
        drop(last);
        assert!(is_tracked(&param));
    }
    GUARDS.with_borrow(|guards| assert!(guards.is_empty()));
}

#[test]
fn it_ends_where_a_function_returns_early_or_panics() {
    let (store, param) = store();
    let fails = || -> candle_core::Result<()> {
        let _guard = store.no_grad();
        param.tensor().matmul(&param.tensor())?;
        Ok(())
    };
    assert!(fails().is_err() && is_tracked(&param));
    let panics = std::panic::catch_unwind(|| {
        let _guard = store.no_grad();
        panic!("in an evaluation");
    });
    assert!(panics.is_err() && is_tracked(&param));
}

#[test]
fn it_stays_on_its_thread() {
    let (store, param) = store();
    let _guard = store.no_grad();
    let gradients = std::thread::scope(|scope| {
        let training = scope.spawn(|| {
            assert!(is_tracked(&param));
            store.backward(&crate::embedding(&param, &[1]).unwrap().sum_all().unwrap())
        });
        training.join().unwrap().unwrap()
    });
    assert!(gradients.get(0).is_some());
    assert!(!is_tracked(&param));
}

#[test]
fn it_holds_for_every_clone_of_its_store_and_for_no_other_store() {
    let ((one, of_one), (two, of_two)) = (store(), store());
    let guard = one.clone().no_grad();
    assert!(!is_tracked(&of_one) && is_tracked(&of_two));
    let both = two.no_grad();
    drop(guard);
    assert!(is_tracked(&of_one) && !is_tracked(&of_two));
    drop(both);
    assert!(is_tracked(&of_two));
}

#[test]
fn a_suspended_guard_comes_back() {
    let (store, param) = store();
    let _outer = store.no_grad();
    {
        let _tracked = store.tracked();
        assert!(is_tracked(&param));
        {
            let _inner = store.no_grad();
            assert!(!is_tracked(&param));
        }
        assert!(is_tracked(&param));
    }
    assert!(!is_tracked(&param));
}

#[test]
fn values_are_the_same_with_and_without() {
    let (store, param) = store();
    let x = Tensor::new(&[[0.3f32, -1.]], &Device::Cpu).unwrap();
    let y = || linear(&x, &param, None).unwrap().to_vec2::<f32>().unwrap();
    let tracked = y();
    let _guard = store.no_grad();
    assert_eq!(y(), tracked);
}
