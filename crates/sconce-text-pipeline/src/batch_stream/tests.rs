//! From any place the batches go on exactly as they would have; places of others are refused.

use super::*;
use crate::{
    BatchSampler, BatchSize, BpttBatches, BpttLengths, BucketSampler, LmBlocks, Prefetch,
    PrefetchOptions, Remainder, Shard, Sharded, TokenStream,
};

/// Stops after each batch of two epochs and goes on with a new stream, from a saved position.
fn goes_on_from_anywhere<S: Sampler + Clone>(sampler: S)
where
    S::Batch: PartialEq + std::fmt::Debug,
{
    let n_batches = sampler.epoch(0).len();
    let n_all = 3 * n_batches;
    let expected: Vec<S::Batch> =
        (0..4).flat_map(|epoch| sampler.epoch(epoch)).take(n_all).collect();
    for n_before in 0..=2 * n_batches {
        let mut stream = BatchStream::new(sampler.clone());
        let before: Vec<S::Batch> = stream.by_ref().take(n_before).collect();
        assert_eq!(before, expected[..n_before]);
        let saved = serde_json::to_string(&stream.position()).unwrap();
        let position = serde_json::from_str(&saved).unwrap();
        let again = BatchStream::resume(sampler.clone(), &position).unwrap();
        assert_eq!(again.position(), position);
        let after: Vec<S::Batch> = again.take(n_all - n_before).collect();
        assert_eq!(after, expected[n_before..], "{n_before}");
    }
}

#[test]
fn batches_go_on_exactly_from_any_place() {
    let lengths: Vec<usize> = (0..40).map(|row| 1 + (row * 7) % 13).collect();
    goes_on_from_anywhere(BatchSampler { shuffle: true, seed: 3, ..BatchSampler::new(23, 4) });
    goes_on_from_anywhere(BatchSampler { drop_last: true, ..BatchSampler::new(23, 4) });
    for size in [BatchSize::Rows(4), BatchSize::Tokens(30), BatchSize::Padded(30)] {
        goes_on_from_anywhere(BucketSampler::new(&lengths, size, 5));
    }
    let stream = TokenStream::new((0..500).collect());
    for lengths in [BpttLengths::Fixed, BpttLengths::Varying] {
        goes_on_from_anywhere(BpttBatches { lengths, seed: 4, ..BpttBatches::new(&stream, 4, 9) });
    }
    // Blocks are rows as any others.
    let blocks = LmBlocks::new(16).cut(&stream).unwrap();
    goes_on_from_anywhere(BatchSampler { shuffle: true, ..BatchSampler::new(blocks.len(), 3) });
    let shard = Shard { rank: 1, world_size: 3, remainder: Remainder::Repeat };
    goes_on_from_anywhere(Sharded::new(BatchSampler::new(23, 2), shard).unwrap());
}

#[test]
fn places_of_other_batches_are_refused() {
    let sampler = BatchSampler { shuffle: true, seed: 3, ..BatchSampler::new(23, 4) };
    let position = BatchStream::new(sampler).position();
    let others = [
        BatchSampler { seed: 4, ..sampler },
        BatchSampler { n_examples: 24, ..sampler },
        BatchSampler { batch_size: 5, ..sampler },
        BatchSampler { shuffle: false, ..sampler },
        BatchSampler { drop_last: true, ..sampler },
    ];
    for other in others {
        let error = BatchStream::resume(other, &position).unwrap_err().to_string();
        assert!(error.contains("not of these batches"), "{error}");
    }
    let late = Position { batch: 7, ..position };
    let error = BatchStream::resume(sampler, &late).unwrap_err().to_string();
    assert!(error.contains("batch 7 of epoch 0, which has 6"), "{error}");
    let lengths = [[1, 2, 3], [1, 2, 4]];
    let [one, two] = lengths.each_ref().map(|l| BucketSampler::new(l, BatchSize::Rows(1), 3));
    let position = BatchStream::new(&one).position();
    assert!(BatchStream::resume(&one, &position).is_ok());
    assert!(BatchStream::resume(&two, &position).is_err());
    let by_rank = |rank| {
        let shard = Shard { rank, world_size: 2, remainder: Remainder::Drop };
        Sharded::new(sampler, shard).unwrap()
    };
    // One rank saves, all of them go on.
    let position = BatchStream::new(by_rank(0)).position();
    assert!(BatchStream::resume(by_rank(1), &position).is_ok());
    assert!(BatchStream::resume(sampler, &position).is_err());
}

#[test]
fn without_batches_it_ends() {
    assert_eq!(BatchStream::new(BatchSampler::new(0, 4)).next(), None);
}

#[test]
fn positions_behind_a_prefetch_are_those_of_its_consumer() {
    let sampler = BatchSampler { shuffle: true, seed: 1, ..BatchSampler::new(23, 4) };
    let options = PrefetchOptions { n_workers: 2, depth: 6 };
    let tagged = BatchStream::new(sampler).with_positions();
    let mut made = Prefetch::spawn(options, tagged, Ok).unwrap();
    for _ in 0..8 {
        made.next().unwrap().unwrap();
    }
    let (_, position) = made.next().unwrap().unwrap();
    drop(made);
    let mut again = BatchStream::resume(sampler, &position).unwrap();
    assert_eq!(again.next(), BatchStream::new(sampler).nth(9));
}
