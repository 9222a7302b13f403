//! Shares of masked tokens, whole words, special tokens, and draws that seed, epoch and row fix.
#![cfg(feature = "subword")]

use super::*;
use crate::test_support::{golden, tokenizer};

const TEXT: &str = "The quick brown fox isn't amused, and unbelievable readers are rereading it.";

fn dataset(n_rows: usize) -> MlmDataset {
    MlmDataset::encode(&*tokenizer("bert_uncased"), &vec![TEXT; n_rows], None).unwrap()
}

fn targets(batch: &PackedBatch) -> &[u32] {
    batch.targets.tokens().unwrap()
}

#[test]
fn words_of_tokens_are_those_of_transformers() {
    for golden in golden() {
        let tokenizer = tokenizer(&golden.name);
        for case in &golden.words {
            let dataset = MlmDataset::encode(&*tokenizer, &[&case.text], None).unwrap();
            let special = tokenizer.special_tokens();
            let expected: Vec<Part> = (0..case.words.len())
                .map(|token| match case.words[token] {
                    -1 => Part::Special,
                    word if token > 0 && case.words[token - 1] == word => Part::Later,
                    _ => Part::First,
                })
                .collect();
            assert_eq!(dataset.parts, expected, "{} {special:?} {:?}", golden.name, case.text);
        }
    }
}

#[test]
fn shares_are_those_asked_for() {
    let dataset = dataset(2000);
    let rows: Vec<usize> = (0..2000).collect();
    let n_tokens = dataset.parts.iter().filter(|part| **part != Part::Special).count() as f64;
    for (whole_words, probability, masked, replaced) in
        [(false, 0.15, 0.8, 0.1), (true, 0.15, 0.8, 0.1), (false, 0.4, 0.5, 0.5)]
    {
        let masking = Masking { probability, masked, replaced, whole_words, seed: 1 };
        let batch = dataset.collate(&rows, &masking, 0).unwrap();
        let (mut n_chosen, mut n_masked, mut n_kept) = (0., 0., 0.);
        let before = dataset.encoded().ids();
        for ((target, id), before) in targets(&batch).iter().zip(&batch.ids).zip(before) {
            match *target {
                IGNORE => assert_eq!(id, before),
                target => {
                    assert_eq!(target, *before);
                    n_chosen += 1.;
                    n_masked += f64::from(u8::from(*id == dataset.mask));
                    n_kept += f64::from(u8::from(id == before));
                }
            }
        }
        // Shares of 30,000 tokens and more, so within 0.01 but once in many thousand seeds.
        let case = format!("{masking:?}");
        assert!((n_chosen / n_tokens - probability).abs() < 0.01, "{case}: {n_chosen}");
        assert!((n_masked / n_chosen - masked).abs() < 0.015, "{case}: {n_masked}");
        assert!((n_kept / n_chosen - (1. - masked - replaced)).abs() < 0.015, "{case}: {n_kept}");
    }
}

#[test]
fn special_tokens_are_neither_guessed_nor_put_in() {
    let tokenizer = tokenizer("bert_uncased");
    let texts = ["[SEP] a [MASK] b [PAD]"; 50];
    let dataset = MlmDataset::encode(&*tokenizer, &texts, None).unwrap();
    let all = Masking { probability: 1., masked: 0., replaced: 1., ..Masking::default() };
    let rows: Vec<usize> = (0..50).collect();
    let special = tokenizer.special_tokens();
    let mut drawn = std::collections::BTreeSet::new();
    for epoch in 0..50 {
        let batch = dataset.collate(&rows, &all, epoch).unwrap();
        for ((target, id), before) in
            targets(&batch).iter().zip(&batch.ids).zip(dataset.encoded().ids())
        {
            if special.contains(*before) {
                assert_eq!((*target, id), (IGNORE, before));
            } else {
                assert!(!special.contains(*id));
                drawn.insert(*id);
            }
        }
    }
    // Every other token is drawn some time.
    assert_eq!(drawn.len(), tokenizer.vocab_size() - special.all.len());
}

