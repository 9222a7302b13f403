//! From labelled sentences to packed batches, with a held-out part.
//!
//! Run with `cargo run -p sconce-text-pipeline --example text_to_batches`.

#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use sconce_text_pipeline::{
    BatchSampler, Collator, Corpus, EncodedDataset, Format, Labels, Normalizer, PaddedBatch,
    PreTokenizer, ReadOptions, Result, Split, Tokenizer, Vocabulary, VocabularyOptions,
    WordTokenizer, load_tokenizer,
};

const REVIEWS: &str = "\
sentiment\treview
positive\tA warm, funny film that earns its tears.
positive\tThe leads are a joy to watch!
positive\tSharp, fast and surprisingly moving.
positive\tIt's the best thing she has done.
negative\tA dull script, badly told.
negative\tThe jokes aren't funny, and there are many.
negative\tTwo hours that feel like four.
negative\tWatch anything else.
";

fn main() -> Result<()> {
    // The header is plain enough: no column needs to be named.
    let options = ReadOptions { format: Some(Format::Tsv), ..ReadOptions::default() };
    let corpus = Corpus::from_reader(REVIEWS.as_bytes(), "reviews", &options)?;
    let texts = corpus.texts();
    let given = corpus.labels().unwrap_or_default();
    let labels = Labels::build(&given)?;
    assert_eq!(labels.names(), ["negative", "positive"]);

    // Hold out a quarter of each class, and take the vocabulary from the rest alone.
    let split = Split::stratified(&labels.ids(&given)?, 0.25, 42)?;
    let train_texts: Vec<&str> = split.train.iter().map(|row| texts[*row]).collect();
    let tokenizer = WordTokenizer::train(
        &train_texts,
        Normalizer::default(),
        PreTokenizer::BasicEnglish,
        &VocabularyOptions::default(),
    )?;
    assert_eq!(tokenizer.id(Vocabulary::PAD), Some(0));

    // Spans point into the text as it was written, capitals and all.
    let text = "A Wonderful film";
    let encoding = tokenizer.encode(text)?;
    assert_eq!(encoding.ids[1], 1, "an unseen word is <unk>");
    let (start, end) = encoding.spans[1];
    assert_eq!(&text[start..end], "Wonderful");

    // A saved tokenizer comes back the same.
    let reloaded = load_tokenizer(&tokenizer.to_file()?)?;
    assert_eq!(reloaded.encode(text)?, encoding);

    // Encode once, then draw batches each epoch.
    let dataset = EncodedDataset::encode(&tokenizer, &texts, labels.ids(&given)?, Some(8))?;
    let train = dataset.subset(&split.train)?;
    let sampler = BatchSampler { shuffle: true, seed: 42, ..BatchSampler::new(train.len(), 4) };
    assert_eq!(sampler.batches(0), sampler.batches(0));
    println!(
        "{} rows, {} tokens, {} cut",
        dataset.len(),
        dataset.n_tokens(),
        dataset.n_truncated()
    );
    for rows in sampler.batches(0) {
        let batch = Collator::new(&train).collate(&rows)?;
        assert_eq!(batch.offsets.len(), batch.len() + 1);
        let padded = PaddedBatch::from_packed(&batch, 0);
        println!(
            "rows {:?}: offsets {:?}, labels {:?}; padded it would hold {} places for {} tokens",
            batch.rows,
            batch.offsets,
            batch.labels(),
            padded.ids.len(),
            batch.n_tokens(),
        );
    }
    Ok(())
}
