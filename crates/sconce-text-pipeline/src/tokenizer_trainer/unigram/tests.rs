//! Training against the `tokenizers` library for Python (`tests/golden/unigram_training.py`).

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::tokenizer_recipe::{
    PreTokenizerStep, PrependScheme, RecipeToken, SubwordModel, TokenRole,
};
use crate::{SubwordTokenizer, SubwordTrainer, Tokenizer, TrainingProgress};

const TEXT: &str = include_str!("../../../tests/golden/training_text.txt");

#[derive(Deserialize)]
struct Golden {
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    pieces: Vec<(String, f64)>,
    /// Characters that training dropped: they get scores in any order.
    dropped: Vec<String>,
    dropped_scores: Vec<f64>,
    #[serde(default)]
    texts: Vec<(String, Vec<String>)>,
}

fn golden() -> Golden {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/unigram_training.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn recipe(name: &str) -> TokenizerRecipe {
    let unknown = || RecipeToken::new("<unk>", &[TokenRole::Unk]);
    let spaces = PreTokenizerStep::Metaspace {
        replacement: '▁',
        prepend_scheme: PrependScheme::Always,
        split: true,
    };
    let options = UnigramOptions::default();
    let plain = |options, vocab_size| TokenizerRecipe {
        vocab_size,
        special_tokens: vec![unknown()],
        pre_tokenizer: vec![spaces.clone()],
        ..TokenizerRecipe::new(SubwordModel::Unigram(options))
    };
    match name {
        "sentence_piece" => {
            TokenizerRecipe { vocab_size: 1000, ..TokenizerRecipe::sentence_piece_unigram(false) }
        }
        "small" => plain(options, 480),
        "options" => TokenizerRecipe {
            special_tokens: vec![RecipeToken::new("<pad>", &[TokenRole::Pad]), unknown()],
            pre_tokenizer: vec![PreTokenizerStep::WhitespaceSplit],
            initial_alphabet: ['Ж', 'ℵ', '𝄞'].into(),
            ..plain(
                UnigramOptions {
                    shrinking_factor: 0.6,
                    n_sub_iterations: 3,
                    max_piece_length: 4,
                    ..options
                },
                700,
            )
        },
        "seeds" => TokenizerRecipe {
            special_tokens: Vec::new(),
            ..plain(UnigramOptions { seed_size: 1500, unk_token: None, ..options }, 600)
        },
        _ => TokenizerRecipe { pre_tokenizer: Vec::new(), ..plain(options, 900) },
    }
}

fn train(recipe: TokenizerRecipe) -> SubwordTokenizer {
    SubwordTrainer::new(recipe).train(TEXT.lines()).unwrap()
}

/// Pieces and scores as the file has them.
fn vocabulary(tokenizer: &SubwordTokenizer) -> Vec<(String, f64)> {
    let file: Value = serde_json::from_slice(&tokenizer.to_file().unwrap().bytes).unwrap();
    serde_json::from_value(file["model"]["vocab"].clone()).unwrap()
}

#[test]
fn pieces_and_scores_are_those_of_the_python_library() {
    for case in golden().cases {
        let recipe = recipe(&case.name);
        let n_specials = recipe.special_tokens.len();
        let tokenizer = train(recipe);
        let found = vocabulary(&tokenizer).split_off(n_specials);
        assert!(found.is_sorted_by(|a, b| a.1 >= b.1), "{}", case.name);
        let (dropped, kept): (Vec<_>, Vec<_>) =
            found.into_iter().partition(|(piece, _)| case.dropped.contains(piece));
        let kept: BTreeMap<String, f64> = kept.into_iter().collect();
        assert_eq!(kept.len(), case.pieces.len(), "{}", case.name);
        for (piece, score) in case.pieces {
            // The library's own runs differ by 4e-11, from the order in which it adds.
            let got = kept[&piece];
            assert!((got - score).abs() < 1e-9, "{}: {piece:?}: {got}, not {score}", case.name);
        }
        let mut scores: Vec<f64> = dropped.iter().map(|(_, score)| *score).collect();
        scores.sort_by(f64::total_cmp);
        assert_eq!(scores.len(), case.dropped_scores.len(), "{}", case.name);
        for (got, expected) in scores.iter().zip(&case.dropped_scores) {
            assert!((got - expected).abs() < 1e-9, "{}: {got}, not {expected}", case.name);
        }
        for (text, expected) in case.texts {
            let unknown = tokenizer.special_tokens().unk;
            let ids = expected.iter().map(|token| tokenizer.id(token).or(unknown).unwrap());
            let expected: Vec<u32> = ids.collect();
            assert_eq!(tokenizer.encode(&text).unwrap().ids, expected, "{}: {text}", case.name);
        }
    }
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let by = |n_threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(n_threads).build().unwrap();
        pool.install(|| train(recipe("small")).to_file().unwrap())
    };
    let one = by(1);
    assert!([2, 3, 7].into_iter().all(|n_threads| by(n_threads) == one));
}

