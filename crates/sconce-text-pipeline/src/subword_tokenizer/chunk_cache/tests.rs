//! What is kept is found again, and a full cache begins anew.

use super::*;

fn piece(id: u32) -> Piece {
    Piece { id, word: 1, start: 2, end: 5, leading: 1, trailing: 0 }
}

#[test]
fn pieces_come_back_at_their_place() {
    let mut cache = ChunkCache::default();
    let (short, long) = (" film", " a chunk with more than fifteen bytes");
    cache.keep(short, &[piece(7), piece(8)], 2);
    cache.keep(long, &[], 0);
    for text in [format!("a{short}"), format!("a{short} and a good deal more")] {
        let found = cache.find(&text, 1, 6).unwrap();
        assert_eq!((found.n_words, found.ids().collect::<Vec<_>>()), (2, vec![7, 8]));
        let expected = Piece { word: 4, start: 12, end: 15, ..piece(7) };
        assert_eq!(found.pieces(10, 3).next(), Some(expected));
    }
    assert_eq!(cache.find(long, 0, long.len()).unwrap().n_words, 0);
    assert!(cache.find(" fil", 0, 4).is_none());
}

#[test]
fn long_chunks_are_not_kept_and_many_do_not_fill_the_memory() {
    let mut cache = ChunkCache::default();
    let long = "x".repeat(MAX_CHUNK + 1);
    cache.keep(&long, &[piece(1)], 1);
    assert!(cache.find(&long, 0, long.len()).is_none());
    for number in 0..=MAX_CHUNKS {
        cache.keep(&number.to_string(), &[piece(number as u32)], 1);
    }
    assert_eq!(cache.chunks.len(), 1);
    let last = MAX_CHUNKS.to_string();
    assert_eq!(cache.find(&last, 0, last.len()).unwrap().ids().next(), Some(MAX_CHUNKS as u32));
}
