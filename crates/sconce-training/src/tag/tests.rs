//! Names in made-up sentences, some of two tokens: learnt, and counted by words.

use sconce_models::TokenClassifier;
use sconce_text_pipeline::{LabelAlignment, Labels, MaxLength, TaggedCorpus, TaggedSentence};

use super::*;
use crate::tests::{assert_falls, assert_near, bert, build, fit, tokenizer};

const PIECES: [&str; 12] =
    ["Ann", "Bob", "Smi", "##th", "Oslo", "York", "New", "sees", "in", "and", "the", "##s"];

/// Sentences of names and places; every third is longer.
fn corpus() -> TaggedCorpus {
    let people = [("Ann", "B-PER"), ("Bob", "B-PER"), ("Smith", "B-PER")];
    let places: [&[(&str, &str)]; 2] =
        [&[("Oslo", "B-LOC")], &[("New", "B-LOC"), ("York", "I-LOC")]];
    let sentence = |i: usize| {
        let mut words = vec![people[i % 3], ("sees", "O"), people[i / 3 % 3]];
        if i.is_multiple_of(4) {
            words.extend([("and", "O"), people[i / 2 % 3], ("Smith", "I-PER")]);
        }
        words.push(("in", "O"));
        words.extend(places[i % 2]);
        let (tokens, tags) = words.into_iter().map(|(w, t)| (w.to_owned(), t.to_owned())).unzip();
        TaggedSentence { tokens, tags }
    };
    TaggedCorpus::from((0..48).map(sentence).collect::<Vec<_>>())
}

fn encode(labels: &Labels, alignment: LabelAlignment, max_length: MaxLength) -> TokenDataset {
    let tokenizer = tokenizer(&PIECES);
    TokenDataset::encode(&*tokenizer, &corpus(), Some(labels), alignment, max_length).unwrap()
}

fn labels() -> Labels {
    Labels::build(corpus().tags()).unwrap()
}

fn model(labels: &[String], seed: u64) -> (TokenClassifier, ParamStore) {
    let config = bert("BertForTokenClassification", &*tokenizer(&PIECES));
    let (model, store) = build(config.with_labels(labels), seed);
    (model.token_classifier().unwrap().clone(), store)
}

#[test]
fn a_tagger_learns_names_by_their_first_or_by_all_tokens() {
    let labels = labels();
    for alignment in [LabelAlignment::First, LabelAlignment::All] {
        let sentences = encode(&labels, alignment, MaxLength::Unlimited);
        let (model, store) = model(labels.names(), 1);
        let task = TagTask {
            model: &model,
            store: &store,
            train: &sentences,
            valid: Some(&sentences),
            loss: CrossEntropy::default(),
            batching: Batching { batch_size: 8, by_length: true, ..Batching::default() },
        };
        let history = fit(&task, 20.);
        assert_falls(&history, 0.2);
        let valid = history.evaluations.last().unwrap().metrics.clone();
        assert_eq!((task.metric(), valid["f1"], valid["accuracy"]), ("f1", 1., 1.), "{valid:?}");
        let keys: Vec<&String> = valid.keys().collect();
        assert_eq!(keys, ["accuracy", "f1", "loss", "precision", "recall"]);
    }
}

#[test]
fn a_batch_weighs_as_much_as_it_has_labels() {
    let labels = labels();
    let (model, store) = model(labels.names(), 1);
    for (alignment, expected) in [(LabelAlignment::First, 5.), (LabelAlignment::All, 6.)] {
        let sentences = encode(&labels, alignment, MaxLength::Unlimited);
        let task = TagTask {
            model: &model,
            store: &store,
            train: &sentences,
            valid: None,
            loss: CrossEntropy::default(),
            batching: Batching::default(),
        };
        // Smith sees Ann in Oslo: five words, of which one has two tokens.
        let loss = task.loss(&[2], Mode::Eval).unwrap();
        assert_eq!((loss.weight, loss.n_examples), (expected, 1));
        assert!(task.evaluate().unwrap().is_none());
    }
}

#[test]
fn metrics_are_those_of_sentences_that_are_each_evaluated_alone() {
    let labels = labels();
    let sentences = encode(&labels, LabelAlignment::First, MaxLength::Unlimited);
    let (model, _) = model(labels.names(), 5);
    let Report { metrics, details } = evaluate_tagger(&model, &sentences).unwrap();
    let (mut spans, mut right, mut n_words) = (SpanF1::new(), 0, 0);
    for (row, sentence) in corpus().sentences().iter().enumerate() {
        let batch = Collator::new(sentences.encoded()).collate(&[row]).unwrap();
        let offsets = packed::offsets(&batch).unwrap();
        let logits = model.forward(&packed::tokens(&batch, &offsets), Mode::Eval).unwrap();
        let tokens = &model.decode(&logits, &offsets).unwrap()[0];
        let words: Vec<&str> = sentences
            .first_tokens(row)
            .iter()
            .map(|&token| labels.name(tokens[token as usize].id).unwrap())
            .collect();
        right += words.iter().zip(&sentence.tags).filter(|(a, b)| a == b).count();
        n_words += words.len();
        spans.update(&sentence.tags, &words).unwrap();
    }
    let micro = spans.average(Average::Micro);
    assert_near("f1", metrics["f1"], micro.f1);
    assert_near("precision", metrics["precision"], micro.precision);
    assert_near("accuracy", metrics["accuracy"], right as f64 / n_words as f64);
    let Details::Spans(report) = details else { panic!("{details:?}") };
    assert_eq!(report.kinds.len(), 2);
}

#[test]
fn labels_that_mark_no_spans_are_counted_one_by_one() {
    let tags = ["NOUN", "VERB", "X"].map(str::to_owned);
    let sentence = |words: &str| TaggedSentence {
        tokens: words.split(' ').map(str::to_owned).collect(),
        tags: words.split(' ').map(|word| tags[usize::from(word == "sees")].clone()).collect(),
    };
    let corpus: TaggedCorpus =
        vec![sentence("Ann sees Bob"), sentence("Smith sees the Smith")].into();
    let names = Labels::from_names(tags.to_vec()).unwrap();
    let first = LabelAlignment::First;
    let (model, _) = model(&tags, 1);
    // The second sentence is cut to [CLS] Smi ##th sees [SEP].
    for (max_length, n_words) in [(MaxLength::Unlimited, 7), (MaxLength::Truncate(5), 5)] {
        let tokenizer = tokenizer(&PIECES);
        let sentences =
            TokenDataset::encode(&*tokenizer, &corpus, Some(&names), first, max_length).unwrap();
        let Report { metrics, details } = evaluate_tagger(&model, &sentences).unwrap();
        assert_eq!(metrics.keys().collect::<Vec<_>>(), ["accuracy", "loss", "macro_f1"]);
        let Details::Labels(matrix) = details else { panic!("{details:?}") };
        assert_eq!(matrix.total(), n_words);
        assert_eq!(metrics["accuracy"], matrix.accuracy());
    }
}
