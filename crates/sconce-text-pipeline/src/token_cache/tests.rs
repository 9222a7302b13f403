//! What comes back is what went in; nothing damaged, foreign or half written is taken for a cache.

use std::fs;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::{
    BatchSampler, Collator, Dataset, IGNORE, Normalizer, PreTokenizer, TokenStream,
    VocabularyOptions, WordTokenizer,
};

mod writers;

fn tokenizer() -> WordTokenizer {
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    let texts = ["a fine film and a dull one"];
    WordTokenizer::train(&texts, normalizer, PreTokenizer::Whitespace, &words).unwrap()
}

fn fingerprint(of: &str) -> Fingerprint {
    Fingerprint::builder().bytes("test", of.as_bytes()).finish()
}

fn settings(vocab_size: usize) -> CacheSettings {
    let settings = CacheSettings::new(fingerprint("one"), &tokenizer()).unwrap();
    CacheSettings { vocab_size, ..settings }
}

fn save(path: &Path, dataset: &EncodedDataset, settings: CacheSettings) -> Result<TokenCache> {
    let mut writer = CacheWriter::create(path, settings)?;
    writer.push_all(dataset)?;
    writer.finish()
}

/// Rows of 3, 0, 1 and 2 tokens.
fn dataset(targets: Targets, type_ids: &[u32]) -> EncodedDataset {
    let ids = vec![299, 1, 2, 3, 4, 0];
    EncodedDataset::new(ids, type_ids.to_vec(), vec![0, 3, 3, 4, 6], targets).unwrap()
}

fn every_kind() -> Vec<Targets> {
    vec![
        Targets::None,
        Targets::Classes(vec![1, IGNORE, 0, 1]),
        Targets::MultiHot { n_labels: 2, values: vec![1., 0., 0., 0., 1., 1., 0., 0.5] },
        Targets::Numbers(vec![0.5, -1., f32::MAX, 0.]),
        Targets::Tokens(vec![1, IGNORE, 3, 4, 5, 6]),
    ]
}

#[test]
fn rows_targets_and_type_ids_come_back_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    for vocab_size in [300, 1 << 16, (1 << 16) + 1] {
        for targets in every_kind() {
            for type_ids in [&[][..], &[0, 0, 1, 0, 0, 1]] {
                let dataset = dataset(targets.clone(), type_ids);
                let cache = save(&path, &dataset, settings(vocab_size)).unwrap();
                cache.verify().unwrap();
                let mapped = cache.dataset();
                // Batches first: they must not need the copies that slices make.
                let (ours, theirs) = (Collator::new(mapped), Collator::new(&dataset));
                for rows in (BatchSampler { shuffle: true, ..BatchSampler::new(4, 3) }).batches(1) {
                    assert_eq!(ours.collate(&rows).unwrap(), theirs.collate(&rows).unwrap());
                }
                assert_eq!(mapped.subset(&[2, 0]).unwrap(), dataset.subset(&[2, 0]).unwrap());
                assert_eq!(mapped.labels(), dataset.labels());
                assert_eq!(mapped.get(3), dataset.get(3));
                assert_eq!(mapped.lengths(), [3, 0, 1, 2]);
                assert_eq!(mapped, &dataset);
                assert_eq!(mapped.row(0), [299, 1, 2]);
                let mut ids = vec![7];
                mapped.append_row(3, &mut ids).unwrap();
                assert_eq!(ids, [7, 4, 0]);
                assert!(mapped.append_row(4, &mut ids).is_err());
            }
        }
    }
}

#[test]
fn spans_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let spans = Targets::Spans(vec![(0, 2), (1, 1)]);
    let dataset = EncodedDataset::new(vec![1, 2, 3, 4, 5], vec![], vec![0, 3, 5], spans).unwrap();
    let cache = save(&folder.path().join("c"), &dataset, settings(9)).unwrap();
    assert_eq!(
        Collator::new(cache.dataset()).collate(&[1]).unwrap().targets.spans(),
        Some(&[(1, 1)][..])
    );
    assert_eq!(cache.dataset(), &dataset);
}

