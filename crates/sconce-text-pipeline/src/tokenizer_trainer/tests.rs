//! What training gives does not depend on how it was done, and what it refuses.

mod golden;

use std::path::Path;

use super::*;
use crate::tokenizer::Tokenizer;
use crate::tokenizer_recipe::{BpeOptions, NormalizerStep, PostProcessorStep, SplitPattern};

pub(super) const TEXT: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/training_text.txt");

pub(super) fn lines() -> Vec<String> {
    let text = std::fs::read_to_string(TEXT).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn bytes(tokenizer: &SubwordTokenizer) -> Vec<u8> {
    tokenizer.to_file().unwrap().bytes
}

fn small(mut recipe: TokenizerRecipe) -> TokenizerRecipe {
    recipe.vocab_size = 600;
    recipe
}

fn presets() -> Vec<TokenizerRecipe> {
    let presets = [
        TokenizerRecipe::bert(true),
        TokenizerRecipe::bert(false),
        TokenizerRecipe::gpt2(),
        TokenizerRecipe::roberta(),
        TokenizerRecipe::sentence_piece(true),
        TokenizerRecipe::word(),
    ];
    presets.into_iter().map(small).collect()
}

#[test]
fn threads_and_memory_and_the_order_of_texts_change_nothing() {
    let lines = lines();
    for recipe in presets() {
        let expected = bytes(&SubwordTrainer::new(recipe.clone()).train(&lines).unwrap());
        for n_threads in [1, 2, 3, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
            let trained = pool.install(|| SubwordTrainer::new(recipe.clone()).train(&lines));
            assert!(bytes(&trained.unwrap()) == expected, "{n_threads} threads: {recipe:?}");
        }
        let folder = tempfile::tempdir().unwrap();
        let temp_folder = Some(folder.path().to_owned());
        let options = CountOptions { max_memory: 4096, temp_folder, ..CountOptions::default() };
        let trainer = SubwordTrainer::new(recipe.clone()).with_options(options);
        let reversed = trainer.train(lines.iter().rev()).unwrap();
        assert!(bytes(&reversed) == expected, "little memory: {recipe:?}");
        let n_left = std::fs::read_dir(folder.path()).unwrap().count();
        assert_eq!(n_left, 0, "temporary files are left");
    }
}

#[test]
fn presets_give_back_what_they_encoded() {
    let lines = lines();
    for recipe in presets() {
        let tokenizer = SubwordTrainer::new(recipe.clone()).train(&lines).unwrap();
        let ids = tokenizer.encode("the captain reads the words").unwrap().ids;
        let text = tokenizer.decode(&ids, true).unwrap();
        match recipe.model {
            // Whole words have no decoder that would know about spaces but its own.
            SubwordModel::WordLevel(_) => assert!(!ids.is_empty()),
            _ => assert_eq!(text, "the captain reads the words", "{:?}", recipe.decoder),
        }
        assert!(tokenizer.special_tokens().unk.is_some());
    }
}

#[test]
fn bytes_stand_for_characters_that_no_text_had() {
    let recipe = small(TokenizerRecipe::sentence_piece(true));
    let tokenizer = SubwordTrainer::new(recipe).train(lines()).unwrap();
    let ids = tokenizer.encode("the 🦀").unwrap().ids;
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), "the 🦀");
    assert!(!ids.contains(&0));
}

#[test]
fn roles_are_those_of_the_recipe() {
    let tokenizer = SubwordTrainer::new(small(TokenizerRecipe::roberta())).train(lines()).unwrap();
    let special = tokenizer.special_tokens();
    assert_eq!((special.bos, special.cls), (Some(0), Some(0)));
    assert_eq!((special.eos, special.sep), (Some(2), Some(2)));
    assert_eq!((special.pad, special.unk, special.mask), (Some(1), Some(3), Some(4)));
}

#[test]
fn counts_beyond_32_bits_are_right() {
    // With counts modulo 2^32 "th" and "he" would seem to be rare.
    let huge = (1 << 32) + 1;
    let words: WordCounts = [("the", huge), ("then", huge), ("ox", 3)].into_iter().collect();
    assert_eq!(words.total(), 2 * huge + 3);
    let mut recipe = TokenizerRecipe::new(SubwordModel::Bpe(BpeOptions::default()));
    recipe.vocab_size = 100;
    let tokenizer = SubwordTrainer::new(recipe).train_on(words).unwrap();
    let json: serde_json::Value = serde_json::from_slice(&bytes(&tokenizer)).unwrap();
    let merges = serde_json::json!([["h", "e"], ["t", "he"], ["the", "n"], ["o", "x"]]);
    assert_eq!(json["model"]["merges"], merges);
}

