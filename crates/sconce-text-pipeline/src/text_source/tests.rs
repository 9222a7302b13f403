//! Lines across blocks, long lines, bytes that are no text, packed files.

use std::io::Cursor;

use super::*;

fn open(bytes: impl Into<Vec<u8>>, name: &str, settings: SourceSettings) -> Result<TextSource> {
    TextSource::from_reader(Cursor::new(bytes.into()), name, settings)
}

fn lines(bytes: impl Into<Vec<u8>>, settings: SourceSettings) -> Result<Vec<(usize, String)>> {
    let mut source = open(bytes, "f", settings)?;
    let mut all = Vec::new();
    while let Some(block) = source.block()? {
        all.extend(block.lines().map(|(line, text)| (line, text.to_owned())));
    }
    Ok(all)
}

#[test]
fn lines_are_the_same_wherever_blocks_end() {
    // Lengths around the size of a block, so that lines begin and end on both sides of it.
    for length in [1, 100, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK] {
        let text = format!("{}\n\nüber\r\nlast", "x".repeat(length));
        let got = lines(text.as_bytes(), SourceSettings::new(false)).unwrap();
        let expected: Vec<(usize, String)> = (1..).zip(text.lines().map(str::to_owned)).collect();
        assert!(got == expected, "{length}");
    }
    let many: String = (0..300_000).map(|line| format!("line {line}\n")).collect();
    let got = lines(many.as_bytes(), SourceSettings::new(false)).unwrap();
    assert_eq!(got.len(), 300_000);
    assert_eq!(got[299_999], (300_000, "line 299999".to_owned()));
}

