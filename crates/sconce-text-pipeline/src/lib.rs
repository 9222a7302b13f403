//! Text to batches: read a data set, cut it into tokens, number them, and pack rows into batches.
//!
//! There is no tensor library in this crate's tree: what comes out are plain lists of numbers.
//! Everything heavy runs in parallel, and nothing depends on the number of threads.
//!
//! - [`Corpus`] reads `.csv`, `.tsv`, `.jsonl` and `.txt` files; its errors name file and line.
//!   [`TaggedCorpus`] reads words with tags (`.conll`, `.conllu`, `.jsonl`), whose [`TagScheme`]
//!   it can change, and [`QaCorpus`] questions (SQuAD's `.json`, `.jsonl`).
//!   Each has a reader beside it that holds one row at a time: [`ExampleReader`],
//!   [`TaggedReader`], [`QaReader`].
//! - A [`Tokenizer`] turns text into ids and spans: [`WordTokenizer`] is made of an [`Analyzer`]
//!   ([`Normalizer`], [`PreTokenizer`], [`WordFilter`]) and a [`Vocabulary`]; `SubwordTokenizer` (feature
//!   `subword`, on by default) reads Hugging Face `tokenizer.json` files. It encodes one text, two,
//!   or words, cuts what is too long ([`Truncation`], [`Windows`]), and decodes, also while ids
//!   are still coming ([`DecodeStream`]).
//! - [`load_tokenizer_folder`] reads the tokenizer of a model folder in whichever files it lies
//!   there: `tokenizer.json`, `vocab.txt`, `vocab.json` with `merges.txt`, SentencePiece models.
//! - [`Labels`] numbers the classes; [`Split`] and [`k_fold`] divide the rows; an [`Augmenter`]
//!   makes more of them.
//! - An [`EncodedDataset`] holds all ids in one list, with [`Targets`]; a [`BatchSampler`] or a
//!   [`BucketSampler`] says which rows go together, and a [`Collator`] makes a [`PackedBatch`] of
//!   them: no padding. A [`PaddedBatch`] is there for those who must have it.
//! - Tasks that need more have a data set of their own: [`TokenDataset`] for tagged words,
//!   [`QaDataset`] for questions and windows, [`MlmDataset`] for masked tokens, [`TokenStream`]
//!   and [`LmBlocks`] for next tokens, [`TextColumns`] for embeddings. [`MaxLength`] says what
//!   happens to rows that are too long.
//!
//! A [`TokenCache`] keeps what was encoded on disk. It does not make tensors or download anything.
//!
//! ```
//! use sconce_text_pipeline::{
//!     BatchSampler, Collator, Corpus, EncodedDataset, Format, Labels, Normalizer, PreTokenizer,
//!     ReadOptions, VocabularyOptions, WordTokenizer,
//! };
//!
//! let csv = "text,label\nA fine film!,pos\nDull.,neg\n";
//! let options = ReadOptions { format: Some(Format::Csv), ..ReadOptions::default() };
//! let corpus = Corpus::from_reader(csv.as_bytes(), "reviews", &options)?;
//!
//! let texts = corpus.texts();
//! let given = corpus.labels().unwrap_or_default();
//! let labels = Labels::build(&given)?;
//! let tokenizer = WordTokenizer::train(
//!     &texts,
//!     Normalizer::default(),
//!     PreTokenizer::BasicEnglish,
//!     &VocabularyOptions::default(),
//! )?;
//!
//! let dataset = EncodedDataset::encode(&tokenizer, &texts, labels.ids(&given)?, None)?;
//! let collator = Collator::new(&dataset);
//! for rows in BatchSampler::new(dataset.len(), 2).batches(0) {
//!     let batch = collator.collate(&rows)?;
//!     assert_eq!(batch.ids, [4, 7, 6, 2, 5, 3]); // a fine film ! dull .
//!     assert_eq!(batch.offsets, [0, 4, 6]);
//!     assert_eq!(batch.labels(), [1, 0]);
//! }
//! # Ok::<(), sconce_text_pipeline::Error>(())
//! ```