#[test]
fn large_counts_and_very_little_text_are_no_trouble() {
    let words = |words: &[(&str, u64)]| words.iter().copied().collect::<WordCounts>();
    let large = 1 << 40;
    for counts in [
        words(&[("ab", large), ("abc", large), ("c", 1)]),
        words(&[("a", 1)]),
        words(&[("", 1), ("\0", 3)]),
        words(&[("<unk>", 4), ("<unk>s", 4), ("un", 1)]),
    ] {
        let tokenizer = SubwordTrainer::new(recipe("small")).train_on(counts).unwrap();
        assert_eq!(tokenizer.id("<unk>"), Some(0));
        let scores = vocabulary(&tokenizer);
        assert!(scores.iter().all(|(_, score)| score.is_finite()), "{scores:?}");
    }
}

#[test]
fn bytes_stand_for_characters_that_are_not_there() {
    let mut recipe = TokenizerRecipe::sentence_piece_unigram(true);
    recipe.vocab_size = 800;
    let tokenizer = train(recipe);
    assert_eq!(tokenizer.vocab_size(), 800);
    assert_eq!((tokenizer.id("<0x00>"), tokenizer.id("<0xFF>")), (Some(3), Some(258)));
    let ids = tokenizer.encode("the 🕯").unwrap().ids;
    assert_eq!(ids[ids.len() - 4..], [0xF0, 0x9F, 0x95, 0xAF].map(|byte: u32| byte + 3));
    assert_eq!(tokenizer.decode(&ids, true).unwrap(), "the 🕯");
}

#[test]
fn what_cannot_be_trained_is_refused() {
    let changed = |change: fn(&mut TokenizerRecipe, &mut UnigramOptions)| {
        let mut recipe = recipe("small");
        let mut options = UnigramOptions::default();
        change(&mut recipe, &mut options);
        recipe.model = SubwordModel::Unigram(options);
        SubwordTrainer::new(recipe).train(["a b", "ab"]).map(|_| ()).unwrap_err().to_string()
    };
    for (error, expected) in [
        (changed(|_, options| options.shrinking_factor = 1.0), "shrinking_factor must be a number"),
        (changed(|_, options| options.shrinking_factor = f64::NAN), "shrinking_factor must be"),
        (changed(|_, options| options.n_sub_iterations = 0), "n_sub_iterations must be 1 or more"),
        (
            changed(|_, options| options.unk_token = Some("?".into())),
            "\"?\" stands for the unknown",
        ),
        (changed(|recipe, _| recipe.vocab_size = 2), "3 different characters"),
    ] {
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn progress_comes_to_its_end() {
    let mut last = None;
    let trainer = SubwordTrainer::new(recipe("small")).on_progress(|progress| {
        if let TrainingProgress::Trained { done, total } = progress {
            assert!(done <= total);
            last = Some(done);
        }
    });
    trainer.train(TEXT.lines()).unwrap();
    assert!(last.unwrap() > 2);
}
