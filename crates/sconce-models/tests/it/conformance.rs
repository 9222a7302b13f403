//! What every transformer promises: batches change nothing, dropout is named, weights are drawn from
//! the seed, every parameter learns, and thirty-two examples are learnt by heart.

use candle_core::{Device, Tensor, Var};
use sconce_models::{AnyModel, CausalLm, Head, ModelConfig, PretrainedConfig, Tokens, checkpoint};
use sconce_ops::{AdamW, CrossEntropy, Mode, Offsets, Optimizer, ParamStore};
use sconce_testing::conformance;

use crate::golden::{folder, names};

/// The families with a head for three labels, their weights drawn anew.
fn classifiers() -> Vec<(String, ModelConfig)> {
    let config = |name: &String| {
        let ModelConfig::Pretrained(config) = checkpoint::load_config(&folder(name)).unwrap()
        else {
            panic!("a transformer")
        };
        let config = config.with_head(Head::SequenceClassification).unwrap();
        ModelConfig::from(config.with_labels(["a", "b", "c"]))
    };
    names("families").iter().map(|name| (name.clone(), config(name))).collect()
}

fn build(config: &ModelConfig, seed: u64) -> (ParamStore, AnyModel) {
    let store = ParamStore::new(&Device::Cpu, seed);
    let model = AnyModel::from_config(config, &store.root()).unwrap();
    (store, model)
}

fn sentences(n: u32) -> Vec<Vec<u32>> {
    let word = |i: u32, j: u32| 5 + (i * 31 + j * j * 7 + i * j) % 50;
    (0..n).map(|i| (0..1 + i * 5 % 13).map(|j| word(i, j)).collect()).collect()
}

fn forward(model: &AnyModel, rows: &[Vec<u32>], mode: Mode) -> candle_core::Result<Tensor> {
    let offsets = Offsets::from_lengths(rows.iter().map(Vec::len));
    let ids = rows.concat();
    model.sequence_classifier().unwrap().forward(&Tokens::new(&ids, &offsets), mode)
}

fn vars(store: &ParamStore) -> Vec<(String, Var)> {
    store.params().iter().map(|p| (p.name().to_owned(), p.var().clone())).collect()
}

