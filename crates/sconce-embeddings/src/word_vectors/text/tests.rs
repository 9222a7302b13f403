//! Tests of text files: chunks, duplicates, damaged lines.

use super::super::tests::{golden, message, read_bytes};
use super::*;

fn options() -> ReadOptions<'static> {
    ReadOptions::default()
}

#[test]
fn the_size_of_chunks_does_not_change_the_result() {
    let path = golden("word2vec.txt");
    let file = MappedFile::open(&path).unwrap();
    let header = Some(Header::read(&path, &file).unwrap());
    let whole = WordVectors::read(&path, &options()).unwrap();
    for chunk_bytes in [1, 7, 100, 101, 500, 1 << 20] {
        for limit in [None, Some(1), Some(13)] {
            let options = ReadOptions { limit, ..options() };
            let reader =
                Reader { path: &path, file: &file, dim: 8, header, options: &options, chunk_bytes };
            let vectors = reader.read().unwrap();
            let n_words = limit.unwrap_or(20);
            assert!(vectors.words().eq(whole.words().take(n_words)), "{chunk_bytes} {limit:?}");
            assert_eq!(vectors.values(), &whole.values()[..n_words * 8]);
        }
    }
}

#[test]
fn the_first_of_duplicate_words_wins_and_the_others_are_counted() {
    let bytes = b"4 2\nfrog 1 2\ntoad 3 4\nfrog 5 6\nfrog 7 8\n";
    let vectors = read_bytes("v.vec", bytes, &options()).unwrap();
    assert_eq!((vectors.len(), vectors.n_duplicates()), (2, 2));
    assert_eq!(vectors.get("frog"), Some([1.0, 2.0].as_slice()));
    assert_eq!(vectors.values(), [1.0, 2.0, 3.0, 4.0]);
}

#[test]
fn line_ends_of_any_system_and_a_missing_last_one_are_read() {
    let files: [&[u8]; 5] = [
        b"frog 1 2\ntoad 3 4\n",
        b"frog 1 2\ntoad 3 4",
        b"frog 1 2\r\ntoad 3 4\r\n",
        b"frog 1 2 \ntoad 3 4 \n\n\n",
        b"2 2\r\nfrog 1 2\r\ntoad 3 4\r\n",
    ];
    for bytes in files {
        let vectors = read_bytes("v.txt", bytes, &options()).unwrap();
        assert!(vectors.words().eq(["frog", "toad"]), "{bytes:?}");
        assert_eq!(vectors.values(), [1.0, 2.0, 3.0, 4.0], "{bytes:?}");
    }
}

#[test]
fn damaged_lines_are_named_by_file_and_line() {
    let cases: [(&[u8], &str); 9] = [
        (b"frog 1 2\ntoad 3\n", "v.txt:2: 2 fields, expected 3 (a word and 2 numbers)"),
        (b"2 2\nfrog 1 2\ntoad 3\n", "v.txt:3: 2 fields, expected 3"),
        (b"frog 1 2\ntoad 3.5 4 5\n", "v.txt:2: 4 fields, expected 3"),
        (b"frog 1 2\n\ntoad 3 4\n", "v.txt:2: 0 fields, expected 3"),
        (b"frog 1 2\ntoad 3 x4\n", "v.txt:2: `x4` in the vector of `toad` is not a number"),
        (b"frog 1 2\ntoad nan 4\n", "v.txt:2: the vector of `toad` holds NaN"),
        (b"frog 1 2\nt\xffad 3 4\n", "v.txt:2: the word `t\u{fffd}ad` is not UTF-8"),
        (b"3 2\nfrog 1 2\ntoad 3 4\n", "v.txt: the header promises 3 rows and the file has 2"),
        (b"1 2\nfrog 1 2\ntoad 3 4\n", "v.txt: the header promises 1 rows and the file has 2"),
    ];
    for (bytes, expected) in cases {
        let message = message("v.txt", bytes, &options());
        assert!(message.starts_with(expected), "{message}");
    }
}

#[test]
fn the_first_damaged_line_is_reported_wherever_chunks_end() {
    let mut text: String = (0..500).map(|n| format!("word{n} 1 2\n")).collect();
    text += "bad 1\n";
    text.extend((0..500).map(|n| format!("more{n} 1 2\n")));
    text += "worse\n";
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("v.txt");
    std::fs::write(&path, &text).unwrap();
    let file = MappedFile::open(&path).unwrap();
    for chunk_bytes in [1, 64, 1000, 1 << 20] {
        let read = |limit| {
            let options = ReadOptions { limit, ..options() };
            let reader = Reader {
                path: &path,
                file: &file,
                dim: 2,
                header: None,
                options: &options,
                chunk_bytes,
            };
            reader.read()
        };
        let error = read(None).unwrap_err().to_string();
        assert!(error.contains("v.txt:501: 2 fields"), "{error}");
        assert!(read(Some(501)).is_err(), "the damaged row is the last within the limit");
        assert_eq!(read(Some(500)).unwrap().len(), 500, "rows beyond the limit do not matter");
    }
}

#[test]
fn bytes_that_are_not_utf8_are_mended_on_request() {
    let lossy = ReadOptions { lossy: true, ..options() };
    let vectors = read_bytes("v.txt", b"fr\xffg 1 2\n", &lossy).unwrap();
    assert_eq!(vectors.get("fr\u{fffd}g"), Some([1.0, 2.0].as_slice()));
}

#[test]
fn a_byte_order_mark_before_the_header_is_no_part_of_it() {
    let vectors = read_bytes("v.vec", b"\xef\xbb\xbf1 2\nfrog 1 2\n", &options()).unwrap();
    assert_eq!((vectors.len(), vectors.dim()), (1, 2));
}

#[test]
fn a_header_with_absurd_numbers_takes_no_memory() {
    let bytes = b"999999999999 999999999\nfrog 1 2\n";
    let text = ReadOptions { format: Some(crate::VectorFormat::Word2VecText), ..options() };
    let message = message("v.vec", bytes, &text);
    assert!(message.starts_with("v.vec:2: 3 fields, expected 1000000000"), "{message}");
}