#[test]
fn a_stream_over_a_cache_is_that_of_its_ids() {
    let folder = tempfile::tempdir().unwrap();
    for vocab_size in [300, 70_000] {
        let dataset = dataset(Targets::None, &[]);
        let cache = save(&folder.path().join("c"), &dataset, settings(vocab_size)).unwrap();
        let stream = TokenStream::from(cache.into_dataset());
        let plain = TokenStream::new(dataset.ids().to_vec());
        assert_eq!(stream.sample(5, 2, 1, 0).unwrap(), plain.sample(5, 2, 1, 0).unwrap());
        let (first, rest) = stream.clone().split_at(2);
        let ours = rest.sample(5, 2, 1, 0).unwrap();
        assert_eq!(ours, plain.clone().split_at(2).1.sample(5, 2, 1, 0).unwrap());
        assert_eq!((first.ids(), rest.ids()), (&[299, 1][..], &[2, 3, 4, 0][..]));
        assert_eq!(stream, plain);
    }
}

#[test]
fn a_cache_without_rows_is_one() {
    let folder = tempfile::tempdir().unwrap();
    let none = EncodedDataset::new(vec![], vec![], vec![0], Targets::None).unwrap();
    let cache = save(&folder.path().join("c"), &none, settings(9)).unwrap();
    assert!(cache.dataset().is_empty());
    assert_eq!(cache.dataset().ids(), [0u32; 0]);
}

#[test]
fn ids_take_two_bytes_where_the_vocabulary_fits() {
    let folder = tempfile::tempdir().unwrap();
    let ids: Vec<u32> = (0..100_000).map(|id| id % 300).collect();
    let many = EncodedDataset::new(ids, vec![], vec![0, 100_000], Targets::None).unwrap();
    let size = |vocab| save(&folder.path().join("c"), &many, settings(vocab)).unwrap().n_bytes();
    assert_eq!(size(70_000) - size(300), 200_000);
}

#[test]
fn a_cache_is_the_data_the_vocabulary_and_the_settings() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let tokenizer = tokenizer();
    let labels = Labels::from_names(vec!["pos".into(), "neg".into()]).unwrap();
    let mut kept = settings(tokenizer.vocab_size());
    kept.settings.insert("read".into(), serde_json::json!({"text": "review"}));
    kept.labels = Some(labels.clone());
    kept.max_length = MaxLength::Truncate(2);
    let texts = ["a fine film", "dull", "one"];
    let rows = EncodedDataset::encode(&tokenizer, &texts, vec![0, 1, 0], Some(2)).unwrap();
    save(&path, &rows, kept).unwrap();

    let cache = TokenCache::open(&path).unwrap();
    assert_eq!(cache.labels(), Some(&labels));
    assert_eq!(cache.max_length(), MaxLength::Truncate(2));
    assert_eq!(cache.settings()["read"]["text"], "review");
    assert_eq!(cache.dataset().n_truncated(), 1);
    assert_eq!(cache.tokenizer_file().unwrap(), tokenizer.to_file().unwrap());
    let again = cache.tokenizer().unwrap();
    assert_eq!(
        EncodedDataset::encode(&again, &texts, vec![0, 1, 0], Some(2)).unwrap(),
        *cache.dataset()
    );
    assert_eq!((cache.fingerprint(), cache.path()), (fingerprint("one"), path.as_path()));
}

/// A small cache, and its bytes.
fn small(path: &Path) -> (EncodedDataset, Vec<u8>) {
    let dataset = dataset(Targets::Classes(vec![1, 0, 0, 1]), &[0, 0, 1, 0, 0, 1]);
    save(path, &dataset, settings(300)).unwrap();
    (dataset, fs::read(path).unwrap())
}

