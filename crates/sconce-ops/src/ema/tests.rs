//! Against PyTorch and the sums that the formulas stand for; in and out again; state.

use candle_core::Device;
use sconce_testing::assert_close;

use super::*;
use crate::test_support::{wavy, with_threads};
use crate::{Init, ParamSpec};

const N: usize = BLOCK + 5;

fn store(dtype: DType) -> (ParamStore, Param) {
    let store = ParamStore::with_dtype(&Device::Cpu, dtype, 1);
    let param = store.root().get("w", ParamSpec::new((1, N), Init::ZEROS)).unwrap();
    (store, param)
}

/// The weights after step `t`.
fn weights(t: u64) -> Tensor {
    Tensor::from_vec(wavy(N, t as f64), (1, N), &Device::Cpu).unwrap()
}

fn set(param: &Param, t: u64) {
    param.var().set(&weights(t).to_dtype(param.var().dtype()).unwrap()).unwrap();
}

/// The average after `n` steps from weights 0.
fn averaged(dtype: DType, start: EmaStart, n: u64) -> Tensor {
    let (store, param) = store(dtype);
    set(&param, 0);
    let mut ema = Ema::new(&store, 0.9, start).unwrap();
    for t in 1..=n {
        set(&param, t);
        ema.update(&store).unwrap();
    }
    assert_eq!(ema.n_updates(), n);
    ema.get(0).unwrap().to_dtype(DType::F64).unwrap()
}

/// `Σ_t share_t · weights(t)`.
fn mixed(shares: &[f64]) -> Tensor {
    let zeros = Tensor::zeros((1, N), DType::F64, &Device::Cpu).unwrap();
    shares
        .iter()
        .enumerate()
        .fold(zeros, |sum, (t, share)| (sum + (weights(t as u64) * *share).unwrap()).unwrap())
}

#[test]
fn each_start_gives_every_step_its_share() {
    let n = 7;
    for start in [EmaStart::Weights, EmaStart::Ramp, EmaStart::Debiased] {
        let shares: Vec<f64> = match start {
            EmaStart::Debiased => {
                let all = 1. - 0.9f64.powi(n);
                let share = |t: i32| if t == 0 { 0. } else { 0.1 * 0.9f64.powi(n - t) / all };
                (0..=n).map(share).collect()
            }
            EmaStart::Weights | EmaStart::Ramp => {
                let ramp = |t: i32| f64::from(1 + t) / f64::from(10 + t);
                let decay = |t: i32| if start == EmaStart::Ramp { ramp(t).min(0.9) } else { 0.9 };
                let kept = |t: i32| (t + 1..=n).map(decay).product::<f64>();
                (0..=n).map(|t| if t == 0 { kept(0) } else { (1. - decay(t)) * kept(t) }).collect()
            }
        };
        assert!((shares.iter().sum::<f64>() - 1.).abs() < 1e-12);
        for (dtype, tolerance) in [(DType::F64, 1e-13), (DType::F32, 1e-6), (DType::F16, 1e-2)] {
            let average = averaged(dtype, start, n as u64);
            let name = format!("{start:?} {dtype:?}");
            assert_close(&name, &average, &mixed(&shares), tolerance, tolerance).unwrap();
        }
    }
    // The first step of a debiased average is all there is.
    assert_close("first", &averaged(DType::F64, EmaStart::Debiased, 1), &weights(1), 0., 0.)
        .unwrap();
}

