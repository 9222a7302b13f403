//! Tests of `WordVectors` as a whole: gensim's files and answers, round trips, bad input.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

/// A file that `tests/golden/word_vectors.py` made with gensim.
pub(super) fn golden(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name)
}

pub(super) fn golden_answers() -> Value {
    serde_json::from_str(&fs::read_to_string(golden("word_vectors.json")).unwrap()).unwrap()
}

/// Writes the bytes to a file and reads them as word vectors.
pub(super) fn read_bytes(
    name: &str,
    bytes: &[u8],
    options: &ReadOptions<'_>,
) -> Result<WordVectors> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, bytes).unwrap();
    WordVectors::read(path, options)
}

/// The error's message, cut before the folder's name, which changes from run to run.
pub(super) fn message(name: &str, bytes: &[u8], options: &ReadOptions<'_>) -> String {
    let message = read_bytes(name, bytes, options).unwrap_err().to_string();
    let start = message.find(name).expect("the message names the file");
    message[start..].to_owned()
}

fn bits(vectors: &WordVectors) -> Vec<u32> {
    vectors.values().iter().map(|value| value.to_bits()).collect()
}

fn assert_same(one: &WordVectors, other: &WordVectors) {
    assert!(one.words().eq(other.words()));
    assert_eq!(bits(one), bits(other));
    assert_eq!(one.dim(), other.dim());
}

#[test]
fn the_three_formats_of_gensim_read_to_its_words_and_bits() {
    let truth = golden_answers();
    let words: Vec<&str> =
        truth["words"].as_array().unwrap().iter().flat_map(Value::as_str).collect();
    let rows = truth["vectors"].as_array().unwrap().iter();
    let values = rows.flat_map(|row| row.as_array().unwrap()).map(|v| v.as_f64().unwrap() as f32);
    let expected = WordVectors::new(words, 8, values.collect()).unwrap();
    for name in ["glove.txt", "word2vec.txt", "word2vec.bin"] {
        let vectors = WordVectors::read(golden(name), &ReadOptions::default()).unwrap();
        assert_eq!((vectors.len(), vectors.dim(), vectors.n_duplicates()), (20, 8, 0), "{name}");
        assert_same(&vectors, &expected);
    }
}

#[test]
fn a_written_binary_file_is_byte_for_byte_that_of_gensim() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.bin");
    let vectors = WordVectors::read(golden("glove.txt"), &ReadOptions::default()).unwrap();
    vectors.write(&path, VectorFormat::Word2VecBinary).unwrap();
    assert_eq!(fs::read(&path).unwrap(), fs::read(golden("word2vec.bin")).unwrap());
}

#[test]
fn every_format_reads_back_what_was_written() {
    let folder = tempfile::tempdir().unwrap();
    let words = ["frog", "naïve", "北京", "😀", "-0.5", "\u{a0}", "\u{85}", "a\tb", "12 monkeys"];
    let edge = [0.0, -0.0, 1e-45, f32::MIN_POSITIVE, f32::MAX, f32::MIN, 0.1, 1.0 / 3.0, 1e16];
    let values: Vec<f32> = edge.into_iter().flat_map(|value| [value, 1.0 - value]).collect();
    for format in
        [VectorFormat::GloveText, VectorFormat::Word2VecText, VectorFormat::Word2VecBinary]
    {
        let n = if format == VectorFormat::Word2VecBinary { 8 } else { 9 };
        let vectors = WordVectors::new(&words[..n], 2, values[..2 * n].to_vec()).unwrap();
        let path = folder.path().join(format!("{format}.txt"));
        vectors.write(&path, format).unwrap();
        assert_same(&WordVectors::read(&path, &ReadOptions::default()).unwrap(), &vectors);
    }
}

#[test]
fn an_empty_set_survives_the_formats_with_a_header() {
    let folder = tempfile::tempdir().unwrap();
    let vectors = WordVectors::new([""; 0], 3, Vec::new()).unwrap();
    for (name, format) in
        [("v.vec", VectorFormat::Word2VecText), ("v.bin", VectorFormat::Word2VecBinary)]
    {
        vectors.write(folder.path().join(name), format).unwrap();
        let read = WordVectors::read(folder.path().join(name), &ReadOptions::default()).unwrap();
        assert!(read.is_empty());
        assert_eq!(read.dim(), 3);
    }
}