#[test]
fn a_row_alone_equals_the_row_in_a_batch() {
    for (name, config) in classifiers() {
        let (_, model) = build(&config, 1);
        let forward = |rows: &[Vec<u32>]| forward(&model, rows, Mode::Eval);
        conformance::row_alone_equals_row_in_batch(&forward, &sentences(16), 1e-5)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn what_is_computed_for_one_token_alone_equals_what_is_computed_for_all() {
    for (name, config) in classifiers() {
        let ModelConfig::Pretrained(config) = config else { panic!("a transformer") };
        let bare = ModelConfig::from(config.with_head(Head::None).unwrap());
        let (_, model) = build(&bare, 1);
        let model = model.sentence_encoder().unwrap();
        let rows = sentences(7);
        let offsets = Offsets::from_lengths(rows.iter().map(Vec::len));
        let ids = rows.concat();
        let tokens = Tokens::new(&ids, &offsets);
        let all = model.encode_tokens(&tokens, Mode::Eval).unwrap();
        for (pooling, place) in
            [(sconce_models::PoolingMode::Cls, 0), (sconce_models::PoolingMode::Last, 1)]
        {
            let picked = pooled(&bare, pooling, &tokens);
            for (row, range) in offsets.iter().enumerate() {
                let token = if place == 0 { range.start } else { range.end - 1 };
                let expected = all.get(token).unwrap();
                let distance = crate::golden::distance(&picked.get(row).unwrap(), &expected);
                assert!(distance < 1e-5, "{name}: {pooling:?} of row {row} is off by {distance}");
            }
        }
    }
}

fn pooled(
    config: &ModelConfig,
    pooling: sconce_models::PoolingMode,
    tokens: &Tokens<'_>,
) -> Tensor {
    let ModelConfig::Pretrained(config) = config.clone() else { panic!("a transformer") };
    let mut config: PretrainedConfig = *config;
    config.sentence = Some(sconce_models::SentenceModules {
        pooling: vec![pooling],
        dense: None,
        normalize: false,
        max_seq_length: None,
    });
    let (_, model) = build(&config.into(), 1);
    model.sentence_encoder().unwrap().forward(tokens, Mode::Eval).unwrap()
}

#[test]
fn the_seed_decides_every_weight() {
    for (_, config) in classifiers() {
        let (a, _) = build(&config, 7);
        let (b, _) = build(&config, 7);
        conformance::round_trips(&vars(&a), &vars(&b)).unwrap();
        let (other, _) = build(&config, 8);
        assert!(conformance::round_trips(&vars(&a), &vars(&other)).is_err());
    }
}

#[test]
fn dropout_is_on_in_training_alone_and_named_by_its_step() {
    for (name, config) in classifiers() {
        let ModelConfig::Pretrained(config) = config else { panic!("a transformer") };
        let config = config.with_dropout(0.2).unwrap();
        let (_, model) = build(&config.into(), 1);
        let rows = sentences(5);
        let logits = |mode| forward(&model, &rows, mode).unwrap().to_vec2::<f32>().unwrap();
        assert_eq!(logits(Mode::Eval), logits(Mode::Eval), "{name}");
        assert_eq!(logits(Mode::train(1, 5)), logits(Mode::train(1, 5)), "{name}");
        assert_ne!(logits(Mode::train(1, 5)), logits(Mode::train(1, 6)), "{name}");
        assert_ne!(logits(Mode::train(1, 5)), logits(Mode::Eval), "{name}");
    }
}

#[test]
fn thirty_two_examples_are_learnt_by_heart() {
    for (name, config) in classifiers() {
        let (store, model) = build(&config, 1);
        let rows: Vec<Vec<u32>> = sentences(40).into_iter().filter(|row| row.len() > 2).collect();
        let targets: Vec<u32> = (0..rows.len() as u32).map(|i| i * i % 3).collect();
        let mut optimizer = AdamW::default();
        let mut step = || {
            let logits = forward(&model, &rows, Mode::Eval)?;
            let loss = CrossEntropy::default().loss(&logits, &targets)?;
            optimizer.step(&store, &store.backward(&loss)?, 3e-3)?;
            loss.to_scalar::<f32>()
        };
        conformance::overfits(&mut step, 600, 0.02)
            .unwrap_or_else(|error| panic!("{name}: {error}"));
    }
}

#[test]
fn frozen_layers_cost_no_gradient() {
    for (name, config) in classifiers() {
        let (store, model) = build(&config, 1);
        let head = ["classifier", "pre_classifier", "score"];
        let is_of_head = |name: &str| head.iter().any(|head| name.starts_with(head));
        for param in store.params() {
            param.set_trainable(is_of_head(param.name()));
        }
        let logits = forward(&model, &sentences(4), Mode::Eval).unwrap();
        let gradients = store.backward(&logits.sqr().unwrap().sum_all().unwrap()).unwrap();
        for (index, param) in store.params().iter().enumerate() {
            assert_eq!(gradients.get(index).is_some(), param.is_trainable(), "{name}: {param:?}");
        }
    }
}

#[test]
fn decoding_with_a_cache_equals_reading_the_whole_text() {
    for name in names("heads").iter().filter(|name| name.contains("causal_lm")) {
        let folder = folder(name);
        let config = checkpoint::load_config(&folder).unwrap();
        let (model, ..) = checkpoint::load_pretrained(&folder, &config, &Device::Cpu, 1).unwrap();
        let model = model.causal_lm().unwrap();
        let rows = [vec![7u32, 9, 30, 12, 44, 8, 21], vec![15, 6, 33]];
        let mut caches = model.caches(2);
        // The first tokens together, the others one by one.
        let first = Offsets::from_lengths([2, 1]);
        let mut logits = model.next_logits(&[7, 9, 15], &first, &mut caches).unwrap();
        for step in 0..2 {
            let one_each = Offsets::from_lengths([1, 1]);
            let ids = [rows[0][2 + step], rows[1][1 + step]];
            logits = model.next_logits(&ids, &one_each, &mut caches).unwrap();
        }
        for (row, length) in [(0usize, 4usize), (1, 3)] {
            let offsets = Offsets::from_lengths([length]);
            let ids = &rows[row][..length];
            let all = model.logits(&Tokens::new(ids, &offsets), Mode::Eval).unwrap();
            let expected = all.get(length - 1).unwrap();
            let distance = crate::golden::distance(&logits.get(row).unwrap(), &expected);
            assert!(distance < 1e-4, "{name}: row {row} is off by {distance}");
        }
    }
}
