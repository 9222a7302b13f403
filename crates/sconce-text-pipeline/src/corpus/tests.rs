//! One data set in every format; files that are empty, missing, not UTF-8 or nonsense.

use super::*;

const ALL: [Format; 4] = [Format::Csv, Format::Tsv, Format::Jsonl, Format::Lines];

fn read(bytes: &[u8], format: Format, options: &ReadOptions) -> Result<Corpus> {
    let options = ReadOptions { format: Some(format), ..options.clone() };
    Corpus::from_reader(bytes, "data", &options)
}

#[test]
fn one_data_set_is_the_same_in_every_format() {
    let folder = tempfile::tempdir().unwrap();
    let files = [
        ("a.csv", "text,label\n\"a fine film\",pos\ndull,neg\n"),
        ("a.TSV", "label\ttext\npos\ta fine film\nneg\tdull\n"),
        (
            "a.jsonl",
            "{\"text\":\"a fine film\",\"label\":\"pos\"}\n{\"label\":\"neg\",\"text\":\"dull\"}",
        ),
        ("a.txt", "__label__pos a fine film\r\n__label__neg dull\r\n"),
    ];
    for (name, content) in files {
        for mark in ["", "\u{feff}"] {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("{mark}{content}")).unwrap();
            let corpus = Corpus::read(&path, &ReadOptions::default()).unwrap();
            assert_eq!(corpus.texts(), ["a fine film", "dull"], "{name}");
            assert_eq!(corpus.labels(), Some(vec!["pos", "neg"]), "{name}");
            assert_eq!((corpus.len(), corpus.get(2)), (2, None));
        }
    }
}

#[test]
fn empty_files_and_files_without_rows_are_errors() {
    let options = ReadOptions::default();
    for format in ALL {
        for bytes in [&b""[..], b"\xEF\xBB\xBF"] {
            let error = read(bytes, format, &options).unwrap_err();
            assert!(matches!(error, Error::EmptyFile { path } if path == "data"), "{format:?}");
        }
        let error = read(b"\n\r\n\n", format, &options).unwrap_err();
        assert!(matches!(error, Error::NoRows { .. }), "{format:?}: {error}");
    }
    let header_only = read(b"text,label\n", Format::Csv, &options).unwrap_err().to_string();
    assert_eq!(header_only, "data: there are no rows after the header; add data");
}

#[test]
fn bytes_that_are_not_utf8_are_named_by_line_or_replaced() {
    let cases: [(&[u8], Format); 4] = [
        (b"text,label\na,x\n\"b\nc\xFF\",x\n", Format::Csv),
        (b"text\tlabel\na\tx\nb\tx\nc\xE9\tx\n", Format::Tsv),
        (b"{\"text\":\"a\",\"label\":1}\n\n\n{\"text\":\"\xFF\",\"label\":1}\n", Format::Jsonl),
        (b"__label__x a\n\n\n__label__x \xC3\n", Format::Lines),
    ];
    for (bytes, format) in cases {
        let error = read(bytes, format, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with("data:4: not valid UTF-8"), "{format:?}: {error}");
        assert!(error.contains("--lossy"), "{error}");
        let lossy = ReadOptions { lossy: true, ..ReadOptions::default() };
        let corpus = read(bytes, format, &lossy).unwrap();
        assert!(corpus.texts().last().unwrap().ends_with('\u{fffd}'), "{format:?}");
    }
}

#[test]
fn missing_files_and_unknown_endings_are_errors_that_quote_the_path() {
    let cases = [
        ("no/such.csv", "no/such.csv: no such file"),
        ("no/such.pdf", "no/such.pdf: no such file"),
    ];
    for (path, expected) in cases {
        let error = Corpus::read(path, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    for (name, extension) in [("a.pdf", "\"pdf\""), ("-", "\"\""), ("csv", "\"\"")] {
        let error = Corpus::from_reader(&b"x"[..], name, &ReadOptions::default()).unwrap_err();
        let expected = format!("{name}: unknown data format {extension}");
        assert!(error.to_string().starts_with(&expected), "{error}");
    }
    assert_eq!("tsv".parse::<Format>().unwrap(), Format::Tsv);
    assert!("tvs".parse::<Format>().unwrap_err().to_string().contains("did you mean \"tsv\"?"));
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut rng = fastrand::Rng::with_seed(1);
    let alphabet = b"a,\t\n\r\"\\{}[]:1x_ \xC3\xA9\xFFlabeltext";
    for _ in 0..4000 {
        let length = rng.usize(0..60);
        let bytes: Vec<u8> = (0..length).map(|_| alphabet[rng.usize(0..alphabet.len())]).collect();
        for format in ALL {
            for (header, lossy, labels) in
                [(true, true, Need::Optional), (false, true, Need::Required)]
            {
                let options = ReadOptions { header, lossy, labels, ..ReadOptions::default() };
                if let Ok(corpus) = read(&bytes, format, &options) {
                    assert!(!corpus.is_empty(), "{bytes:?}");
                }
            }
        }
    }
}