#[test]
fn a_word_that_a_format_cannot_hold_is_refused_and_nothing_is_written() {
    let cases = [
        ("", VectorFormat::Word2VecText, "empty"),
        ("", VectorFormat::Word2VecBinary, "empty"),
        ("a\nb", VectorFormat::GloveText, "line end"),
        ("a\nb", VectorFormat::Word2VecBinary, "line end"),
        (" a", VectorFormat::Word2VecText, "starts or ends with a space"),
        ("area 51", VectorFormat::Word2VecText, "read as part of the vector"),
        ("a b", VectorFormat::Word2VecBinary, "holds a space"),
    ];
    let folder = tempfile::tempdir().unwrap();
    for (word, format, expected) in cases {
        let vectors = WordVectors::new([word], 1, vec![0.5]).unwrap();
        let message = vectors.write(folder.path().join("v"), format).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains(&format.to_string()), "{message}");
    }
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn limit_and_restriction_keep_the_same_rows_in_every_format() {
    let restrict = |word: &str| !word.is_ascii();
    for name in ["glove.txt", "word2vec.txt", "word2vec.bin"] {
        let read = |limit, restrict_to| {
            let options = ReadOptions { limit, restrict_to, ..ReadOptions::default() };
            let vectors = WordVectors::read(golden(name), &options).unwrap();
            vectors.words().map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(read(Some(3), None), ["the", "frog", "toad"], "{name}");
        assert_eq!(read(Some(11), Some(&restrict)), ["naïve", "café", "北京"], "{name}");
        assert_eq!(read(Some(0), None), [""; 0], "{name}");
        assert_eq!(read(Some(1000), None).len(), 20, "{name}");
        assert_eq!(read(None, Some(&restrict)).len(), 9, "{name}");
    }
}

#[test]
fn the_format_can_be_forced() {
    // Two words of one dimension look like a header and one word.
    let bytes = b"7 3\n8 4\n";
    let glove = Some(VectorFormat::GloveText);
    let vectors =
        read_bytes("v.txt", bytes, &ReadOptions { format: glove, ..Default::default() }).unwrap();
    assert_eq!((vectors.len(), vectors.get("7")), (2, Some([3.0].as_slice())));
    let word2vec = Some(VectorFormat::Word2VecText);
    let options = ReadOptions { format: word2vec, ..Default::default() };
    let expected = "v.txt:1: `frog 1` is not a word2vec header";
    assert!(message("v.txt", b"frog 1\n", &options).starts_with(expected));
}

#[test]
fn files_that_are_not_there_or_empty_are_named() {
    let missing = WordVectors::read("no/such.vec", &ReadOptions::default()).unwrap_err();
    assert!(missing.to_string().starts_with("no/such.vec: "), "{missing}");
    let options = ReadOptions::default();
    assert!(message("v.txt", b"", &options).starts_with("v.txt: the file is empty"));
    let folder = tempfile::tempdir().unwrap();
    let refused = WordVectors::read(folder.path(), &options).unwrap_err();
    assert!(matches!(refused, Error::Io { .. }), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_pipe_is_read_like_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe.txt");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let bytes = fs::read(golden("glove.txt")).unwrap();
    let vectors = std::thread::scope(|scope| {
        scope.spawn(|| fs::write(&pipe, &bytes).unwrap());
        WordVectors::read(&pipe, &ReadOptions::default()).unwrap()
    });
    assert_same(
        &vectors,
        &WordVectors::read(golden("glove.txt"), &ReadOptions::default()).unwrap(),
    );
}

#[test]
fn parts_that_do_not_fit_are_refused() {
    let cases: [(&[&str], usize, Vec<f32>, &str); 6] = [
        (&["a", "b"], 2, vec![0.0; 3], "3 numbers do not make 2 vectors of 2 dimensions"),
        (&["a"], 0, vec![], "0 numbers do not make 1 vectors of 0 dimensions"),
        (&[], 0, vec![], "0 dimensions"),
        (&["a", "b", "a"], 1, vec![0.0; 3], "`a` is given twice, as rows 0 and 2"),
        (&["a", "b"], 1, vec![0.0, f32::NAN], "the vector of `b` holds NaN"),
        (&["a", "b"], 1, vec![f32::INFINITY, 0.0], "the vector of `a` holds inf"),
    ];
    for (words, dim, values, expected) in cases {
        let message = WordVectors::new(words, dim, values).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn words_ids_and_rows_agree() {
    let vectors = WordVectors::read(golden("glove.txt"), &ReadOptions::default()).unwrap();
    for (id, word) in vectors.words().enumerate() {
        let id = id as u32;
        assert_eq!((vectors.id(word), vectors.word(id)), (Some(id), Some(word)));
        assert_eq!(vectors.get(word), vectors.vector(id));
        assert_eq!(vectors.get(word).unwrap(), &vectors.values()[id as usize * 8..][..8]);
    }
    assert_eq!((vectors.id("newt"), vectors.get("newt")), (None, None));
    assert_eq!(
        (vectors.word(20), vectors.vector(20), vectors.vector(u32::MAX)),
        (None, None, None)
    );
    assert_eq!(vectors.clone().into_values(), vectors.values());
}
