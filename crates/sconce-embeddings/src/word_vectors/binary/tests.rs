//! Tests of word2vec's binary format.

use super::super::tests::{golden, message, read_bytes};
use super::*;
use crate::VectorFormat;

fn options() -> ReadOptions<'static> {
    ReadOptions { format: Some(VectorFormat::Word2VecBinary), ..ReadOptions::default() }
}

type Row<'a> = (&'a [u8], [f32; 2]);

fn file(header: &str, rows: &[Row<'_>], row_end: &[u8]) -> Vec<u8> {
    let mut bytes = header.as_bytes().to_vec();
    for (word, vector) in rows {
        bytes.extend_from_slice(word);
        bytes.push(b' ');
        bytes.extend(vector.iter().flat_map(|value| value.to_le_bytes()));
        bytes.extend_from_slice(row_end);
    }
    bytes
}

#[test]
fn rows_with_and_without_line_ends_are_read() {
    for row_end in [b"".as_slice(), b"\n"] {
        let bytes = file("2 2\n", &[(b"frog", [1.0, 2.0]), (b"toad", [3.0, 4.0])], row_end);
        let vectors = read_bytes("v.bin", &bytes, &options()).unwrap();
        assert!(vectors.words().eq(["frog", "toad"]));
        assert_eq!(vectors.values(), [1.0, 2.0, 3.0, 4.0]);
    }
}

#[test]
fn numbers_that_hold_the_bytes_of_separators_are_numbers() {
    let tricky = f32::from_le_bytes(*b" \n \n");
    let bytes = file("2 2\n", &[(b"a", [tricky, tricky]), (b"b", [tricky, 0.0])], b"");
    let vectors = read_bytes("v.bin", &bytes, &options()).unwrap();
    assert_eq!(vectors.values(), [tricky, tricky, tricky, 0.0]);
}

#[test]
fn a_file_cut_anywhere_names_the_row_that_is_not_whole() {
    let whole = std::fs::read(golden("word2vec.bin")).unwrap();
    for length in (6..whole.len()).step_by(11) {
        let message = message("v.bin", &whole[..length], &options());
        assert!(message.starts_with("v.bin: the file ends inside row "), "{length}: {message}");
        assert!(message.contains(" of 20 (byte "), "{length}: {message}");
    }
    let error = message("v.bin", &whole[..whole.len() - 1], &options());
    assert!(error.contains("inside row 20 of 20"), "{error}");
}

#[test]
fn damaged_rows_are_named() {
    let cases: [(&str, &[Row<'_>], &str); 4] = [
        ("1 2\n", &[(b"a", [f32::NAN, 0.0])], "v.bin: row 1: the vector of `a` holds NaN"),
        ("1 2\n", &[(b"fr\xffg", [1.0, 0.0])], "v.bin: row 1: the word `fr\u{fffd}g` is not UTF-8"),
        ("1 2\n", &[(b"a", [1.0; 2]), (b"b", [1.0; 2])], "v.bin: 10 bytes follow row 1"),
        ("9999999999999 2\n", &[(b"a", [1.0; 2])], "v.bin: the file ends inside row 2 of"),
    ];
    for (header, rows, expected) in cases {
        let message = message("v.bin", &file(header, rows, b""), &options());
        assert!(message.starts_with(expected), "{message}");
    }
    let absurd = message("v.bin", b"1 99999999999999999\nfrog 1234", &options());
    assert!(absurd.starts_with("v.bin: the file ends inside row 1 of 1"), "{absurd}");
}

#[test]
fn the_first_of_duplicate_words_wins() {
    let bytes = file("2 2\n", &[(b"a", [1.0, 2.0]), (b"a", [3.0, 4.0])], b"\n");
    let vectors = read_bytes("v.bin", &bytes, &options()).unwrap();
    assert_eq!((vectors.len(), vectors.n_duplicates()), (1, 1));
    assert_eq!(vectors.values(), [1.0, 2.0]);
}

#[test]
fn bytes_that_are_not_utf8_are_mended_on_request() {
    let bytes = file("1 2\n", &[(b"fr\xffg", [1.0, 2.0])], b"");
    let lossy = ReadOptions { lossy: true, ..options() };
    let vectors = read_bytes("v.bin", &bytes, &lossy).unwrap();
    assert!(vectors.words().eq(["fr\u{fffd}g"]));
}
