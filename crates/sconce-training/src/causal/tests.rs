//! A text that repeats itself, in blocks and from random places: learnt, repeated to the bit, and
//! evaluated by all tokens.

use sconce_models::{AnyModel, CausalLm, Tokens};
use sconce_ops::{IGNORE_INDEX, Offsets};
use sconce_text_pipeline::LmBlocks;

use super::*;
use crate::tests::{assert_falls, assert_near, bits, build, fit, gpt2};

const VOCAB: usize = 11;

fn stream() -> TokenStream {
    let motif = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 3, 1, 4];
    TokenStream::new(motif.into_iter().cycle().take(402).collect())
}

fn blocks(block_size: usize) -> EncodedDataset {
    LmBlocks::new(block_size).cut(&stream()).unwrap()
}

fn task<'a>(
    (model, store): &'a (AnyModel, ParamStore),
    train: LmRows<'a>,
    valid: &'a EncodedDataset,
) -> CausalTask<'a> {
    CausalTask {
        model: model.causal_lm().unwrap(),
        store,
        train,
        valid: Some(valid),
        loss: CrossEntropy::default(),
        batching: Batching { batch_size: 6, ..Batching::default() },
    }
}

#[test]
fn blocks_and_random_pieces_are_learnt_and_runs_repeat_to_the_bit() {
    let (stream, blocks) = (stream(), blocks(16));
    let random = LmRows::Random { stream: &stream, block_size: 16, batches: 5 };
    for train in [LmRows::Blocks(&blocks), random] {
        let run = || {
            let model = build(gpt2(VOCAB), 2);
            let task = task(&model, train, &blocks);
            let history = fit(&task, 12.);
            assert_eq!(history.n_steps, 60);
            assert_falls(&history, 0.5);
            let valid = history.evaluations.last().unwrap().metrics.clone();
            assert_near("perplexity", valid["perplexity"].ln(), valid["loss"]);
            assert_eq!(valid.keys().collect::<Vec<_>>(), ["loss", "perplexity"]);
            bits(&model.1)
        };
        assert_eq!(run(), run());
    }
}

#[test]
fn every_batch_of_random_pieces_is_drawn_anew() {
    let (stream, blocks, model) = (stream(), blocks(16), build(gpt2(VOCAB), 2));
    let random = LmRows::Random { stream: &stream, block_size: 16, batches: 3 };
    let task = task(&model, random, &blocks);
    assert_eq!(task.batches(0), [[0], [1], [2]]);
    assert_eq!(task.batches(2), [[6], [7], [8]]);
    let loss = |draw: usize| {
        let loss = task.loss(&[draw], Mode::Eval).unwrap();
        assert_eq!((loss.n_examples, loss.weight), (6, 96.));
        loss.loss.to_scalar::<f32>().unwrap()
    };
    assert_eq!(loss(0), loss(0));
    assert_ne!(loss(0), loss(6));
}

#[test]
fn a_text_shorter_than_a_piece_is_an_error_of_the_first_step() {
    let (short, blocks, model) = (TokenStream::new(vec![1; 16]), blocks(16), build(gpt2(VOCAB), 2));
    let random = LmRows::Random { stream: &short, block_size: 16, batches: 3 };
    let task = task(&model, random, &blocks);
    let error = task.loss(&task.batches(0)[0], Mode::Eval).unwrap_err().to_string();
    assert!(error.contains("16"), "{error}");
}

#[test]
fn the_evaluations_loss_is_the_mean_over_all_tokens() {
    // Blocks of two lengths, and a last token that has no next one.
    for block_size in [16, 37] {
        let (blocks, model) = (blocks(block_size), build(gpt2(VOCAB), 2));
        let model = model.0.causal_lm().unwrap();
        let metrics = evaluate_causal_lm(model, &blocks).unwrap().metrics;
        let (mut sum, mut n) = (0., 0);
        let targets = blocks.targets().tokens().unwrap();
        for row in 0..blocks.len() {
            let offsets = Offsets::from_lengths([blocks.row(row).len()]);
            let tokens = Tokens::new(blocks.row(row), &offsets);
            let logits = model.logits(&tokens, Mode::Eval).unwrap().to_vec2::<f32>().unwrap();
            let targets = &targets[blocks.offsets()[row]..blocks.offsets()[row + 1]];
            let scored = logits.iter().zip(targets).filter(|(_, t)| **t != IGNORE_INDEX);
            for (logits, target) in scored {
                let exponentials: f64 = logits.iter().map(|x| f64::from(*x).exp()).sum();
                sum += exponentials.ln() - f64::from(logits[*target as usize]);
                n += 1;
            }
        }
        assert_eq!(n, 401);
        assert_near("loss", metrics["loss"], sum / f64::from(n));
    }
}
