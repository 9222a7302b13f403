//! What the benchmarks share: the sentences they run on. Each bench asserts its answer before it is
//! timed.

use sconce_text_pipeline::{
    EncodedDataset, Normalizer, PreTokenizer, Tokenizer, VocabularyOptions, WordTokenizer,
};

/// The sentence polarity data of the quickstart: 10,662 sentences, the negative ones first.
pub const SENTENCES: [&str; 2] = [
    include_str!("../../crates/sconce/data/mr/rt-polarity.neg"),
    include_str!("../../crates/sconce/data/mr/rt-polarity.pos"),
];

/// All sentences.
pub fn texts() -> Vec<&'static str> {
    SENTENCES.iter().flat_map(|side| side.lines()).collect()
}

/// A word tokenizer trained on all sentences.
///
/// # Panics
/// If the sentences cannot be tokenized, which the tests of the text pipeline exclude.
pub fn tokenizer() -> WordTokenizer {
    let options = VocabularyOptions::default();
    match WordTokenizer::train(&texts(), Normalizer::default(), PreTokenizer::Whitespace, &options)
    {
        Ok(tokenizer) => tokenizer,
        Err(error) => unreachable!("the embedded sentences are tokenized: {error}"),
    }
}

/// All sentences as ids, with their labels.
///
/// # Panics
/// If the sentences cannot be encoded, which the tests of the text pipeline exclude.
pub fn encoded(tokenizer: &dyn Tokenizer) -> EncodedDataset {
    let labels = SENTENCES.iter().zip(0..).flat_map(|(side, y)| side.lines().map(move |_| y));
    match EncodedDataset::encode(tokenizer, &texts(), labels.collect::<Vec<u32>>(), None) {
        Ok(dataset) => dataset,
        Err(error) => unreachable!("the embedded sentences are encoded: {error}"),
    }
}
