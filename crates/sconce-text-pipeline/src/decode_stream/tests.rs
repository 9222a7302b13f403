//! Words, and what is held back.

use super::*;
use crate::{Normalizer, PreTokenizer, VocabularyOptions, WordTokenizer};

#[test]
fn the_pieces_together_are_the_text() {
    let options = VocabularyOptions::default();
    let tokenizer =
        WordTokenizer::train(&["a b c"], Normalizer::default(), PreTokenizer::Whitespace, &options)
            .unwrap();
    let ids = [0, 2, 0, 3, 4, 4];
    let mut stream = DecodeStream::new(&tokenizer, true);
    let pieces: Vec<String> = ids.iter().map(|id| stream.push(*id).unwrap()).collect();
    assert_eq!(pieces, ["", "a", "", " b", " c", " c"]);
    assert_eq!(stream.finish().unwrap(), "");
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), "a b c c");
}