#[test]
fn what_is_no_text_is_named_by_line_and_column() {
    let cases: [(&[u8], &str); 6] = [
        (b"a\n\xC3\xA9\xC3\xA9x\xFFy\n", "f:2: not valid UTF-8 (byte 0xFF at column 4)"),
        (b"\xEF\xBB\xBFab\xC3", "f:1: not valid UTF-8 (byte 0xC3 at column 3)"),
        (b"a\r\nb\r\nc\0\n", "f:3: a NUL byte at column 2"),
        (b"\0", "f:1: a NUL byte at column 1"),
        (b"a\0\xFF", "f:1: a NUL byte at column 2"),
        (b"\xFF\xFEa\0", "f: the file is UTF-16"),
    ];
    for (bytes, expected) in cases {
        let error = lines(bytes, SourceSettings::new(false)).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    let got = lines(&b"a\0b\xFFc"[..], SourceSettings::new(true)).unwrap();
    assert_eq!(got, [(1, "a\u{fffd}b\u{fffd}c".to_owned())]);
}

#[test]
fn a_line_over_the_limit_is_refused_where_it_begins() {
    let settings = SourceSettings { max_record_bytes: 100, ..SourceSettings::new(false) };
    for length in [101, 2 * BLOCK, 5 * BLOCK] {
        let text = format!("fine\n{}\nfine\n", "x".repeat(length));
        let error = lines(text, settings).unwrap_err().to_string();
        assert!(error.starts_with("f:2: what begins here is longer than 100 bytes"), "{error}");
    }
    assert_eq!(lines("x".repeat(100), settings).unwrap().len(), 1);
}

#[test]
fn a_line_of_a_hundred_megabytes_is_read() {
    let mut text = "x".repeat(100 << 20);
    text.push_str("\nlast\n");
    let got = lines(text, SourceSettings::new(false)).unwrap();
    assert_eq!((got[0].1.len(), got[1].clone()), (100 << 20, (2, "last".to_owned())));
}

#[test]
fn latin_1_becomes_utf_8_whatever_is_read_at_once() {
    let settings = SourceSettings { latin1: true, ..SourceSettings::new(false) };
    let got = lines(&b"caf\xE9 \xFC\n"[..], settings).unwrap();
    assert_eq!(got, [(1, "café ü".to_owned())]);
    let bytes: Vec<u8> = (0..5000).map(|at| (at % 200 + 50) as u8).collect();
    let expected: String = bytes.iter().map(|byte| char::from(*byte)).collect();
    for size in [1, 2, 3, 7, 4096] {
        let mut reader = Latin1 { reader: Box::new(Cursor::new(bytes.clone())), rest: None };
        let (mut all, mut part) = (Vec::new(), vec![0; size]);
        loop {
            let n = reader.read(&mut part).unwrap();
            if n == 0 {
                break;
            }
            all.extend_from_slice(&part[..n]);
        }
        assert_eq!(String::from_utf8(all).unwrap(), expected, "{size}");
    }
}

#[test]
fn the_ending_of_a_packed_file_is_the_one_before() {
    let cases = [
        ("a.csv", "csv"),
        ("a.CSV.gz", "csv"),
        ("a.b.jsonl.zst", "jsonl"),
        ("gz", ""),
        ("a.gz", ""),
    ];
    for (name, expected) in cases {
        assert_eq!(extension(name), expected, "{name}");
    }
}

#[cfg(not(feature = "compression"))]
#[test]
fn without_the_feature_a_packed_file_says_which_is_missing() {
    let error =
        open(&[0x1F, 0x8B, 8, 0][..], "a.csv.gz", SourceSettings::new(false)).err().unwrap();
    let expected = "a.csv.gz: this build cannot read it; build with the feature `compression`";
    assert_eq!(error.to_string(), expected);
}

#[cfg(feature = "compression")]
mod packed {
    use std::io::Write;

    use super::*;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    fn zstd(text: &[u8]) -> Vec<u8> {
        let mut out = zstd::stream::write::Encoder::new(Vec::new(), 1).unwrap();
        out.include_checksum(true).unwrap();
        out.write_all(text).unwrap();
        out.finish().unwrap()
    }

    /// Text that does not pack to nothing.
    fn text() -> String {
        let mut random = fastrand::Rng::with_seed(1);
        (0..20_000).map(|line| format!("{line} {}\n", random.u64(..))).collect()
    }

    #[test]
    fn packed_files_are_told_by_their_bytes_and_put_together_ones_are_read_whole() {
        let text = text();
        let (first, second) = text.split_at(text.len() / 2);
        for pack in [gzip, zstd] {
            let whole = [pack(first.as_bytes()), pack(second.as_bytes())].concat();
            let got = lines(whole, SourceSettings::new(false)).unwrap();
            assert!(got.iter().map(|(_, line)| line.as_str()).eq(text.lines()));
            let marked = pack("\u{feff}x".as_bytes());
            assert_eq!(lines(marked, SourceSettings::new(false)).unwrap()[0].1, "x");
        }
    }

    #[test]
    fn damaged_files_are_named_as_such() {
        let text = text();
        for (pack, name) in [(gzip as fn(&[u8]) -> Vec<u8>, "f.txt.gz"), (zstd, "f.txt.zst")] {
            let whole = pack(text.as_bytes());
            let read = |bytes: &[u8]| {
                let mut source = open(bytes, name, SourceSettings::new(false))?;
                while source.block()?.is_some() {}
                Ok(())
            };
            let cut = |at: usize| read(&whole[..at]).map_err(|error: Error| error.to_string());
            for at in [whole.len() - 1, whole.len() / 2, 20] {
                let error = cut(at).unwrap_err();
                let expected = format!("{name}: the compressed file is cut short");
                assert!(error.starts_with(&expected), "{at}: {error}");
            }
            let mut wrong = whole.clone();
            let middle = wrong.len() / 2;
            wrong[middle..middle + 40].fill(0xA5);
            let error = read(&wrong).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}: the compressed file is")), "{error}");
            let error = read(b"plain text\n").unwrap_err().to_string();
            assert!(error.contains("but is not; rename it"), "{error}");
        }
    }
}
