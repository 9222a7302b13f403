//! Tests of format detection.

use super::*;

fn detect(name: &str, bytes: &[u8]) -> Result<VectorFormat> {
    VectorFormat::detect(Path::new(name), bytes)
}

#[test]
fn content_decides_whatever_the_ending_says() {
    let binary =
        [b"2 2\nfrog ".as_slice(), &1.5_f32.to_le_bytes(), &0.0_f32.to_le_bytes()].concat();
    let cases: [(&str, &[u8], VectorFormat); 9] = [
        ("v.txt", b"frog 1 2\ntoad 3 4\n", VectorFormat::GloveText),
        ("v.bin", b"frog 1 2\n", VectorFormat::GloveText),
        ("v.txt", b"2 2\nfrog 1 2\ntoad 3 4\n", VectorFormat::Word2VecText),
        ("v.bin", b"2 2\nfrog 1 2\ntoad 3 4\n", VectorFormat::Word2VecText),
        ("v.txt", &binary, VectorFormat::Word2VecBinary),
        ("v", &binary, VectorFormat::Word2VecBinary),
        ("v.bin", b"0 2\n", VectorFormat::Word2VecBinary),
        ("v.vec", b"0 2\n", VectorFormat::Word2VecText),
        ("v.txt", b"1 0.5 0.25\n", VectorFormat::GloveText),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(detect(name, bytes).unwrap(), expected, "{name} {bytes:?}");
    }
}

#[test]
fn a_damaged_text_row_below_a_header_is_still_text() {
    let found = detect("v.vec", b"2 3\nfrog 1 x 3\n").unwrap();
    assert_eq!(found, VectorFormat::Word2VecText);
}

#[test]
fn files_of_other_programs_are_named() {
    let cases: [(&[u8], &str); 4] = [
        (&[0xBA, 0x16, 0x4F, 0x2F, 12, 0, 0, 0], "fastText model"),
        (&[0x1F, 0x8B, 8, 0], "unpack"),
        (b"once upon a time\n", "`once upon a time` does not end in numbers"),
        (&[0, 255, 1], "does not end in numbers"),
    ];
    for (bytes, expected) in cases {
        let message = detect("v.txt", bytes).unwrap_err().to_string();
        assert!(message.starts_with("v.txt: not word vectors: "), "{message}");
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn a_header_is_two_whole_numbers() {
    let cases: [(&[u8], _); 7] = [
        (b"3 50\nfrog", Some((3, 50, 5))),
        (b"3 50\r\nfrog", Some((3, 50, 6))),
        (b"3 50 \n", Some((3, 50, 6))),
        (b"3 50", Some((3, 50, 4))),
        (b"3 0\n", None),
        (b"3 50 1\n", None),
        (b"3 -5\n", None),
    ];
    for (bytes, expected) in cases {
        let got = Header::parse(bytes).map(|header| (header.n_rows, header.dim, header.length));
        assert_eq!(got, expected, "{bytes:?}");
    }
    let message = Header::read(Path::new("v.bin"), b"frog 1 2\n").unwrap_err().to_string();
    assert!(message.starts_with("v.bin:1: `frog 1 2` is not a word2vec header"), "{message}");
}

#[test]
fn endings_choose_the_format_to_write() {
    let cases = [
        ("v.bin", Some(VectorFormat::Word2VecBinary)),
        ("v.TXT", Some(VectorFormat::Word2VecText)),
        ("dir.bin/v.vec", Some(VectorFormat::Word2VecText)),
        ("v.npy", None),
        ("v", None),
    ];
    for (path, expected) in cases {
        assert_eq!(VectorFormat::from_extension(path), expected, "{path}");
    }
}

#[test]
fn long_lines_are_quoted_short() {
    assert_eq!(shorten(&[b'a'; 5000]), format!("{}...", "a".repeat(60)));
    assert_eq!(shorten(b"a\x00b"), "a\\0b");
}
