//! Fifty steps of every optimizer against PyTorch's, or against the formulas of their papers.

use candle_core::{DType, Device, Tensor};
use sconce_testing::{Golden, assert_close};

use super::*;
use crate::gradients::{Gradient, RowGradient};
use crate::test_support::{golden, store_with};
use crate::{Init, Param, ParamSpec};

mod any_optimizer;
mod saved_state;

/// The fused pass (F32) and the composed one (F64).
const TOLERANCES: [(DType, f64); 2] = [(DType::F32, 5e-6), (DType::F64, 1e-12)];

/// The optimizer of a golden case; `w` has this weight decay.
fn of_case(case: &str) -> Box<dyn Optimizer> {
    const DECAY: f64 = 0.125;
    let betas = (0.8, 0.95);
    let mut sgd = Sgd::with_momentum(0.9);
    let mut rms_prop = RmsProp { weight_decay: DECAY, ..RmsProp::default() };
    match case {
        "sgd" => Box::new(Sgd::default()),
        "sgd_decayed" => Box::new(Sgd { weight_decay: DECAY, ..Sgd::default() }),
        "sgd_momentum" => Box::new(sgd),
        "sgd_dampened" => {
            (sgd.weight_decay, sgd.dampening) = (DECAY, 0.5);
            Box::new(sgd)
        }
        "sgd_nesterov" => {
            (sgd.weight_decay, sgd.nesterov) = (DECAY, true);
            Box::new(sgd)
        }
        "adam" => Box::new(AdamW::adam(DECAY)),
        "adam_amsgrad" => Box::new(AdamW { amsgrad: true, ..AdamW::adam(DECAY) }),
        "adamw" => {
            Box::new(AdamW { betas, epsilon: 1e-3, ..AdamW::with_decay(DECAY, Decay::Decoupled) })
        }
        "adamw_amsgrad" => {
            Box::new(AdamW { amsgrad: true, betas, ..AdamW::with_decay(DECAY, Decay::Decoupled) })
        }
        "adagrad" => Box::new(Adagrad::default()),
        "adagrad_decayed" => Box::new(Adagrad {
            lr_decay: 0.01,
            initial_accumulator: 0.5,
            epsilon: 1e-3,
            weight_decay: DECAY,
            ..Adagrad::default()
        }),
        "rms_prop" => Box::new(RmsProp::default()),
        "rms_prop_momentum" => {
            (rms_prop.momentum, rms_prop.alpha) = (0.8, 0.9);
            Box::new(rms_prop)
        }
        "rms_prop_centered" => {
            (rms_prop.centered, rms_prop.alpha, rms_prop.epsilon) = (true, 0.9, 1e-2);
            Box::new(rms_prop)
        }
        "rms_prop_both" => {
            (rms_prop.centered, rms_prop.momentum, rms_prop.epsilon) = (true, 0.8, 1e-2);
            Box::new(rms_prop)
        }
        "adafactor" | "cube" => Box::new(Adafactor::default()),
        "adafactor_decayed" => Box::new(Adafactor {
            beta2_decay: -0.5,
            epsilon1: Some(1e-2),
            epsilon2: 1e-1,
            clip_threshold: 1.5,
            weight_decay: DECAY,
            ..Adafactor::default()
        }),
        "lion" => Box::new(Lion::default()),
        "lion_decayed" => {
            Box::new(Lion { betas: (0.5, 0.8), weight_decay: DECAY, ..Lion::default() })
        }
        "lamb" => Box::new(Lamb::default()),
        "lamb_decayed" => {
            Box::new(Lamb { betas, epsilon: 1e-3, weight_decay: DECAY, ..Lamb::default() })
        }
        _ => panic!("no optimizer for the case {case}"),
    }
}

/// The cases that [`of_case`] knows.
fn cases() -> Vec<String> {
    golden("optimizers").strings("cases").unwrap()
}

/// A store with a matrix that decays and a vector that does not.
fn store_of(golden: &Golden, dtype: DType) -> (ParamStore, [Param; 2]) {
    let store = ParamStore::with_dtype(&Device::Cpu, dtype, 1);
    let param = |name: &str, spec: ParamSpec| {
        let param = store.root().get(name, spec).unwrap();
        let start = golden.tensor(&format!("{name}.start")).unwrap();
        param.var().set(&start.to_dtype(dtype).unwrap()).unwrap();
        param
    };
    let w = param("w", ParamSpec::new((3, 4), Init::Constant(0.)));
    let b = param("b", ParamSpec::new(5, Init::Constant(0.)).no_decay());
    (store, [w, b])
}

fn learning_rate(golden: &Golden, case: &str, step: usize) -> f64 {
    let rate = golden.f64(&format!("{case}.lr")).unwrap();
    if step < golden.f64("halved_after").unwrap() as usize { rate } else { rate / 2. }
}

/// Takes fifty steps with the gradients that `gradients` makes, and compares each parameter.
fn check(
    golden: &Golden,
    (case, dtype, tolerance): (&str, DType, f64),
    mut optimizer: Box<dyn Optimizer>,
    (store, params): (&ParamStore, &[(String, &Param)]),
    gradients: impl Fn(usize) -> Vec<Gradient>,
) {
    let kept = golden.u32s("kept").unwrap();
    for step in 0..50 {
        let mut of_step = Gradients::new(params.len());
        for (index, gradient) in gradients(step).into_iter().enumerate() {
            of_step.add(index, gradient).unwrap();
        }
        optimizer.step(store, &of_step, learning_rate(golden, case, step)).unwrap();
        let step = step as u32 + 1;
        if kept.contains(&step) {
            for (key, param) in params {
                let name = format!("{key}.after_{step}");
                let expected = golden.tensor_f64(&name).unwrap();
                let actual = param.tensor();
                assert_close(
                    &format!("{name} {dtype:?}"),
                    &actual,
                    &expected,
                    tolerance,
                    tolerance,
                )
                .unwrap();
            }
        }
    }
}