#[test]
fn a_file_with_any_bit_turned_is_refused_and_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let (dataset, whole) = small(&path);
    let n_built = AtomicUsize::new(0);
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        fs::write(&path, &bytes).unwrap();
        let error = TokenCache::open(&path).unwrap_err().to_string();
        assert!(error.contains("build it again") && !error.contains('\n'), "{at}: {error}");
        if at % 97 == 0 {
            let build = || {
                n_built.fetch_add(1, Ordering::SeqCst);
                save(&path, &dataset, settings(300))
            };
            let cache = TokenCache::open_or_build(&path, fingerprint("one"), build).unwrap();
            assert_eq!(cache.dataset(), &dataset);
        }
    }
    assert_eq!(n_built.into_inner(), whole.len().div_ceil(97));
}

#[test]
fn a_file_of_another_length_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let (_, whole) = small(&path);
    for length in 0..whole.len() {
        fs::write(&path, &whole[..length]).unwrap();
        let error = TokenCache::open(&path).unwrap_err();
        assert!(matches!(error, Error::Cache(CacheError::Damaged { .. })), "{length}: {error}");
    }
    fs::write(&path, [&whole[..], &[0]].concat()).unwrap();
    assert!(TokenCache::open(&path).is_err());
    // A file whose pages never reached the disk.
    fs::write(&path, vec![0; whole.len()]).unwrap();
    assert!(TokenCache::open(&path).unwrap_err().to_string().contains("damaged"));
}

#[test]
fn a_file_of_something_else_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("reviews.jsonl");
    fs::write(&path, "{\"text\": \"a fine film\"}\n").unwrap();
    let build = || -> Result<TokenCache> { unreachable!("it must not be built") };
    let error = TokenCache::open_or_build(&path, fingerprint("one"), build).unwrap_err();
    assert!(error.to_string().contains("not a token cache"), "{error}");
    let error = TokenCache::open(folder.path()).unwrap_err();
    assert!(error.to_string().contains("not a token cache"), "{error}");
    assert!(fs::read_to_string(&path).unwrap().starts_with("{\"text\""));
    let error = TokenCache::open(folder.path().join("none")).unwrap_err();
    assert!(matches!(error, Error::FileMissing { .. }));
}

#[test]
fn a_cache_of_another_release_or_source_is_built_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let (dataset, mut bytes) = small(&path);
    let error = TokenCache::open_for(&path, fingerprint("two")).unwrap_err().to_string();
    assert!(error.contains("another source, tokenizer or settings"), "{error}");
    bytes[8] += 1;
    fs::write(&path, &bytes).unwrap();
    let error = TokenCache::open(&path).unwrap_err().to_string();
    assert!(error.contains("format 2, but this release reads 1"), "{error}");
    for of in ["one", "two"] {
        let fingerprint = fingerprint(of);
        let build = || save(&path, &dataset, CacheSettings { fingerprint, ..settings(300) });
        let cache = TokenCache::open_or_build(&path, fingerprint, build).unwrap();
        assert_eq!(cache.fingerprint(), fingerprint);
        let build = || -> Result<TokenCache> { unreachable!("it is there") };
        TokenCache::open_or_build(&path, fingerprint, build).unwrap();
    }
}

