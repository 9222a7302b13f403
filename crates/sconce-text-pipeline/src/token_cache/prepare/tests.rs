//! The rows of a cache are those of encoding everything at once, for any number of threads.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::{
    EncodedDataset, Encoding, Format, Need, Normalizer, PreTokenizer, SpecialTokens, Targets,
    TokenizerFile, Truncation, VocabularyOptions, Windows, WordTokenizer,
};

fn tokenizer() -> WordTokenizer {
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    let texts = ["a b c d e f g h i j k l m n o p q r s t u v w x y z"];
    WordTokenizer::train(&texts, normalizer, PreTokenizer::Whitespace, &words).unwrap()
}

/// Many rows, some of them empty and one larger than a chunk.
fn examples(n_rows: usize) -> Vec<Example> {
    let mut random = fastrand::Rng::with_seed(1);
    let letter = |random: &mut fastrand::Rng| random.lowercase().to_string();
    let example = |row: usize| {
        let n_words = if row == 17 { 100_000 } else { random.usize(..60) };
        let words: Vec<String> = (0..n_words).map(|_| letter(&mut random)).collect();
        let label = Some(["neg", "pos", "even"][random.usize(..3)].to_owned());
        Example { text: words.join(" "), label, ..Example::default() }
    };
    (0..n_rows).map(example).collect()
}

fn fingerprint() -> Fingerprint {
    Fingerprint::builder().finish()
}

fn write(prepare: &Prepare<'_>, path: &Path, examples: Vec<Example>) -> Result<TokenCache> {
    prepare.write(path, fingerprint(), examples.into_iter().map(Ok), |_| {})
}

#[test]
fn rows_are_those_of_encoding_at_once_and_bytes_do_not_depend_on_threads() {
    let (tokenizer, folder) = (tokenizer(), tempfile::tempdir().unwrap());
    let examples = examples(5000);
    let texts: Vec<&str> = examples.iter().map(|example| example.text.as_str()).collect();
    let given: Vec<&str> = examples.iter().filter_map(|e| e.label.as_deref()).collect();
    let labels = Labels::build(&given).unwrap();
    let path = folder.path().join("c");
    let mut files = Vec::new();
    for max_length in [MaxLength::Unlimited, MaxLength::Truncate(20)] {
        let expected =
            EncodedDataset::encode(&tokenizer, &texts, labels.ids(&given).unwrap(), max_length);
        for n_threads in [0, 1, 2, 7] {
            let prepare = Prepare { max_length, n_threads, ..Prepare::new(&tokenizer) };
            let cache = write(&prepare, &path, examples.clone()).unwrap();
            assert_eq!(cache.dataset(), expected.as_ref().unwrap());
            assert_eq!(cache.dataset().n_truncated(), expected.as_ref().unwrap().n_truncated());
            assert_eq!(cache.labels(), Some(&labels));
            files.push(fs::read(&path).unwrap());
        }
    }
    assert!(files[..4].iter().all(|file| *file == files[0]));
    assert!(files[4..].iter().all(|file| *file == files[4]));
}

#[test]
fn every_kind_of_label_becomes_its_targets() {
    let (tokenizer, folder) = (tokenizer(), tempfile::tempdir().unwrap());
    let path = folder.path().join("c");
    let rows = |labels: &[&[&str]]| -> Vec<Example> {
        let one = |labels: &&[&str]| Example {
            label: labels.first().map(ToString::to_string),
            labels: labels.iter().map(ToString::to_string).collect(),
            ..Example::default()
        };
        labels.iter().map(one).collect()
    };
    let several = LabelKind::Several { separator: ',' };
    let values = vec![1., 0., 1., 0., 0., 0., 0., 1., 0.];
    let cases: Vec<(LabelKind, Vec<Example>, Targets)> = vec![
        (LabelKind::Class, rows(&[&[], &[]]), Targets::None),
        (LabelKind::Class, rows(&[&["b"], &["a"], &["b"]]), Targets::Classes(vec![1, 0, 1])),
        (LabelKind::Class, rows(&[&["10"], &["9"]]), Targets::Classes(vec![1, 0])),
        (LabelKind::Number, rows(&[&["0.5"], &["-2"]]), Targets::Numbers(vec![0.5, -2.])),
        (several, rows(&[&["c", "a"], &[], &["b"]]), Targets::MultiHot { n_labels: 3, values }),
    ];
    for (kind, rows, targets) in cases {
        let prepare = Prepare { kind, ..Prepare::new(&tokenizer) };
        let cache = write(&prepare, &path, rows).unwrap();
        assert_eq!(cache.dataset().targets(), &targets, "{kind:?}");
    }
    let known = Labels::from_names(vec!["z".into(), "b".into(), "a".into()]).unwrap();
    let prepare = Prepare { labels: Some(&known), ..Prepare::new(&tokenizer) };
    let cache = write(&prepare, &path, rows(&[&["a"], &["b"]])).unwrap();
    assert_eq!((cache.dataset().labels(), cache.labels()), (&[2, 1][..], Some(&known)));
}

