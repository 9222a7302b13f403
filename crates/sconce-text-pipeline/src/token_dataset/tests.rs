//! Labels of tokens as transformers' example script has them; words that lose their tokens.
#![cfg(feature = "subword")]

use super::*;
use crate::tagged_corpus::TaggedSentence;
use crate::test_support::{Tagged, golden, tokenizer};

fn labels() -> Labels {
    Labels::build(["B-LOC", "B-PER", "I-PER", "O"]).unwrap()
}

fn corpus(sentences: &[Tagged]) -> TaggedCorpus {
    let sentence = |s: &Tagged| TaggedSentence { tokens: s.words.clone(), tags: s.tags.clone() };
    TaggedCorpus::from(sentences.iter().map(sentence).collect::<Vec<_>>())
}

/// -100 is PyTorch's `IGNORE`.
fn classes(classes: &[i64]) -> Vec<u32> {
    classes.iter().map(|class| u32::try_from(*class).unwrap_or(IGNORE)).collect()
}

#[test]
fn labels_of_tokens_are_those_of_transformers() {
    for golden in golden() {
        let tokenizer = tokenizer(&golden.name);
        let corpus = corpus(&golden.tags);
        for alignment in [LabelAlignment::First, LabelAlignment::All] {
            let labels = labels();
            let dataset =
                TokenDataset::encode(&*tokenizer, &corpus, Some(&labels), alignment, None).unwrap();
            let targets = dataset.encoded().targets().tokens().unwrap();
            for (row, sentence) in golden.tags.iter().enumerate() {
                assert_eq!(dataset.encoded().row(row), sentence.ids, "{}", golden.name);
                let expected = match alignment {
                    LabelAlignment::First => &sentence.first,
                    LabelAlignment::All => &sentence.all,
                };
                let tokens = dataset.encoded().tokens_of(row).unwrap();
                assert_eq!(targets[tokens], classes(expected), "{} {alignment:?}", golden.name);
            }
        }
    }
}

#[test]
fn what_is_predicted_for_tokens_leads_back_to_words() {
    for golden in golden() {
        let tokenizer = tokenizer(&golden.name);
        let (corpus, labels) = (corpus(&golden.tags), labels());
        let first = LabelAlignment::First;
        let dataset =
            TokenDataset::encode(&*tokenizer, &corpus, Some(&labels), first, None).unwrap();
        let targets = dataset.encoded().targets().tokens().unwrap();
        for (row, sentence) in golden.tags.iter().enumerate() {
            let tokens = dataset.encoded().tokens_of(row).unwrap();
            let words = dataset.words_of(row, &targets[tokens]).unwrap();
            let expected = labels.ids(&sentence.tags).unwrap();
            for ((word, found), expected) in sentence.words.iter().zip(words).zip(expected) {
                // Of a blank word some tokenizers make no token.
                assert!(found == expected || (word == " " && found == IGNORE), "{}", golden.name);
            }
        }
        assert!(dataset.words_of(0, &[0]).is_err());
    }
}

#[test]
fn words_that_are_cut_off_are_counted() {
    let tokenizer = tokenizer("bert_uncased");
    let golden = golden().remove(0);
    let corpus = corpus(&golden.tags[..1]);
    let labels = labels();
    let encode = |max_length| {
        TokenDataset::encode(&*tokenizer, &corpus, Some(&labels), LabelAlignment::First, max_length)
    };
    let whole = encode(MaxLength::Unlimited).unwrap();
    assert_eq!((whole.encoded().n_truncated(), whole.n_words_lost()), (0, 0));
    let n_tokens = whole.encoded().n_tokens();
    // Framing tokens stay, so the last word is what goes.
    let cut = encode(MaxLength::Truncate(n_tokens - 1)).unwrap();
    assert_eq!((cut.encoded().n_truncated(), cut.n_words_lost()), (1, 1));
    assert_eq!(cut.first_tokens(0).last(), Some(&IGNORE));
    assert_eq!(cut.words_of(0, &vec![7; n_tokens - 1]).unwrap(), [7, 7, 7, 7, 7, IGNORE]);
    let error = encode(MaxLength::Refuse(n_tokens - 1)).unwrap_err().to_string();
    assert!(error.starts_with("sentence 0: row 0 (from 0) has"), "{error}");
}

#[test]
fn tags_that_are_missing_or_unknown_are_named() {
    let tokenizer = tokenizer("bert_uncased");
    let labels = labels();
    let sentence = |tags: &[&str]| TaggedSentence {
        tokens: vec!["a".into(), "b".into()],
        tags: tags.iter().map(ToString::to_string).collect(),
    };
    let encode = |tags: &[&str], labels| {
        let corpus = TaggedCorpus::from(vec![sentence(&["O", "O"]), sentence(tags)]);
        TokenDataset::encode(&*tokenizer, &corpus, labels, LabelAlignment::All, None)
    };
    for (tags, expected) in [
        (&["O", "B-ORG"][..], "sentence 1: unknown label \"B-ORG\""),
        (&["O"], "sentence 1: there is no label"),
        (&[], "sentence 1: there is no label"),
    ] {
        let error = encode(tags, Some(&labels)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let untagged = encode(&[], None).unwrap();
    assert_eq!(untagged.encoded().targets(), &Targets::None);
    assert_eq!(untagged.first_tokens(1), [1, 2]);
}