mod analyzer;
mod augment;
mod batch;
mod batch_stream;
mod bptt;
mod bucket_sampler;
mod compression;
mod corpus;
mod dataset;
mod decode_stream;
mod encoding;
mod error;
mod example_reader;
#[cfg(feature = "subword")]
mod fast_words;
mod id_column;
mod in_parallel;
mod json_lines;
mod labels;
mod lm_blocks;
mod mapped;
mod max_length;
mod mlm;
mod normalizer;
mod padding;
mod pairs;
mod pre_tokenizer;
mod prefetch;
mod qa_corpus;
mod qa_dataset;
mod qa_reader;
mod rows;
mod sampler;
mod seq2seq;
mod shard;
mod special_tokens;
mod split;
#[cfg(feature = "subword")]
mod subword_tokenizer;
mod tag_scheme;
mod tagged_corpus;
mod tagged_reader;
mod target_column;
mod targets;
#[cfg(test)]
#[cfg(feature = "subword")]
mod test_support;
mod text_columns;
mod text_file;
mod text_source;
mod token_cache;
mod token_counts;
mod token_dataset;
mod token_index;
mod token_key;
mod token_stream;
mod tokenizer;
mod tokenizer_folder;
#[cfg(feature = "subword")]
mod tokenizer_recipe;
#[cfg(feature = "subword")]
mod tokenizer_trainer;
mod truncation;
mod vocabulary;
mod word_tokenizer;

pub use {
    analyzer::{Analyzer, WordFilter},
    augment::{Augmentation, Augmenter},
    batch::{Collator, PackedBatch},
    batch_stream::{BatchStream, Position, Sampler},
    bptt::{BpttBatches, BpttLengths, BpttRemainder},
    bucket_sampler::{BatchSize, BucketSampler},
    corpus::{ColumnNames, Corpus, Example, Format, LabelKind, Need, ReadOptions},
    dataset::{Dataset, EncodedDataset, EncodedRow},
    decode_stream::DecodeStream,
    encoding::{Encoding, Input},
    error::{BatchError, CacheError, DataError, Error, Result, WordsError, nearest},
    example_reader::ExampleReader,
    labels::Labels,
    lm_blocks::LmBlocks,
    max_length::MaxLength,
    mlm::{Masking, MlmDataset},
    normalizer::{Normalizer, UnicodeForm},
    padding::{PadTo, PaddedBatch, Padding, Side},
    pre_tokenizer::{Custom, Moses, MosesLanguage, Pattern, PreTokenizer, Token},
    prefetch::{Prefetch, PrefetchOptions},
    qa_corpus::{QaAnswer, QaCorpus, QaExample, QaFormat, QaReadOptions},
    qa_dataset::QaDataset,
    qa_reader::QaReader,
    sampler::BatchSampler,
    seq2seq::{Seq2SeqBatch, Seq2SeqDataset},
    shard::{Remainder, Shard, Sharded},
    special_tokens::SpecialTokens,
    split::{Split, k_fold},
    tag_scheme::{TagScheme, TagSpan},
    tagged_corpus::{TagFormat, TagReadOptions, TaggedCorpus, TaggedSentence},
    tagged_reader::TaggedReader,
    targets::{IGNORE, Targets},
    text_columns::{ColumnBatch, TextColumns},
    token_cache::{
        CacheSettings, CacheWriter, Fingerprint, FingerprintBuilder, Prepare, Prepared, RowTarget,
        TokenCache,
    },
    token_counts::{TokenCounts, count_token_stream, count_tokens},
    token_dataset::{LabelAlignment, TokenDataset},
    token_stream::TokenStream,
    tokenizer::{Tokenizer, TokenizerFile, load_tokenizer},
    tokenizer_folder::{load_tokenizer_folder, load_tokenizer_path},
    truncation::{Truncate, Truncation, Windows},
    vocabulary::{Vocabulary, VocabularyOptions},
    word_tokenizer::WordTokenizer,
};
#[cfg(feature = "subword")]
pub use {
    error::TrainerError,
    subword_tokenizer::SubwordTokenizer,
    tokenizer_recipe::{
        BpeOptions, DecoderStep, NormalizerStep, PostProcessorStep, PreTokenizerStep,
        PrependScheme, RecipeToken, SplitBehavior, SplitPattern, SubwordModel, TokenRole,
        TokenizerRecipe, WordLevelOptions, WordPieceOptions,
    },
    tokenizer_trainer::{CountOptions, SubwordTrainer, TrainingProgress, WordCounts},
};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[cfg(feature = "subword")]
#[doc = include_str!("../README.md")]
struct Readme;
