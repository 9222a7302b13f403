//! Tokenizers that the `tokenizers` library trained on the same text.

use serde_json::Value;

use super::*;
use crate::tokenizer_recipe::{
    DecoderStep, PreTokenizerStep, PrependScheme, RecipeToken, SplitBehavior, WordLevelOptions,
    WordPieceOptions,
};
use crate::tokenizer_trainer::bpe::{MergeOptions, merge};
use crate::tokenizer_trainer::vocabulary::TokenTable;

const LLAMA3: &str = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

fn golden() -> Value {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/subword_training.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn bytes_with_prefix() -> TokenizerRecipe {
    let mut recipe = TokenizerRecipe::gpt2();
    recipe.model = SubwordModel::Bpe(BpeOptions::default());
    recipe.special_tokens.clear();
    recipe.initial_alphabet.clear();
    recipe.post_processor.clear();
    recipe.normalizer = vec![NormalizerStep::Nfc, NormalizerStep::Lowercase];
    recipe.pre_tokenizer = vec![PreTokenizerStep::ByteLevel {
        add_prefix_space: true,
        trim_offsets: true,
        use_regex: true,
    }];
    recipe
}

fn llama3() -> TokenizerRecipe {
    let options = BpeOptions { min_frequency: 3, ignore_merges: true, ..BpeOptions::default() };
    TokenizerRecipe {
        model: SubwordModel::Bpe(options),
        special_tokens: vec![
            RecipeToken::new("<|begin_of_text|>", &[]),
            RecipeToken::new("<|end_of_text|>", &[]),
        ],
        pre_tokenizer: vec![
            PreTokenizerStep::Split {
                pattern: SplitPattern::Regex(LLAMA3.to_owned()),
                behavior: SplitBehavior::Isolated,
                invert: false,
            },
            PreTokenizerStep::ByteLevel {
                add_prefix_space: false,
                trim_offsets: true,
                use_regex: false,
            },
        ],
        post_processor: Vec::new(),
        ..TokenizerRecipe::gpt2()
    }
}

fn bpe_limits(limit: usize) -> TokenizerRecipe {
    let options = BpeOptions {
        max_token_length: Some(6),
        limit_alphabet: Some(limit),
        unk_token: Some("<unk>".to_owned()),
        ..BpeOptions::default()
    };
    TokenizerRecipe {
        special_tokens: vec![RecipeToken::new("<unk>", &[]), RecipeToken::new("the", &[])],
        initial_alphabet: ['é', 'Z'].into(),
        pre_tokenizer: vec![
            PreTokenizerStep::Digits { individual_digits: true },
            PreTokenizerStep::Punctuation { behavior: SplitBehavior::Isolated },
        ],
        ..TokenizerRecipe::new(SubwordModel::Bpe(options))
    }
}

fn exhausted() -> TokenizerRecipe {
    let options = BpeOptions { min_frequency: 8, ..BpeOptions::default() };
    TokenizerRecipe {
        pre_tokenizer: vec![PreTokenizerStep::WhitespaceSplit],
        ..TokenizerRecipe::new(SubwordModel::Bpe(options))
    }
}

fn bpe_suffix() -> TokenizerRecipe {
    let suffix = "</w>".to_owned();
    let options = BpeOptions {
        min_frequency: 2,
        unk_token: Some("<unk>".to_owned()),
        end_of_word_suffix: Some(suffix.clone()),
        ..BpeOptions::default()
    };
    TokenizerRecipe {
        special_tokens: vec![RecipeToken::new("<unk>", &[])],
        normalizer: vec![
            NormalizerStep::Nfd,
            NormalizerStep::StripAccents,
            NormalizerStep::Lowercase,
        ],
        pre_tokenizer: vec![
            PreTokenizerStep::WhitespaceSplit,
            PreTokenizerStep::Punctuation { behavior: SplitBehavior::Isolated },
        ],
        decoder: vec![DecoderStep::Bpe { suffix }],
        ..TokenizerRecipe::new(SubwordModel::Bpe(options))
    }
}

fn word(min_frequency: u64) -> TokenizerRecipe {
    let options = WordLevelOptions { min_frequency, ..WordLevelOptions::default() };
    TokenizerRecipe { model: SubwordModel::WordLevel(options), ..TokenizerRecipe::word() }
}

fn recipe(name: &str, limit: usize) -> (TokenizerRecipe, usize) {
    match name {
        "gpt2" => (TokenizerRecipe::gpt2(), 700),
        "roberta" => (TokenizerRecipe::roberta(), 400),
        "bytes_with_prefix" => (bytes_with_prefix(), 600),
        "llama3" => (llama3(), 450),
        "bpe_limits" => (bpe_limits(limit), 500),
        "exhausted" => (exhausted(), 100_000),
        "sentence_piece" => (TokenizerRecipe::sentence_piece(false), 800),
        "bpe_suffix" => (bpe_suffix(), 800),
        "bert_uncased" => (TokenizerRecipe::bert(true), 900),
        "bert_cased" => (TokenizerRecipe::bert(false), 900),
        "word" => (word(2), 30_000),
        "word_ties" => (word(0), 300),
        _ => panic!("no recipe for {name}"),
    }
}

#[test]
fn tokenizers_are_those_that_the_python_library_trains() {
    let golden = golden();
    let limit = golden["limit_alphabet"].as_u64().unwrap() as usize;
    let cases = golden["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 12);
    for case in cases {
        let name = case["name"].as_str().unwrap();
        let (mut recipe, vocab_size) = recipe(name, limit);
        recipe.vocab_size = vocab_size;
        let trainer = SubwordTrainer::new(recipe.clone());
        let trained = match case["from_file"].as_bool().unwrap() {
            true => trainer.train_files([TEXT]),
            false => trainer.train(lines()),
        };
        let mut found: Value = serde_json::from_slice(&bytes(&trained.unwrap())).unwrap();
        let mut expected = case["tokenizer"].clone();
        if let Some(n_first) = case["n_first"].as_u64() {
            let n_first = n_first as usize;
            let words = counted(&recipe, case["from_file"].as_bool().unwrap());
            check_in_given_order(name, words, &recipe, &expected, n_first);
            // Ties between characters with affixes fall differently from here on.
            let (found, expected) = (tokens(&mut found), tokens(&mut expected));
            assert_eq!(found.len(), expected.len(), "{name}");
            let sorted = |tokens: &[String]| {
                let mut tokens = tokens[..n_first].to_vec();
                tokens.sort();
                tokens
            };
            assert_eq!(sorted(&found), sorted(&expected), "{name}");
        }
        for key in ["added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder"] {
            assert_eq!(found[key], expected[key], "{name}: {key}");
        }
        if case["n_first"].is_null() {
            assert_eq!(found["model"]["merges"], expected["model"]["merges"], "{name}");
        }
        if let Some(model) = found["model"].as_object_mut() {
            model.remove("merges");
        }
        if let Some(model) = expected["model"].as_object_mut() {
            model.remove("merges");
        }
        assert_eq!(found, expected, "{name}");
    }
}

fn counted(recipe: &TokenizerRecipe, from_file: bool) -> WordCounts {
    let ending = if from_file { "\n" } else { "" };
    let texts = lines().into_iter().map(|line| Ok(format!("{line}{ending}")));
    SubwordTrainer::new(recipe.clone()).count_words(texts).unwrap()
}

/// Takes the vocabulary out, in the order of its ids.
fn tokens(tokenizer: &mut Value) -> Vec<String> {
    let vocab = tokenizer["model"]["vocab"].take();
    let mut tokens: Vec<(u64, String)> = vocab
        .as_object()
        .unwrap()
        .iter()
        .map(|(token, id)| (id.as_u64().unwrap(), token.clone()))
        .collect();
    tokens.sort();
    tokens.into_iter().map(|(_, token)| token).collect()
}

/// With the first tokens in the order that the library happened to give them, all others are its.
fn check_in_given_order(
    name: &str,
    words: WordCounts,
    recipe: &TokenizerRecipe,
    expected: &Value,
    n_first: usize,
) {
    let expected_merges = expected["model"]["merges"].clone();
    let expected = tokens(&mut expected.clone());
    let mut table = TokenTable::default();
    expected[..n_first].iter().for_each(|token| {
        table.get_or_add(token);
    });
    let (prefix, suffix) = match &recipe.model {
        SubwordModel::WordPiece(WordPieceOptions { continuing_subword_prefix, .. }) => {
            (continuing_subword_prefix.as_str(), "")
        }
        _ => ("", "</w>"),
    };
    let options = MergeOptions {
        vocab_size: recipe.vocab_size,
        min_frequency: 2,
        max_token_length: None,
        prefix,
        suffix,
    };
    let merged = merge(words, table, &options, &mut Report::default()).unwrap();
    if !expected_merges.is_null() {
        assert_eq!(merged.to_json(), expected_merges, "{name}");
    }
    assert_eq!(merged.tokens.into_tokens(), expected, "{name}");
}

/// `PrependScheme` is what the library calls it.
#[test]
fn steps_are_written_as_the_library_writes_them() {
    let step = PreTokenizerStep::Metaspace {
        replacement: '▁',
        prepend_scheme: PrependScheme::First,
        split: false,
    };
    let json = serde_json::to_string(&step).unwrap();
    let expected =
        r#"{"type":"Metaspace","replacement":"▁","prepend_scheme":"first","split":false}"#;
    assert_eq!(json, expected);
}