#[test]
fn averages_equal_those_of_pytorch() {
    let golden = crate::test_support::golden("ema");
    let steps = golden.tensor_f64("steps").unwrap();
    for (name, start) in
        [("weights", EmaStart::Weights), ("ramp", EmaStart::Ramp), ("debiased", EmaStart::Debiased)]
    {
        let expected = golden.tensor_f64(name).unwrap();
        let (store, param) = crate::test_support::store_with("w", &steps.get(0).unwrap());
        let mut ema = Ema::new(&store, golden.f64("decay").unwrap(), start).unwrap();
        for t in 1..steps.dim(0).unwrap() {
            param.var().set(&steps.get(t).unwrap()).unwrap();
            ema.update(&store).unwrap();
            let expected = expected.get(t - 1).unwrap();
            let name = format!("{name} after {t}");
            assert_close(&name, ema.get(0).unwrap(), &expected, 1e-14, 1e-14).unwrap();
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let with = |threads| {
        with_threads(threads, || {
            averaged(DType::F32, EmaStart::Weights, 3).to_vec2::<f64>().unwrap()
        })
    };
    let single = with(1);
    assert!(single == with(2) && single == with(3));
}

#[test]
fn averages_come_in_for_an_evaluation_and_the_weights_come_back_to_the_bit() {
    let (store, param) = store(DType::F32);
    let mut ema = Ema::new(&store, 0.5, EmaStart::Weights).unwrap();
    set(&param, 1);
    ema.update(&store).unwrap();
    let now = || param.tensor().to_vec2::<f32>().unwrap();
    let (weights, average) = (now(), ema.get(0).unwrap().to_vec2::<f32>().unwrap());
    assert_ne!(weights, average);
    assert!(ema.evaluate(&store, || now() == average).unwrap());
    // Also when what is evaluated fails.
    let failed: std::result::Result<(), ()> = ema.evaluate(&store, || Err(())).unwrap();
    assert!(failed.is_err() && now() == weights);
    ema.swap(&store).unwrap();
    assert_eq!(now(), average);
    for refused in [
        ema.update(&store),
        ema.evaluate(&store, || ()),
        ema.state(&store).map(drop),
        ema.load_state(&store, &[]),
    ] {
        assert!(refused.unwrap_err().to_string().contains("swap first"));
    }
    ema.swap(&store).unwrap();
    assert_eq!((now(), ema.get(0).unwrap().to_vec2::<f32>().unwrap()), (weights, average));
}

#[test]
fn a_state_that_was_saved_goes_on_to_the_bit() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ema.safetensors");
    for start in [EmaStart::Weights, EmaStart::Ramp, EmaStart::Debiased] {
        let (store, param) = store(DType::F32);
        let mut whole = Ema::new(&store, 0.9, start).unwrap();
        let step = |ema: &mut Ema, t: u64| {
            set(&param, t);
            ema.update(&store).unwrap();
        };
        (1..=3).for_each(|t| step(&mut whole, t));
        let state = whole.state(&store).unwrap();
        let names: Vec<&str> = state.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["ema.n_updates", "w.ema"]);
        let tensors = state.iter().map(|(name, tensor)| (name.clone(), tensor.clone())).collect();
        candle_core::safetensors::save(&tensors, &path).unwrap();
        (4..=6).for_each(|t| step(&mut whole, t));

        let state: Vec<_> =
            candle_core::safetensors::load(&path, &Device::Cpu).unwrap().into_iter().collect();
        let mut resumed = Ema::new(&store, 0.9, start).unwrap();
        resumed.load_state(&store, &state).unwrap();
        (4..=6).for_each(|t| step(&mut resumed, t));
        let bits = |ema: &Ema| ema.get(0).unwrap().to_vec2::<f32>().unwrap();
        assert!(bits(&whole) == bits(&resumed) && resumed.n_updates() == 6, "{start:?}");
    }
}

#[test]
fn frozen_parameters_have_no_average_until_they_are_trained() {
    let (store, param) = store(DType::F32);
    param.set_trainable(false);
    let mut ema = Ema::new(&store, 0.5, EmaStart::Weights).unwrap();
    ema.update(&store).unwrap();
    assert!(ema.get(0).is_none());
    assert_eq!(ema.state(&store).unwrap().len(), 1);
    set(&param, 1);
    param.set_trainable(true);
    ema.update(&store).unwrap();
    assert_close("first", ema.get(0).unwrap(), &param.tensor(), 0., 0.).unwrap();
    // Frozen again, the average still moves towards the weights.
    set(&param, 2);
    param.set_trainable(false);
    ema.update(&store).unwrap();
    let expected = ((weights(1) + weights(2)).unwrap() * 0.5).unwrap();
    let average = ema.get(0).unwrap().to_dtype(DType::F64).unwrap();
    assert_close("frozen", &average, &expected, 1e-6, 1e-6).unwrap();
}

#[test]
fn decays_states_and_stores_that_do_not_fit_are_refused() {
    let (one, _) = store(DType::F32);
    for decay in [-0.1, 1., f64::NAN] {
        let error = Ema::new(&one, decay, EmaStart::Weights).unwrap_err().to_string();
        assert!(error.contains("at least 0 and below 1"), "{error}");
    }
    let mut ema = Ema::new(&one, 0.5, EmaStart::Weights).unwrap();
    let other = ParamStore::new(&Device::Cpu, 1);
    other.root().get("other", ParamSpec::new(2, Init::ZEROS)).unwrap();
    let error = ema.update(&other).unwrap_err().to_string();
    assert!(error.contains("parameter other [2]"), "{error}");
    assert!(ema.swap(&other).is_err() && ema.get(0).is_some());
    let refused = |ema: &mut Ema, store: &ParamStore, state: &[(String, Tensor)]| {
        ema.load_state(store, state).unwrap_err().to_string()
    };
    let mut fresh = Ema::new(&one, 0.5, EmaStart::Weights).unwrap();
    let state = fresh.state(&one).unwrap();
    assert!(refused(&mut fresh, &one, &[]).contains("no `ema.n_updates`"));
    assert!(refused(&mut fresh, &one, &state[..1]).contains("no `w.ema`"));
    assert!(refused(&mut fresh, &other, &state).contains("no `other.ema`"));
    let small = Tensor::zeros(2, DType::F32, &Device::Cpu).unwrap();
    let state = [state[0].clone(), ("w.ema".to_owned(), small)];
    assert!(refused(&mut fresh, &one, &state).contains("its average is [2]"));
}