#[test]
fn whole_words_are_chosen_or_left_together() {
    let dataset = dataset(200);
    let rows: Vec<usize> = (0..200).collect();
    let masking = Masking { whole_words: true, probability: 0.5, ..Masking::default() };
    let batch = dataset.collate(&rows, &masking, 3).unwrap();
    let chosen: Vec<bool> = targets(&batch).iter().map(|target| *target != IGNORE).collect();
    let mut n_later = 0;
    for (token, part) in dataset.parts.iter().enumerate() {
        if *part == Part::Later {
            assert_eq!(chosen[token], chosen[token - 1]);
            n_later += 1;
        }
    }
    assert!(n_later > 1000 && chosen.contains(&true) && chosen.contains(&false));
    let tokens = dataset.collate(&rows, &Masking { whole_words: false, ..masking }, 3).unwrap();
    assert_ne!(targets(&tokens), targets(&batch));
}

#[test]
fn rows_that_were_encoded_elsewhere_are_masked_token_by_token() {
    let (tokenizer, whole) = (tokenizer("bert_uncased"), dataset(50));
    let elsewhere = EncodedDataset::encode(&*tokenizer, &vec![TEXT; 50], Targets::None, None);
    let elsewhere = MlmDataset::from_encoded(&*tokenizer, elsewhere.unwrap()).unwrap();
    let rows: Vec<usize> = (0..50).collect();
    let masking = Masking::default();
    let expected = whole.collate(&rows, &masking, 1).unwrap();
    assert_eq!(elsewhere.collate(&rows, &masking, 1).unwrap(), expected);
}

#[test]
fn seed_epoch_and_row_alone_decide() {
    let dataset = dataset(8);
    let masking = Masking { seed: 5, ..Masking::default() };
    let masked = |rows: &[usize], seed, epoch| {
        let batch = dataset.collate(rows, &Masking { seed, ..masking }, epoch).unwrap();
        (0..rows.len()).map(|row| batch.row(row).to_vec()).collect::<Vec<_>>()
    };
    let alone = masked(&[3], 5, 0);
    let together = masked(&[7, 3, 1], 5, 0);
    assert_eq!(alone[0], together[1]);
    // The rows have one text, so only the draws can differ.
    assert_ne!(together[0], together[1]);
    assert_ne!(masked(&[3, 1, 2], 5, 1), masked(&[3, 1, 2], 5, 0));
    assert_ne!(masked(&[3, 1, 2], 6, 0), masked(&[3, 1, 2], 5, 0));
}

#[test]
fn blocks_join_texts_without_losing_a_token() {
    let tokenizer = tokenizer("bert_uncased");
    let texts = [TEXT, "a", "", "unhappiness"];
    let lines = MlmDataset::encode(&*tokenizer, &texts, None).unwrap();
    for block_size in [1, 7, 16, 1000] {
        let blocks = MlmDataset::blocks(&*tokenizer, &texts, block_size).unwrap();
        assert_eq!(blocks.encoded().ids(), lines.encoded().ids());
        assert_eq!(blocks.parts, lines.parts);
        let lengths = blocks.encoded().lengths();
        let (last, others) = lengths.split_last().unwrap();
        assert!(others.iter().all(|length| *length == block_size) && *last <= block_size);
        let batch = blocks.collate(&[lengths.len() - 1], &Masking::default(), 0).unwrap();
        assert_eq!(targets(&batch).len(), *last);
    }
    for (texts, block_size) in [(&texts[..], 0), (&[], 5)] {
        let error = MlmDataset::blocks(&*tokenizer, texts, block_size).unwrap_err();
        assert!(matches!(error, Error::StreamTooShort { .. }), "{error}");
    }
}

#[test]
fn what_cannot_be_masked_is_refused() {
    let error = MlmDataset::encode(&*tokenizer("gpt2"), &["a"], None).unwrap_err();
    assert!(error.to_string().starts_with("the tokenizer has no mask token"), "{error}");
    let dataset = dataset(1);
    for (probability, masked, replaced) in
        [(-0.1, 0.8, 0.1), (f64::NAN, 0.8, 0.1), (0.15, 1.1, 0.), (0.15, 0.8, 0.3)]
    {
        let masking = Masking { probability, masked, replaced, ..Masking::default() };
        let error = dataset.collate(&[0], &masking, 0).unwrap_err();
        assert!(matches!(error, Error::InvalidRatio { .. }), "{masking:?}");
    }
    assert!(dataset.collate(&[1], &Masking::default(), 0).is_err());
}
