//! Pieces as torchtext's iterator cuts them; rows that go on; every token predicted once.

use serde::Deserialize;

use super::*;
use crate::{IGNORE, PaddedBatch, Remainder};

#[derive(Deserialize)]
struct Golden {
    bptt: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    n_tokens: u32,
    n_columns: usize,
    length: usize,
    batches: Vec<Batch>,
}

#[derive(Deserialize)]
struct Batch {
    text: Vec<Vec<u32>>,
    target: Vec<Vec<u32>>,
}

fn stream(n_tokens: u32) -> TokenStream {
    TokenStream::new((100..100 + n_tokens).collect())
}

#[test]
fn batches_are_those_of_torchtext_but_nothing_is_predicted_of_padding() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../tests/golden/batches.json")).unwrap();
    const PAD: u32 = 1;
    for case in golden.bptt {
        let stream = stream(case.n_tokens);
        let batches = BpttBatches::new(&stream, case.n_columns, case.length);
        let times = batches.epoch(0);
        assert_eq!(times.len(), case.batches.len());
        for (times, expected) in times.iter().zip(case.batches) {
            let packed = batches.collate(times).unwrap();
            let padded = PaddedBatch::from_packed(&packed, PAD).time_major();
            let targets = expected.target.concat();
            let wanted: Vec<u32> =
                targets.iter().map(|id| if *id == PAD { IGNORE } else { *id }).collect();
            assert_eq!(padded.targets, Targets::Tokens(wanted));
            let texts = expected.text.concat();
            for (place, target) in targets.iter().enumerate() {
                // The last token of the stream is read by theirs, though nothing follows it.
                let id = if *target == PAD { PAD } else { texts[place] };
                assert_eq!(padded.ids[place], id);
            }
        }
    }
}

#[test]
fn rows_go_on_where_they_ended_and_columns_predict_every_token_but_their_first() {
    for (n_tokens, n_columns) in [(1000, 7), (1001, 8), (17, 5), (10, 8)] {
        for remainder in [BpttRemainder::Keep, BpttRemainder::Drop] {
            for lengths in [BpttLengths::Fixed, BpttLengths::Varying] {
                let stream = stream(n_tokens);
                let new = BpttBatches::new(&stream, n_columns, 20);
                let batches = BpttBatches { lengths, remainder, seed: 3, ..new };
                let mut columns = vec![Vec::new(); n_columns];
                let mut targets = vec![Vec::new(); n_columns];
                for times in batches.epoch(1) {
                    let batch = batches.collate(&times).unwrap();
                    let next = batch.targets.tokens().unwrap();
                    for row in 0..n_columns {
                        columns[row].extend_from_slice(batch.row(row));
                        let (start, end) = (batch.offsets[row], batch.offsets[row + 1]);
                        targets[row].extend_from_slice(&next[start as usize..end as usize]);
                    }
                }
                let length = batches.column_len();
                for (column, (ids, next)) in columns.iter().zip(&targets).enumerate() {
                    let first = (100 + column * length) as u32;
                    let end = (first + length as u32).min(100 + n_tokens);
                    let expected: Vec<u32> = (first..end.max(first + 1) - 1).collect();
                    assert_eq!(*ids, expected, "{batches:?}");
                    assert!(next.iter().copied().eq(expected.iter().map(|id| id + 1)));
                }
            }
        }
    }
}

#[test]
fn varying_lengths_follow_from_seed_and_epoch_and_are_as_announced() {
    let stream = stream(200_000);
    let new = BpttBatches::new(&stream, 2, 70);
    let batches = BpttBatches { lengths: BpttLengths::Varying, seed: 9, ..new };
    assert_eq!(batches.epoch(2), batches.epoch(2));
    assert_ne!(batches.epoch(2), batches.epoch(3));
    let lengths: Vec<usize> = batches.epoch(0).iter().map(ExactSizeIterator::len).collect();
    let (last, lengths) = lengths.split_last().unwrap();
    assert!(*last <= 100 && lengths.iter().all(|length| (5..=100).contains(length)));
    // One of twenty is about half as long.
    let n_short = lengths.iter().filter(|length| **length < 52).count();
    assert!((0.02..0.09).contains(&(n_short as f64 / lengths.len() as f64)), "{n_short}");
    let long: Vec<f64> = lengths.iter().filter(|l| **l >= 52).map(|l| *l as f64).collect();
    let mean = long.iter().sum::<f64>() / long.len() as f64;
    let variance = long.iter().map(|l| (l - mean).powi(2)).sum::<f64>() / long.len() as f64;
    // 1300 numbers with a deviation of 5: the mean is within 0.5 and the deviation within 0.5.
    assert!((mean - 69.5).abs() < 0.5 && (variance.sqrt() - 5.).abs() < 0.5, "{mean} {variance}");
    let short = BpttBatches { length: 3, ..batches.clone() };
    assert!(short.epoch(0).iter().all(|times| !times.is_empty()));
}

#[test]
fn processes_share_the_columns() {
    let stream = stream(1000);
    let whole = BpttBatches::new(&stream, 6, 10);
    let of = |rank| {
        let shard = Some(Shard { rank, world_size: 3, remainder: Remainder::Drop });
        BpttBatches { n_columns: 2, shard, ..whole.clone() }
    };
    for times in whole.epoch(0) {
        let all = whole.collate(&times).unwrap();
        let shards: Vec<PackedBatch> =
            (0..3).map(|rank| of(rank).collate(&times).unwrap()).collect();
        assert_eq!(shards.iter().flat_map(|shard| shard.ids.clone()).collect::<Vec<_>>(), all.ids);
        assert_eq!(
            shards.iter().flat_map(|shard| shard.rows.clone()).collect::<Vec<_>>(),
            all.rows
        );
    }
    assert_eq!(of(2).epoch(0), whole.epoch(0));
    assert!(of(3).check().is_err());
}

#[test]
fn what_gives_no_batches_is_refused() {
    let stream = stream(10);
    for (n_columns, length, message) in [
        (0, 5, "n_columns is 0"),
        (2, 0, "length is 0"),
        (10, 5, "10 tokens are too few for 10 columns"),
        (usize::MAX, 5, "10 tokens are too few"),
    ] {
        let batches = BpttBatches::new(&stream, n_columns, length);
        let error = batches.collate(&(0..1)).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
        assert!(batches.epoch(0).is_empty());
    }
}
