//! Text to batches: read a data set, cut it into tokens, number them, and pack rows into batches.
//!
//! There is no tensor library in this crate's tree: what comes out are plain lists of numbers.
//! Everything heavy runs in parallel, and nothing depends on the number of threads.
//!
//! - [`Corpus`] reads `.csv`, `.tsv`, `.jsonl`, `.txt` and `.parquet` files and folders of texts; its
//!   errors name file and line. [`TaggedCorpus`] reads words with tags (`.conll`, `.conllu`,
//!   `.jsonl`), whose [`TagScheme`] it can change, and [`QaCorpus`] questions (SQuAD's `.json`,
//!   `.jsonl`). Files may be packed (`.gz`, `.zst`: feature `compression`; Parquet: `parquet`).
//!   [`ExampleReader`], [`TaggedReader`] and [`QaReader`] give the same row by row in bounded memory;
//!   [`RecordReader`] and [`RecordWriter`] all columns of any format, [`Inspection`] what is in them.
//!   [`CommonSet`] knows how the common data sets are laid out.
//! - A [`Tokenizer`] turns text into ids and spans: [`WordTokenizer`] is made of an [`Analyzer`]
//!   ([`Normalizer`], [`PreTokenizer`], [`WordFilter`]) and a [`Vocabulary`]; `SubwordTokenizer`
//!   (feature `subword`, on by default) reads Hugging Face `tokenizer.json` files. It encodes one
//!   text, two, or words, cuts what is too long ([`Truncation`], [`Windows`]), and decodes, also
//!   while ids are still coming ([`DecodeStream`]).
//! - [`load_tokenizer_folder`] reads the tokenizer of a model folder in whichever files it lies
//!   there: `tokenizer.json`, `vocab.txt`, `vocab.json` with `merges.txt`, SentencePiece models.
//! - `SubwordTrainer` (feature `subword`) trains a `tokenizer.json` by a `TokenizerRecipe`: byte-pair
//!   encoding, WordPiece, Unigram or whole words, in bounded memory.
//! - [`Labels`] numbers the classes; [`Split`], [`split_by_ratios`], [`k_fold`] and [`group_k_fold`]
//!   divide the rows, [`oversample`] and [`undersample`] balance classes, an [`Augmenter`] makes more
//!   of them; [`ShuffleBuffer`], [`Interleave`], [`ParallelMap`] and [`Deduplicate`] make streams of
//!   streams.
//! - An [`EncodedDataset`] holds all ids in one list, with [`Targets`]; a [`BatchSampler`] or a
//!   [`BucketSampler`] says which rows go together, and a [`Collator`] makes a [`PackedBatch`] of
//!   them: no padding. A [`PaddedBatch`] is there for those who must have it. A [`BatchStream`] goes
//!   on from any batch, [`Sharded`] shares batches out to processes, and [`Prefetch`] makes them on
//!   other threads.
//! - Tasks that need more have a data set of their own: [`TokenDataset`] for tagged words,
//!   [`QaDataset`] for questions and windows, [`MlmDataset`] for masked tokens, [`TokenStream`],
//!   [`LmBlocks`] and [`BpttBatches`] for next tokens, [`Seq2SeqDataset`] for another text,
//!   [`TextColumns`] for embeddings. [`MaxLength`] says what happens to rows that are too long.
//! - A [`TokenCache`] keeps what was encoded on disk and maps it into memory.
//!
//! It does not make tensors or download anything.
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
mod balance;
mod batch;
mod batch_stream;
mod bptt;
mod bucket_sampler;
mod caught;
mod common_sets;
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
mod inspection;
mod json_lines;
mod labels;
mod lm_blocks;
mod mapped;
mod max_length;
mod mixing;
mod mlm;
mod normalizer;
mod out_file;
mod padding;
mod pairs;
mod partial_file;
mod pre_tokenizer;
mod prefetch;
mod qa_corpus;
mod qa_dataset;
mod qa_reader;
mod record;
mod record_reader;
mod record_writer;
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
    balance::{class_balanced, oversample, undersample},
    batch::{Collator, PackedBatch},
    batch_stream::{BatchStream, Position, Sampler},
    bptt::{BpttBatches, BpttLengths, BpttRemainder},
    bucket_sampler::{BatchSize, BucketSampler},
    common_sets::{CommonReader, CommonSet, Part, open_parallel},
    corpus::{ColumnNames, Corpus, Example, Format, LabelKind, Need, ReadOptions},
    dataset::{Dataset, EncodedDataset, EncodedRow},
    decode_stream::DecodeStream,
    encoding::{Encoding, Input},
    error::{BatchError, CacheError, DataError, Error, Result, WordsError, nearest},
    example_reader::ExampleReader,
    inspection::{ColumnKind, ColumnSummary, Inspection, Role},
    labels::Labels,
    lm_blocks::LmBlocks,
    max_length::MaxLength,
    mixing::{Deduplicate, Interleave, ParallelMap, ShuffleBuffer, StopRule},
    mlm::{Masking, MlmDataset},
    normalizer::{Normalizer, UnicodeForm},
    padding::{PadTo, PaddedBatch, Padding, Side},
    pre_tokenizer::{Custom, Moses, MosesLanguage, Pattern, PreTokenizer, Token},
    prefetch::{Prefetch, PrefetchOptions},
    qa_corpus::{QaAnswer, QaCorpus, QaExample, QaFormat, QaReadOptions},
    qa_dataset::QaDataset,
    qa_reader::QaReader,
    record::Record,
    record_reader::RecordReader,
    record_writer::{RecordWriter, WriteOptions, write_examples, write_questions, write_sentences},
    sampler::BatchSampler,
    seq2seq::{Seq2SeqBatch, Seq2SeqDataset},
    shard::{Remainder, Shard, Sharded},
    special_tokens::SpecialTokens,
    split::{Split, group_k_fold, k_fold, split_by_ratios},
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
        TokenizerRecipe, UnigramOptions, WordLevelOptions, WordPieceOptions,
    },
    tokenizer_trainer::{CountOptions, SubwordTrainer, TrainingProgress, WordCounts},
};

/// The README's examples, run with the documentation tests.
#[cfg(doctest)]
#[cfg(feature = "subword")]
#[doc = include_str!("../README.md")]
struct Readme;
