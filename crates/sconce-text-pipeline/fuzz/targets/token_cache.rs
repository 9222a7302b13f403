//! Files of token caches: any bytes, and one that is sound with a few bytes changed or cut off.
#![no_main]

use std::fs;
use std::path::PathBuf;

use libfuzzer_sys::fuzz_target;
use sconce_text_pipeline::{
    CacheSettings, CacheWriter, Collator, EncodedDataset, Fingerprint, Normalizer, PreTokenizer,
    TokenCache, VocabularyOptions, WordTokenizer,
};
use sconce_text_pipeline_fuzz::{Choices, check_error, run};
use tempfile::TempDir;

/// A folder, the file in it, and a sound cache.
struct Sound {
    _folder: TempDir,
    path: PathBuf,
    bytes: Vec<u8>,
}

fn sound() -> Sound {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("in.cache");
    let texts = ["a fine film", "dull", ""];
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    let tokenizer = WordTokenizer::train(&texts, normalizer, PreTokenizer::Whitespace, &words)
        .expect("a tokenizer");
    let dataset = EncodedDataset::encode(&tokenizer, &texts, vec![1, 0, 1], None).expect("rows");
    let settings = CacheSettings::new(Fingerprint::builder().finish(), &tokenizer);
    let mut writer = CacheWriter::create(&path, settings.expect("settings")).expect("a writer");
    writer.push_all(&dataset).expect("rows");
    drop(writer.finish().expect("a cache"));
    let bytes = fs::read(&path).expect("the cache");
    Sound { _folder: folder, path, bytes }
}

thread_local! {
    static SOUND: Sound = sound();
}

fuzz_target!(|data: &[u8]| run(|| {
    let (mut choices, input) = Choices::split(data);
    SOUND.with(|Sound { path, bytes, .. }| {
        let mut file = input.to_vec();
        if choices.flag() {
            file = bytes.clone();
            for [low, high, byte] in input.as_chunks().0 {
                let place = usize::from(u16::from_le_bytes([*low, *high])) % (file.len() + 1);
                match file.get_mut(place) {
                    Some(changed) => *changed ^= byte,
                    None => file.truncate(file.len().saturating_sub(usize::from(*byte))),
                }
            }
        }
        // Not in place: the last one may still be mapped.
        let _ = fs::remove_file(path);
        fs::write(path, &file).expect("the file is written");
        match TokenCache::open(path) {
            Ok(cache) => {
                let rows: Vec<usize> = (0..cache.dataset().len()).collect();
                let batch = Collator::new(cache.dataset()).collate(&rows).expect("a batch");
                assert_eq!(batch.offsets.len(), rows.len() + 1);
                let _ = cache.tokenizer();
            }
            Err(error) => check_error(&error, "in.cache"),
        }
    });
}));
