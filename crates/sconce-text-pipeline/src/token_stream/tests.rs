//! Pieces from random places, the targets that follow them, and texts joined with their ends.

use super::*;
use crate::{Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer};

#[test]
fn pieces_are_followed_by_their_targets() {
    let stream = TokenStream::new((100..150).collect());
    let batch = stream.sample(20, 7, 1, 3).unwrap();
    assert_eq!((batch.len(), batch.n_tokens(), batch.max_len()), (20, 140, 7));
    let next = batch.targets.tokens().unwrap();
    for (place, start) in batch.rows.iter().enumerate() {
        assert_eq!(batch.row(place), &stream.ids()[*start..start + 7]);
        assert_eq!(&next[place * 7..(place + 1) * 7], &stream.ids()[start + 1..start + 8]);
    }
}

#[test]
fn every_place_is_drawn_and_seed_and_step_decide() {
    let stream = TokenStream::new((0..12).collect());
    let mut places = std::collections::BTreeSet::new();
    (0..40).for_each(|step| places.extend(stream.sample(5, 4, 7, step).unwrap().rows));
    assert!(places.into_iter().eq(0..8));
    assert_eq!(stream.sample(9, 2, 1, 2).unwrap(), stream.sample(9, 2, 1, 2).unwrap());
    assert_ne!(stream.sample(9, 2, 1, 2).unwrap().rows, stream.sample(9, 2, 1, 3).unwrap().rows);
    assert_ne!(stream.sample(9, 2, 1, 2).unwrap().rows, stream.sample(9, 2, 2, 2).unwrap().rows);
}

#[test]
fn streams_without_room_for_a_piece_and_its_targets_are_refused() {
    for (n_tokens, block_size) in [(0, 1), (4, 4), (4, 9), (4, 0)] {
        let error = TokenStream::new(vec![0; n_tokens]).sample(1, block_size, 0, 0).unwrap_err();
        assert!(matches!(error, Error::StreamTooShort { .. }), "{n_tokens} {block_size}");
    }
    let one = TokenStream::new(vec![0; 5]).sample(3, 4, 0, 0).unwrap();
    assert_eq!(one.rows, [0, 0, 0]);
    let error = TokenStream::new(vec![0; 5]).sample(usize::MAX, 4, 0, 0).unwrap_err();
    assert!(matches!(error, Error::BatchTooLarge { .. }));
}

#[test]
fn texts_are_joined_with_what_ends_them() {
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    let texts = ["a b", "", "c"];
    let tokenizer = WordTokenizer::train(&texts, normalizer, PreTokenizer::Whitespace, &words);
    let tokenizer = tokenizer.unwrap();
    let encode = |end| TokenStream::encode(&tokenizer, &texts, end).unwrap();
    assert_eq!(encode(None).ids(), [2, 3, 4]);
    assert_eq!(encode(Some(0)).ids(), [2, 3, 0, 0, 4, 0]);
    let (train, test) = encode(None).split_at(2);
    assert_eq!((train.ids(), test.ids()), (&[2, 3][..], &[4][..]));
    let (none, all) = encode(None).split_at(2).1.split_at(0);
    assert_eq!((none.len(), all.ids()), (0, &[4][..]));
    let (all, none) = encode(None).split_at(9);
    assert_eq!((all.len(), none.is_empty()), (3, true));
}
