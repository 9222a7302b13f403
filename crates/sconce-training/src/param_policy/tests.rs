//! What is frozen, which groups there are, and what is refused.

use candle_core::{Device, Tensor};
use sconce_ops::{Init, Optimizer, ParamSpec, Sgd};

use super::*;

const NAMES: [&str; 8] = [
    "bert.embeddings.weight",
    "bert.encoder.layer.0.weight",
    "bert.encoder.layer.0.bias",
    "bert.encoder.layer.1.weight",
    "bert.encoder.layer.1.bias",
    "bert.pooler.weight",
    "classifier.weight",
    "classifier.bias",
];

fn store() -> ParamStore {
    let store = ParamStore::new(&Device::Cpu, 1);
    for name in NAMES {
        store.root().get(name, ParamSpec::new(1, Init::Constant(1.))).unwrap();
    }
    store
}

/// Learning rate and weight decay of each parameter.
fn settings(policy: &ParamPolicy) -> Vec<(f64, Option<f64>)> {
    let store = store();
    let groups = policy.apply(&store).unwrap();
    assert_eq!(policy.apply(&store).unwrap(), groups, "twice is once");
    let group = |param: &Param| groups.get(&param.group());
    store.params().iter().map(|p| (group(p).lr_scale, group(p).weight_decay)).collect()
}

#[test]
fn the_learning_rate_falls_from_layer_to_layer() {
    let policy = ParamPolicy { layer_decay: 0.5, ..ParamPolicy::default() };
    let scales: Vec<f64> = settings(&policy).into_iter().map(|(scale, _)| scale).collect();
    assert_eq!(scales, [0.125, 0.25, 0.25, 0.5, 0.5, 1., 1., 1.]);
    let policy = ParamPolicy { head_lr_scale: 10., ..policy };
    let scales: Vec<f64> = settings(&policy).into_iter().map(|(scale, _)| scale).collect();
    assert_eq!(scales, [0.125, 0.25, 0.25, 0.5, 0.5, 1., 10., 10.]);
}

#[test]
fn named_groups_and_no_decay_join_the_layers_settings() {
    let named = |pattern: &str, lr_scale, weight_decay| NamedGroup {
        pattern: pattern.into(),
        lr_scale,
        weight_decay,
    };
    let policy = ParamPolicy {
        no_decay: vec!["*.bias".into()],
        groups: vec![named("bert.encoder", 0.5, Some(0.1)), named("*.layer.1", 0.5, None)],
        ..ParamPolicy::default()
    };
    let decays = [None, Some(0.1), Some(0.), Some(0.1), Some(0.), None, None, Some(0.)];
    let scales = [1., 0.5, 0.5, 0.25, 0.25, 1., 1., 1.];
    let expected: Vec<_> = scales.into_iter().zip(decays).collect();
    assert_eq!(settings(&policy), expected);
}

#[test]
fn an_optimizer_takes_smaller_steps_in_lower_layers() {
    let store = store();
    let policy = ParamPolicy { layer_decay: 0.5, ..ParamPolicy::default() };
    let mut optimizer = Sgd { groups: policy.apply(&store).unwrap(), ..Sgd::default() };
    let all: Vec<Tensor> = store.params().iter().map(Param::tensor).collect();
    let loss = Tensor::cat(&all, 0).unwrap().sum_all().unwrap();
    optimizer.step(&store, &store.backward(&loss).unwrap(), 0.5).unwrap();
    let values: Vec<f32> =
        store.params().iter().map(|p| p.tensor().to_vec1::<f32>().unwrap()[0]).collect();
    assert_eq!(values, [0.9375, 0.875, 0.875, 0.75, 0.75, 0.5, 0.5, 0.5]);
}

#[test]
fn what_is_frozen_is_what_was_named_and_what_lies_below_the_last_layers() {
    let policy = |freeze: &[&str], unfreeze_last| ParamPolicy {
        freeze: freeze.iter().map(|&pattern| pattern.into()).collect(),
        unfreeze_last,
        ..ParamPolicy::default()
    };
    for (policy, trained) in [
        (policy(&[], None), vec![0, 1, 2, 3, 4, 5, 6, 7]),
        (policy(&["bert"], None), vec![6, 7]),
        (policy(&["*.bias", "bert.embeddings"], None), vec![1, 3, 5, 6]),
        (policy(&[], Some(1)), vec![3, 4, 5, 6, 7]),
        (policy(&["*.pooler"], Some(0)), vec![6, 7]),
    ] {
        let store = store();
        policy.apply(&store).unwrap();
        let params = store.params();
        let is_trained = |&index: &usize| params[index].is_trainable();
        assert_eq!((0..8).filter(is_trained).collect::<Vec<_>>(), trained, "{policy:?}");
    }
}

#[test]
fn what_makes_no_sense_is_refused_and_freezes_nothing() {
    let default = ParamPolicy::default;
    let bags = ParamStore::new(&Device::Cpu, 1);
    bags.root().get("embedding.weight", ParamSpec::new(1, Init::Constant(1.))).unwrap();
    for (policy, store, expected) in [
        (
            ParamPolicy { freeze: vec!["bert".into(), "clasifier".into()], ..default() },
            store(),
            "no parameter is named \"clasifier\"",
        ),
        (
            ParamPolicy { freeze: vec!["*".into()], ..default() },
            store(),
            "every parameter is frozen",
        ),
        (
            ParamPolicy { no_decay: vec!["norm".into()], ..default() },
            store(),
            "no parameter is named",
        ),
        (ParamPolicy { layer_decay: 0., ..default() }, store(), "the layer decay is 0; it must be"),
        (ParamPolicy { layer_decay: 0.9, ..default() }, bags.clone(), "has 0"),
        (ParamPolicy { unfreeze_last: Some(3), ..default() }, store(), "the last 3 layers"),
        (
            ParamPolicy { head_lr_scale: -1., ..default() },
            store(),
            "the learning-rate factor of the head is -1",
        ),
        (ParamPolicy { head_lr_scale: 2., ..default() }, bags, "no parameter is of a head"),
    ] {
        let error = policy.apply(&store).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(store.params().iter().all(Param::is_trainable), "{expected}");
    }
}
