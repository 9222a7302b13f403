//! torchtext 0.18 itself as truth: its vocabularies, transforms, n-grams and label vocabularies.
//! The values are made by `tests/golden/torchtext_0_18.py`.

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::{
    Analyzer, Collator, EncodedDataset, Labels, PadTo, PaddedBatch, Padding, Targets, Tokenizer,
    WordFilter, WordTokenizer,
};

#[derive(Deserialize)]
struct Golden {
    texts: Vec<String>,
    words: Vec<Vec<String>>,
    vocabularies: Vec<Case>,
    probes: Vec<String>,
    changes: Vec<Change>,
    ngrams: Vec<Ngrams>,
    labels: LabelNames,
    pipeline_tokens: Vec<String>,
    pipelines: Vec<Pipeline>,
}

#[derive(Deserialize)]
struct Case {
    options: VocabularyOptions,
    built: Option<Vec<String>>,
    in_order: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Change {
    name: String,
    arguments: Vec<Value>,
    worked: bool,
    after: Probe,
}

#[derive(Deserialize)]
struct Probe {
    contains: Vec<bool>,
    indices: Vec<Option<u32>>,
    lookup_indices: Option<Vec<u32>>,
    lookup_tokens: Option<Vec<String>>,
    past_end: Option<String>,
    tokens: Vec<String>,
    default: Option<u32>,
    length: usize,
}

#[derive(Deserialize)]
struct Ngrams {
    words: Vec<String>,
    n: usize,
    ngrams: Vec<String>,
}

#[derive(Deserialize)]
struct LabelNames {
    names: Vec<String>,
    file: String,
    given: Vec<String>,
    sorted: Vec<String>,
    from_file: Vec<String>,
    from_file_sorted: Vec<String>,
    indices: Vec<u32>,
}

#[derive(Deserialize)]
struct Pipeline {
    max_length: Option<usize>,
    rows: (usize, usize),
    padded_to_longest: Vec<Vec<u32>>,
    padded_to_12: Vec<Vec<u32>>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../tests/golden/torchtext_0_18.json")).unwrap()
}

fn tokens(vocabulary: &Vocabulary) -> Vec<&str> {
    vocabulary.tokens().collect()
}

#[test]
fn basic_english_and_both_factories_give_torchtexts_vocabularies() {
    let golden = golden();
    let analyzer = Analyzer::default();
    for (text, words) in golden.texts.iter().zip(&golden.words) {
        assert_eq!(analyzer.words(text), *words, "{text:?}");
    }
    let counts = crate::count_tokens(&golden.texts, &analyzer);
    for Case { options, built, in_order } in &golden.vocabularies {
        let vocabulary = Vocabulary::build(&counts, options);
        match built {
            Some(expected) => assert_eq!(tokens(&vocabulary.unwrap()), *expected, "{options:?}"),
            None => assert!(vocabulary.is_err(), "{options:?}"),
        }
        if let Some(expected) = in_order {
            let vocabulary = Vocabulary::from_counts(&counts, options).unwrap();
            assert_eq!(tokens(&vocabulary), *expected, "{options:?}");
        }
    }
}

#[test]
fn changes_and_lookups_are_torchtexts() {
    let golden = golden();
    let counts = crate::count_tokens(&golden.texts, &Analyzer::default());
    let specials = ["<unk>", "<pad>"].map(str::to_owned).to_vec();
    let options = VocabularyOptions { specials, max_tokens: Some(10), ..Default::default() };
    let mut vocabulary = Vocabulary::build(&counts, &options).unwrap();
    for Change { name, arguments, worked, after } in &golden.changes {
        let text = || arguments[0].as_str().unwrap();
        let number = |place: usize| arguments[place].as_u64().map(|id| id as u32);
        let result = match name.as_str() {
            "nothing" => Ok(()),
            "set_default_index" => vocabulary.set_default_id(number(0)),
            "append_token" => vocabulary.append_token(text()).map(|_| ()),
            "insert_token" => vocabulary.insert_token(text(), number(1).unwrap()),
            other => panic!("{other}"),
        };
        let context = format!("{name} {arguments:?}");
        assert_eq!(result.is_ok(), *worked, "{context}");
        assert_eq!(tokens(&vocabulary), after.tokens, "{context}");
        assert_eq!((vocabulary.default_id(), vocabulary.len()), (after.default, after.length));
        for (i, probe) in golden.probes.iter().enumerate() {
            assert_eq!(vocabulary.contains(probe), after.contains[i], "{context} {probe:?}");
            assert_eq!(vocabulary.id_or_default(probe), after.indices[i], "{context} {probe:?}");
        }
        assert_eq!(vocabulary.lookup_ids(&golden.probes).ok(), after.lookup_indices, "{context}");
        let last = vocabulary.len() as u32 - 1;
        let found = vocabulary.lookup_tokens(&[0, 2, last]).unwrap();
        assert_eq!(found, *after.lookup_tokens.as_ref().unwrap(), "{context}");
        assert_eq!(vocabulary.lookup_tokens(&[last + 1]).is_ok(), after.past_end.is_some());
    }
}

#[test]
fn ngrams_are_those_of_ngrams_iterator() {
    for Ngrams { words, n, ngrams } in golden().ngrams {
        let filter = WordFilter { ngrams: n, ..WordFilter::default() };
        let analyzer = Analyzer { filter, ..Analyzer::default() };
        assert_eq!(analyzer.words(&words.join(" ")), ngrams, "{words:?} {n}");
    }
}

#[test]
fn labels_are_those_of_label_to_index() {
    let LabelNames { names, file, given, sorted, from_file, from_file_sorted, indices } =
        golden().labels;
    let labels = Labels::from_names(names.clone()).unwrap();
    assert_eq!(labels.names(), given);
    assert_eq!(labels.ids(["business", "world"]).unwrap(), indices);
    assert_eq!(Labels::build(&names).unwrap().names(), sorted);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.txt");
    std::fs::write(&path, file).unwrap();
    assert_eq!(Labels::read(&path, false).unwrap().names(), from_file);
    assert_eq!(Labels::read(&path, true).unwrap().names(), from_file_sorted);
}

/// `Sequential(VocabTransform, Truncate, AddToken, AddToken, ToTensor, PadTransform)`.
#[test]
fn a_framed_tokenizer_and_padding_give_what_the_transforms_give() {
    let golden = golden();
    let specials = ["<unk>", "<pad>", "<bos>", "<eos>"].map(str::to_owned).to_vec();
    let options = VocabularyOptions { min_freq: 2, specials, ..VocabularyOptions::default() };
    let tokenizer =
        WordTokenizer::train_analyzer(&golden.texts, Analyzer::default(), &options).unwrap();
    assert_eq!(tokens(tokenizer.vocabulary()), golden.pipeline_tokens);
    let tokenizer = tokenizer.framed(Some("<bos>"), Some("<eos>")).unwrap();
    let pad_id = tokenizer.special_tokens().pad.unwrap();
    for Pipeline { max_length, rows, padded_to_longest, padded_to_12 } in golden.pipelines {
        let texts: Vec<&str> = golden.texts[rows.0..rows.1].iter().map(String::as_str).collect();
        let dataset =
            EncodedDataset::encode(&tokenizer, &texts, Targets::None, max_length).unwrap();
        let rows: Vec<usize> = (0..dataset.len()).collect();
        let packed = Collator::new(&dataset).collate(&rows).unwrap();
        let padding = Padding { id: pad_id, ..Padding::default() };
        let longest = PaddedBatch::new(&packed, &padding).unwrap();
        assert_eq!(longest.ids, padded_to_longest.concat(), "{max_length:?}");
        let to = match packed.max_len() > 12 {
            // torchtext leaves rows that are longer as they are.
            true => PadTo::Longest,
            false => PadTo::Fixed(12),
        };
        let padded = PaddedBatch::new(&packed, &Padding { to, ..padding }).unwrap();
        assert_eq!(padded.ids, padded_to_12.concat(), "{max_length:?}");
    }
}