#[test]
fn rows_that_do_not_fit_are_refused_by_number() {
    let folder = tempfile::tempdir().unwrap();
    let cases: &[(&[u32], &[u32], RowTarget<'_>, &str)] = &[
        (&[300], &[], RowTarget::Class(0), "row 1: id 300 is not below the vocabulary's size, 300"),
        (&[1, 2], &[0], RowTarget::Class(0), "row 1: 1 type ids for 2 tokens"),
        (&[1], &[256], RowTarget::Class(0), "row 1: type id 256 is above 255"),
        (&[1], &[], RowTarget::None, "row 1: its target is of another kind"),
    ];
    for (ids, type_ids, target, message) in cases {
        let mut writer = CacheWriter::create(folder.path().join("c"), settings(300)).unwrap();
        writer.push(&[1], &[], RowTarget::Class(1), false).unwrap();
        let error = writer.push(ids, type_ids, *target, false).unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
    for (target, message) in [
        (RowTarget::Tokens(&[1]), "row 0: 1 targets for 2 tokens"),
        (RowTarget::Span(1, 2), "row 0: its 2 tokens do not hold the span 1 to 2"),
        (RowTarget::Span(1, 0), "row 0: its 2 tokens do not hold the span 1 to 0"),
    ] {
        let mut writer = CacheWriter::create(folder.path().join("c"), settings(300)).unwrap();
        assert_eq!(writer.push(&[1, 2], &[], target, false).unwrap_err().to_string(), message);
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "dropped writers leave nothing");
    let error = CacheWriter::create(folder.path().join("no/c"), settings(9)).unwrap_err();
    assert!(error.to_string().contains("cannot be written"), "{error}");
}

#[test]
fn classes_without_a_label_are_refused_and_not_left_out() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("c");
    let labels = Labels::from_names(vec!["x".to_owned(), "y".to_owned()]).ok();
    let write = |labels: &Option<Labels>, target| {
        let settings = CacheSettings { labels: labels.clone(), ..settings(300) };
        let mut writer = CacheWriter::create(&path, settings)?;
        writer.push(&[1], &[], target, false)?;
        writer.finish()
    };
    let cases = [
        (&labels, RowTarget::Classes(&[0, 2]), "row 0: class 2 is none of the 2 labels"),
        (&None, RowTarget::Classes(&[0]), "row 0: class 0 is none of the 0 labels"),
        (&labels, RowTarget::Class(2), "row 0: class 2 is none of the 2 labels"),
    ];
    for (labels, target, expected) in cases {
        let error = write(labels, target).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    for target in [RowTarget::Classes(&[1]), RowTarget::Class(1), RowTarget::Class(IGNORE)] {
        write(&labels, target).unwrap();
    }
    write(&None, RowTarget::Class(7)).unwrap();
}

#[test]
fn the_fingerprint_tells_everything_apart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f");
    fs::write(&path, "text").unwrap();
    let new = Fingerprint::builder;
    let other = WordTokenizer::train(
        &["other words"],
        Normalizer::default(),
        PreTokenizer::Whitespace,
        &VocabularyOptions::default(),
    )
    .unwrap();
    let content = || new().file(&path).unwrap();
    let mut all = vec![
        new().finish(),
        new().bytes("a", b"b").finish(),
        new().bytes("b", b"a").finish(),
        new().bytes("a", b"").bytes("", b"b").finish(),
        new().bytes("ab", b"").finish(),
        content().finish(),
        content().tokenizer(&tokenizer()).unwrap().finish(),
        content().tokenizer(&other).unwrap().finish(),
        content().max_length(Some(5)).unwrap().finish(),
        content().max_length(MaxLength::Refuse(5)).unwrap().finish(),
        content().max_length(None).unwrap().finish(),
        new().file_stamp(&path).unwrap().finish(),
    ];
    fs::write(&path, "next").unwrap();
    all.push(content().finish());
    fs::write(&path, "longer").unwrap();
    all.push(new().file_stamp(&path).unwrap().finish());
    for (at, one) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(one), "{at}");
        assert_eq!(one.to_string().parse::<Fingerprint>().unwrap(), *one);
    }
    let copy = folder.path().join("copy");
    fs::copy(&path, &copy).unwrap();
    assert_eq!(new().file(&copy).unwrap().finish(), content().finish());
    assert!(new().file(folder.path().join("none")).is_err());
    // Larger than what one thread hashes; a change anywhere counts.
    let large = folder.path().join("large");
    let mut bytes = vec![7; 9 << 20];
    let mut seen = Vec::new();
    for at in [0, (4 << 20) - 1, 4 << 20, (9 << 20) - 1] {
        bytes[at] = 8;
        fs::write(&large, &bytes).unwrap();
        seen.push(new().file(&large).unwrap().finish());
    }
    bytes.push(7);
    fs::write(&large, &bytes).unwrap();
    seen.push(new().file(&large).unwrap().finish());
    assert_eq!(seen.last(), Some(&new().file(&large).unwrap().finish()));
    assert!((1..seen.len()).all(|at| !seen[..at].contains(&seen[at])));
    let whole = || new().file(folder.path()).unwrap().finish();
    let before = whole();
    fs::rename(&copy, folder.path().join("moved")).unwrap();
    assert_ne!(whole(), before);
}