#[test]
fn rare_words_can_be_left_out() {
    let options = CountOptions { min_count: 2, ..CountOptions::default() };
    let trainer = SubwordTrainer::new(TokenizerRecipe::word()).with_options(options);
    let counts = trainer.count_words(["a b a", "c b"].map(Ok)).unwrap();
    assert_eq!(counts.iter().collect::<Vec<_>>(), [("a", 2), ("b", 2)]);
}

#[test]
fn recipes_can_be_written_down() {
    for recipe in presets() {
        let json = serde_json::to_string(&recipe).unwrap();
        assert_eq!(serde_json::from_str::<TokenizerRecipe>(&json).unwrap(), recipe);
    }
}

#[test]
fn progress_goes_from_reading_to_the_last_token() {
    let mut seen = Vec::new();
    let mut recipe = TokenizerRecipe::gpt2();
    recipe.vocab_size = 1200;
    SubwordTrainer::new(recipe).on_progress(|progress| seen.push(progress)).train(lines()).unwrap();
    let n_bytes = lines().iter().map(|line| line.len() as u64).sum();
    let n_texts = lines().len() as u64;
    assert_eq!(seen[0], TrainingProgress::Read { n_texts, n_bytes });
    assert!(matches!(seen[1], TrainingProgress::Counted { n_words } if n_words > 1000));
    let trained = |progress: &TrainingProgress| match progress {
        TrainingProgress::Trained { done, total } => Some((*done, *total)),
        _ => None,
    };
    let steps: Vec<_> = seen.iter().filter_map(trained).collect();
    assert!(steps.is_sorted());
    assert_eq!(steps.last(), Some(&(943, 943)));
}

#[test]
fn what_cannot_be_trained_is_refused_in_one_line() {
    let bpe = || TokenizerRecipe::new(SubwordModel::Bpe(BpeOptions::default()));
    let mut no_unk = bpe();
    no_unk.model =
        SubwordModel::Bpe(BpeOptions { unk_token: Some("[U]".into()), ..BpeOptions::default() });
    let mut few = TokenizerRecipe::bert(true);
    few.vocab_size = 3;
    let mut frame = bpe();
    frame.post_processor = vec![PostProcessorStep::Template {
        single: "[CLS] $A".to_owned(),
        pair: "[CLS] $A $B:1".to_owned(),
    }];
    let mut pattern = bpe();
    let broken = SplitPattern::Regex("(".to_owned());
    pattern.normalizer = vec![NormalizerStep::Replace { pattern: broken, content: String::new() }];
    let cases = [
        (no_unk, "a", "\"[U]\" stands for the unknown but is not in the vocabulary"),
        (few, "a", "vocab_size is 3, but 5 special tokens come first; raise it"),
        (frame, "a", "\"[CLS]\" frames texts but is not in the vocabulary"),
        (pattern, "a", "the recipe has a step that cannot be made"),
        (TokenizerRecipe::bert(true), " ", "the texts hold no words"),
    ];
    for (recipe, text, expected) in cases {
        let error = SubwordTrainer::new(recipe).train([text]).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[test]
fn errors_of_files_name_the_line() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("latin1.txt");
    std::fs::write(&file, b"fine\ncaf\xe9\n").unwrap();
    let train = |file: &Path| SubwordTrainer::new(TokenizerRecipe::word()).train_files([file]);
    let error = train(&file).unwrap_err().to_string();
    assert!(error.contains("latin1.txt:2: not valid UTF-8"), "{error}");
    std::fs::write(&file, b"fine\na\0b\n").unwrap();
    let error = train(&file).unwrap_err().to_string();
    assert!(error.contains("latin1.txt:2: a NUL byte at column 2"), "{error}");
    std::fs::write(&file, b"").unwrap();
    let error = train(&file).unwrap_err().to_string();
    assert_eq!(
        error,
        SubwordTrainer::new(TokenizerRecipe::word()).train([""]).unwrap_err().to_string()
    );
    let error = train(&folder.path().join("none.txt")).unwrap_err().to_string();
    assert!(error.contains("none.txt: no such file"), "{error}");
    let options = CountOptions {
        max_memory: 0,
        temp_folder: Some(folder.path().join("none")),
        ..CountOptions::default()
    };
    let trainer = SubwordTrainer::new(TokenizerRecipe::word()).with_options(options);
    let error = trainer.train(lines()).unwrap_err().to_string();
    assert!(error.contains("none: temporary files of word counts failed"), "{error}");
}