/// The gradient of one step from a tensor with those of all steps.
fn of_step(all: &Tensor, step: usize, dtype: DType) -> Tensor {
    all.get(step).unwrap().to_dtype(dtype).unwrap()
}

#[test]
fn steps_equal_those_of_pytorch_and_of_the_papers() {
    let golden = golden("optimizers");
    let all = ["w", "b"].map(|name| golden.tensor(&format!("{name}.gradients")).unwrap());
    for case in golden.strings("cases").unwrap() {
        for (dtype, tolerance) in TOLERANCES {
            let (store, [w, b]) = store_of(&golden, dtype);
            let params = [(format!("{case}.w"), &w), (format!("{case}.b"), &b)];
            let gradients =
                |step| all.iter().map(|all| Gradient::Dense(of_step(all, step, dtype))).collect();
            let case = (&*case, dtype, tolerance);
            check(&golden, case, of_case(case.0), (&store, &params), gradients);
        }
    }
}

#[test]
fn adafactor_takes_the_last_two_of_three_dimensions_as_matrices() {
    let golden = golden("optimizers");
    let all = golden.tensor("cube.gradients").unwrap();
    for (dtype, tolerance) in TOLERANCES {
        let start = golden.tensor("cube.start").unwrap().to_dtype(dtype).unwrap();
        let (store, cube) = store_with("cube", &start);
        let params = [(String::from("cube.cube"), &cube)];
        let gradients = |step| vec![Gradient::Dense(of_step(&all, step, dtype))];
        check(&golden, ("cube", dtype, tolerance), of_case("cube"), (&store, &params), gradients);
    }
}

#[test]
fn lazy_steps_equal_those_of_pytorch_with_sparse_gradients() {
    let golden = golden("optimizers");
    let sparse = Sparse::Lazy;
    let all = golden.tensor("lazy.gradients").unwrap();
    let rows = golden.u32s("lazy.rows").unwrap();
    for case in golden.strings("lazy").unwrap() {
        for (dtype, tolerance) in TOLERANCES {
            let optimizer: Box<dyn Optimizer> = match case.as_str() {
                "adam" => Box::new(AdamW { sparse, epsilon: 1e-3, ..AdamW::default() }),
                "adagrad" => Box::new(Adagrad {
                    sparse,
                    lr_decay: 0.01,
                    initial_accumulator: 0.5,
                    ..Adagrad::default()
                }),
                "sgd" => Box::new(Sgd { sparse, ..Sgd::default() }),
                "sgd_momentum" => {
                    Box::new(Sgd { sparse, dampening: 0.25, ..Sgd::with_momentum(0.9) })
                }
                _ => panic!("no optimizer for the case {case}"),
            };
            let start = golden.tensor("lazy.start").unwrap().to_dtype(dtype).unwrap();
            let (store, table) = store_with("table", &start);
            let gradients = |step: usize| {
                let rows = rows[step * 2..][..2].to_vec();
                vec![Gradient::Rows(RowGradient { values: of_step(&all, step, dtype), rows })]
            };
            let case = format!("lazy.{case}");
            let params = [(case.clone(), &table)];
            check(&golden, (&case, dtype, tolerance), optimizer, (&store, &params), gradients);
        }
    }
}

#[test]
fn groups_scale_the_rate_and_replace_the_decay() {
    let start = Tensor::ones(1, DType::F32, &Device::Cpu).unwrap();
    // Gradient 1, rate 0.5, decay 0.25: group, decays, value after one step.
    let expected = [
        ("", true, 1. - 0.5 * (1. + 0.25)),
        ("unknown", true, 1. - 0.5 * (1. + 0.25)),
        ("slow", true, 1. - 0.25 * (1. + 0.25)),
        ("undecayed", true, 1. - 0.5),
        ("decayed", true, 1. - 0.5 * (1. + 0.5)),
        ("decayed", false, 1. - 0.5),
    ];
    let group = |lr_scale, weight_decay| ParamGroup { lr_scale, weight_decay };
    let groups = ParamGroups::default()
        .with("slow", group(0.5, None))
        .with("undecayed", group(1., Some(0.)))
        .with("decayed", group(1., Some(0.5)));
    for (name, decays, after) in expected {
        for set_later in [false, true] {
            let store = ParamStore::new(&Device::Cpu, 1);
            let spec =
                ParamSpec::new(1, Init::Constant(1.)).group(if set_later { "" } else { name });
            let spec = if decays { spec } else { spec.no_decay() };
            let param = store.root().get("p", spec).unwrap();
            if set_later {
                param.set_group(name);
            }
            assert_eq!(&*param.group(), name);
            let mut gradients = Gradients::new(1);
            gradients.add(0, Gradient::Dense(start.clone())).unwrap();
            let mut sgd = Sgd { weight_decay: 0.25, groups: groups.clone(), ..Sgd::default() };
            sgd.step(&store, &gradients, 0.5).unwrap();
            assert_eq!(param.tensor().to_vec1::<f32>().unwrap(), [after], "{name} {decays}");
        }
    }
}