#[test]
fn pairs_have_type_ids() {
    let (tokenizer, folder) = (tokenizer(), tempfile::tempdir().unwrap());
    let example = |text: &str, pair: Option<&str>| Example {
        text: text.to_owned(),
        pair: pair.map(str::to_owned),
        ..Example::default()
    };
    let rows = vec![example("a b c", Some("d")), example("a", None), example("a", Some("b"))];
    let prepare = Prepare { max_length: MaxLength::Truncate(3), ..Prepare::new(&tokenizer) };
    let cache = write(&prepare, &folder.path().join("c"), rows).unwrap();
    assert_eq!(cache.dataset().lengths(), [3, 1, 2]);
    assert_eq!(cache.dataset().type_ids(), [0, 0, 1, 0, 0, 1]);
    assert_eq!(cache.dataset().n_truncated(), 1);
}

#[test]
fn the_first_error_in_the_order_of_rows_is_reported_and_leaves_no_file() {
    let (tokenizer, folder) = (tokenizer(), tempfile::tempdir().unwrap());
    let path = folder.path().join("c");
    let labelled = |label: Option<&str>| Example {
        text: "a b".into(),
        label: label.map(str::to_owned),
        ..Example::default()
    };
    let bad = Example { negatives: vec!["x".into()], ..labelled(Some("a")) };
    let known = Labels::from_names(vec!["a".into(), "b".into()]).unwrap();
    let good = || vec![labelled(Some("a")); 3000];
    let long = MaxLength::Refuse(1);
    let plain = Prepare::new(&tokenizer);
    let number = Prepare { kind: LabelKind::Number, ..plain.clone() };
    let knowing = Prepare { labels: Some(&known), ..plain.clone() };
    let strict = Prepare { max_length: long, ..plain.clone() };
    let cases: Vec<(&Prepare<'_>, Vec<Example>, &str)> = vec![
        (
            &plain,
            [good(), vec![labelled(None)]].concat(),
            "row 3000: it has no label, but the rows before have one",
        ),
        (&plain, [good(), vec![bad]].concat(), "row 3000: it has negatives"),
        (&number, vec![labelled(Some("x"))], "row 0: the label \"x\" is not a finite number"),
        (&knowing, [good(), vec![labelled(Some("c"))]].concat(), "row 3000: unknown label \"c\""),
        (&strict, good(), "row 0: row 0 (from 0) has 2 tokens, more than the 1 allowed"),
        (&plain, good(), "every row has the label \"a\""),
    ];
    for (prepare, examples, message) in cases {
        let error = write(prepare, &path, examples).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    let late = good().into_iter().map(Ok).chain([Err(Error::NoMaskToken)]);
    let error = plain.write(&path, fingerprint(), late, |_| {}).unwrap_err();
    assert!(matches!(error, Error::NoMaskToken));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_file_is_prepared_once() {
    let (tokenizer, folder) = (tokenizer(), tempfile::tempdir().unwrap());
    let (source, path) = (folder.path().join("r.jsonl"), folder.path().join("r.cache"));
    let line =
        |text: &str, label: &str| format!("{{\"text\": \"{text}\", \"label\": \"{label}\"}}\n");
    fs::write(&source, line("a b", "x") + &line("c", "y")).unwrap();
    let prepare = Prepare::new(&tokenizer);
    let run = |prepare: &Prepare<'_>, options: &ReadOptions| {
        let mut n_calls = 0;
        let cache = prepare.file(&source, options, &path, |_| n_calls += 1).unwrap();
        (n_calls > 0, cache)
    };
    let options = ReadOptions { format: Some(Format::Jsonl), ..ReadOptions::default() };
    let (is_built, cache) = run(&prepare, &options);
    assert!(is_built && cache.dataset().len() == 2);
    assert_eq!(cache.settings()["read"]["format"], "jsonl");
    assert!(!run(&prepare, &options).0, "nothing changed");
    let optional = ReadOptions { labels: Need::Optional, ..options.clone() };
    assert!(run(&prepare, &optional).0, "other options");
    let shorter = Prepare { max_length: MaxLength::Truncate(1), ..prepare.clone() };
    assert!(run(&shorter, &optional).0, "another length");
    let strict = Prepare { max_length: MaxLength::Refuse(1), ..prepare.clone() };
    let error = strict.file(&source, &optional, &path, |_| {}).unwrap_err().to_string();
    assert!(error.contains("r.jsonl:1: row 0 (from 0) has 2 tokens"), "{error}");
    fs::write(&source, line("a b", "x") + &line("d", "y")).unwrap();
    let (is_built, cache) = run(&shorter, &optional);
    assert!(is_built && cache.dataset().n_truncated() == 1);
}

/// A tokenizer that fails if it is handed more texts than may be on their way.
struct Counting<'a> {
    inner: WordTokenizer,
    /// Examples that were read and not encoded yet.
    waiting: &'a AtomicUsize,
    most: &'a AtomicUsize,
}

