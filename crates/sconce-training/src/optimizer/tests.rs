//! Every optimizer by its name, and the settings that it has.

use candle_core::Device;
use sconce_ops::{Init, ParamGroup, ParamSpec, ParamStore};

use super::*;

/// Where a parameter that begins at 1 is after two steps against a gradient of 1.
fn after_two_steps(config: &TrainerConfig, groups: ParamGroups) -> f32 {
    let store = ParamStore::new(&Device::Cpu, 1);
    let spec = ParamSpec::new(1, Init::Constant(1.)).group("slow");
    let param = store.root().get("x", spec).unwrap();
    let mut optimizer = optimizer(config, groups).unwrap();
    for _ in 0..2 {
        let loss = param.tensor().sum_all().unwrap();
        optimizer.step(&store, &store.backward(&loss).unwrap(), 0.1).unwrap();
    }
    param.tensor().to_vec1::<f32>().unwrap()[0]
}

#[test]
fn every_optimizer_is_read_from_its_name_and_takes_steps() {
    for kind in OptimizerKind::ALL {
        assert_eq!(kind.name().parse::<OptimizerKind>().unwrap(), kind);
        let json = format!("\"{}\"", kind.name());
        assert_eq!(serde_json::to_string(&kind).unwrap(), json);
        let config = TrainerConfig { optimizer: kind, ..TrainerConfig::default() };
        let slow = ParamGroup { lr_scale: 0.5, weight_decay: None };
        let fast = after_two_steps(&config, ParamGroups::default());
        let slow = after_two_steps(&config, ParamGroups::default().with("slow", slow));
        assert!(fast < slow && slow < 1., "{kind:?}: {fast}, with half the rate {slow}");
    }
    let error = "adamv".parse::<OptimizerKind>().unwrap_err().to_string();
    assert!(error.starts_with("no optimizer \"adamv\"; did you mean \"adam"), "{error}");
}

#[test]
fn settings_reach_the_optimizer() {
    let base = || TrainerConfig { optimizer: OptimizerKind::Sgd, ..TrainerConfig::default() };
    for (config, expected) in [
        (base(), 0.8),
        (TrainerConfig { momentum: Some(0.5), ..base() }, 0.75),
        (TrainerConfig { weight_decay: 1., ..base() }, 0.62),
        // |m| / (√v + ε) is 1 / 2, for any betas.
        (
            TrainerConfig {
                optimizer: OptimizerKind::AdamW,
                betas: Some((0.5, 0.5)),
                epsilon: Some(1.),
                ..base()
            },
            0.9,
        ),
    ] {
        let value = after_two_steps(&config, ParamGroups::default());
        assert!((value - expected).abs() < 1e-6, "{config:?}: {value}");
    }
}

#[test]
fn settings_that_an_optimizer_has_not_or_that_are_out_of_range_are_refused() {
    let of = |optimizer| TrainerConfig { optimizer, ..TrainerConfig::default() };
    for (config, expected) in [
        (
            TrainerConfig { betas: Some((0.9, 0.99)), ..of(OptimizerKind::Sgd) },
            "the optimizer sgd has no betas; leave it out",
        ),
        (
            TrainerConfig { epsilon: Some(1e-6), ..of(OptimizerKind::Lion) },
            "the optimizer lion has no epsilon",
        ),
        (
            TrainerConfig { momentum: Some(0.9), ..of(OptimizerKind::AdamW) },
            "the optimizer adamw has no momentum",
        ),
        (
            TrainerConfig { betas: Some((0.9, 1.)), ..of(OptimizerKind::AdamW) },
            "beta 2 is 1; it must be at least 0 and below 1",
        ),
        (
            TrainerConfig { weight_decay: -0.1, ..of(OptimizerKind::AdamW) },
            "the weight decay is -0.1; it must be a number of at least 0",
        ),
    ] {
        let error = optimizer(&config, ParamGroups::default()).err().unwrap().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}
