//! Equally many batches for each process, none for two, all together.

use super::*;
use crate::{BatchSampler, BatchSize, BucketSampler};

#[test]
fn processes_have_equally_many_batches_and_together_all_of_them() {
    let lengths: Vec<usize> = (0..101).map(|row| 1 + row % 17).collect();
    let bucketed = BucketSampler::new(&lengths, BatchSize::Tokens(20), 7);
    for world_size in 1..9 {
        for remainder in [Remainder::Drop, Remainder::Repeat] {
            for epoch in 0..2 {
                let of = |rank| {
                    let shard = Shard { rank, world_size, remainder };
                    Sharded::new(&bucketed, shard).unwrap().epoch(epoch)
                };
                let shards: Vec<Vec<Vec<usize>>> = (0..world_size).map(of).collect();
                assert!(shards.iter().all(|shard| shard.len() == shards[0].len()));
                let all = bucketed.epoch(epoch);
                let mut dealt = shards.concat();
                dealt.sort();
                match remainder {
                    Remainder::Drop => assert!(all.len() - dealt.len() < world_size),
                    Remainder::Repeat => assert!(dealt.len() - all.len() < world_size),
                }
                dealt.dedup();
                let n_expected = match remainder {
                    Remainder::Drop => all.len() / world_size * world_size,
                    Remainder::Repeat => all.len(),
                };
                assert_eq!(dealt.len(), n_expected, "no batch is given to two");
                assert!(dealt.iter().all(|batch| all.contains(batch)));
            }
        }
    }
}

#[test]
fn fewer_batches_than_processes_are_repeated_or_dropped() {
    let epoch = |rank, remainder| {
        let shard = Shard { rank, world_size: 5, remainder };
        Sharded::new(BatchSampler::new(2, 1), shard).unwrap().epoch(0)
    };
    assert_eq!(epoch(4, Remainder::Repeat), [[0]]);
    assert!(epoch(0, Remainder::Drop).is_empty());
    let none = Shard { rank: 0, world_size: 5, remainder: Remainder::Repeat };
    assert!(Sharded::new(BatchSampler::new(0, 1), none).unwrap().epoch(0).is_empty());
}

#[test]
fn a_rank_that_is_none_is_refused() {
    for (rank, world_size) in [(2, 2), (0, 0)] {
        let shard = Shard { rank, world_size, remainder: Remainder::Drop };
        let error = Sharded::new(BatchSampler::new(2, 1), shard).unwrap_err().to_string();
        assert!(error.contains("ranks count from 0"), "{error}");
    }
}
