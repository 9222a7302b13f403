//! Right gradients pass and wrong ones fail, in both precisions.

use candle_core::{DType, Device, Result, Tensor, Var};

use super::{Options, check, check_autograd};
use crate::Error;

fn vars(dtype: DType) -> Vec<(String, Var)> {
    let w = Tensor::new(&[[0.5f64, -1.5, 2.0], [0.25, 0.75, -0.5]], &Device::Cpu).unwrap();
    let b = Tensor::new(&[0.1f64, -0.3, 0.7], &Device::Cpu).unwrap();
    let var = |t: Tensor| Var::from_tensor(&t.to_dtype(dtype).unwrap()).unwrap();
    vec![("w".to_owned(), var(w)), ("b".to_owned(), var(b))]
}

fn loss(vars: &[(String, Var)]) -> Result<Tensor> {
    vars[0].1.broadcast_add(&vars[1].1)?.tanh()?.sqr()?.sum_all()
}

/// 2 tanh(w + b) (1 - tanh(w + b)^2), summed over rows for `b`.
fn gradient(vars: &[(String, Var)], name: &str) -> Result<Tensor> {
    let t = vars[0].1.broadcast_add(&vars[1].1)?.tanh()?;
    let dw = ((&t * (1.0 - t.sqr()?)?)? * 2.0)?;
    if name == "w" { Ok(dw) } else { dw.sum(0) }
}

#[test]
fn right_gradients_pass_in_both_precisions() {
    for (dtype, options) in [(DType::F64, Options::for_f64()), (DType::F32, Options::for_f32())] {
        let vars = vars(dtype);
        check(&vars, &|| loss(&vars), &|name| gradient(&vars, name), &options).unwrap();
        check_autograd(&vars, &|| loss(&vars), &options).unwrap();
    }
}

#[test]
fn one_wrong_element_is_found_and_named() {
    for (dtype, options) in [(DType::F64, Options::for_f64()), (DType::F32, Options::for_f32())] {
        let vars = vars(dtype);
        let off = Tensor::new(&[0f64, 0.0, 0.05], &Device::Cpu).unwrap().to_dtype(dtype).unwrap();
        let wrong = |name: &str| match name {
            "b" => gradient(&vars, name)? + &off,
            _ => gradient(&vars, name),
        };
        match check(&vars, &|| loss(&vars), &wrong, &options) {
            Err(Error::NotClose { name, index, n_wrong, .. }) => {
                assert_eq!((name.as_str(), index, n_wrong), ("gradient of b", vec![2], 1));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn a_detached_branch_has_no_gradient() {
    let vars = vars(DType::F64);
    let detached = || vars[0].1.broadcast_add(&vars[1].1.detach())?.sum_all();
    let error = check_autograd(&vars, &detached, &Options::for_f64()).unwrap_err();
    assert_eq!(error.to_string(), "b: no gradient reached it");
}

#[test]
fn variables_keep_their_values_even_when_the_loss_fails() {
    let vars = vars(DType::F32);
    let before = vars[0].1.to_vec2::<f32>().unwrap();
    let calls = std::cell::Cell::new(0);
    let failing = || {
        calls.set(calls.get() + 1);
        if calls.get() > 3 { candle_core::bail!("out of luck") } else { loss(&vars) }
    };
    let error = check(&vars, &failing, &|name| gradient(&vars, name), &Options::for_f32());
    assert!(error.unwrap_err().to_string().contains("out of luck"));
    assert_eq!(vars[0].1.to_vec2::<f32>().unwrap(), before);
}

#[test]
fn what_cannot_be_checked_says_so() {
    let good = vars(DType::F64);
    let tiny = Options { step: 1e-30, ..Options::for_f64() };
    let half = vars(DType::BF16);
    let scalar = || loss(&good);
    let gradient_of = |name: &str| gradient(&good, name);
    let cases = [
        (check(&[], &scalar, &gradient_of, &Options::for_f64()), "there are no variables"),
        (check(&good, &scalar, &gradient_of, &tiny), "step 1e-30 does not move w"),
        (check(&good, &|| good[0].1.sqr(), &gradient_of, &Options::for_f64()), "shape [2, 3]"),
        (check(&good, &scalar, &|_| loss(&good), &Options::for_f64()), "gradient of w: shape []"),
        (check(&half, &|| loss(&half), &|n| gradient(&half, n), &tiny), "f32 or f64, not bf16"),
    ];
    for (result, wanted) in cases {
        let message = result.unwrap_err().to_string();
        assert!(message.contains(wanted), "{message}");
    }
}