impl Tokenizer for Counting<'_> {
    fn encode_input(&self, input: Input<'_>, cut: Option<&Truncation>) -> Result<Encoding> {
        self.inner.encode_input(input, cut)
    }
    fn encode_windows(&self, q: &str, c: &str, windows: &Windows) -> Result<Vec<Encoding>> {
        self.inner.encode_windows(q, c, windows)
    }
    fn decode(&self, ids: &[u32], skip_special: bool) -> Result<String> {
        self.inner.decode(ids, skip_special)
    }
    fn special_tokens(&self) -> &SpecialTokens {
        self.inner.special_tokens()
    }
    fn encode_ids(&self, text: &str, ids: &mut Vec<u32>) -> Result<()> {
        self.most.fetch_max(self.waiting.fetch_sub(1, Ordering::SeqCst), Ordering::SeqCst);
        self.inner.encode_ids(text, ids)
    }
    fn vocab_size(&self) -> usize {
        self.inner.vocab_size()
    }
    fn id(&self, token: &str) -> Option<u32> {
        self.inner.id(token)
    }
    fn token(&self, id: u32) -> Option<String> {
        self.inner.token(id)
    }
    fn to_file(&self) -> Result<TokenizerFile> {
        self.inner.to_file()
    }
}

#[test]
fn no_more_is_read_than_is_encoded_soon() {
    let (waiting, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let tokenizer = Counting { inner: tokenizer(), waiting: &waiting, most: &most };
    let folder = tempfile::tempdir().unwrap();
    let n_rows = 100 * CHUNK_ROWS;
    let source = (0..n_rows).map(|_| {
        waiting.fetch_add(1, Ordering::SeqCst);
        Ok(Example { text: "a".to_owned(), ..Example::default() })
    });
    let prepare = Prepare { n_threads: 2, ..Prepare::new(&tokenizer) };
    let mut last = Prepared::default();
    let cache = prepare
        .write(folder.path().join("c"), fingerprint(), source, |prepared| last = prepared)
        .unwrap();
    assert_eq!(last, Prepared { n_rows, n_tokens: n_rows as u64, n_bytes: n_rows as u64 });
    assert_eq!(cache.dataset().len(), n_rows);
    let most = most.into_inner();
    assert!(most <= 2 * CHUNK_ROWS, "{most} examples at once");
}
