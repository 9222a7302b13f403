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

fn with_kind(text: &str, format: Format, kind: LabelKind) -> Result<Corpus> {
    read(text.as_bytes(), format, &ReadOptions { kind, ..ReadOptions::default() })
}

#[test]
fn a_row_may_have_several_labels_in_every_format() {
    let kind = LabelKind::Several { separator: '|' };
    let cases = [
        (Format::Csv, "text,label\na,x| y|x\nb,\nc,y\n"),
        (Format::Tsv, "text\tlabel\na\tx|y|\nb\t \nc\ty\n"),
        (
            Format::Jsonl,
            "{\"text\":\"a\",\"label\":[\"x\",\"y\"]}\n{\"text\":\"b\",\"label\":[]}\n\
             {\"text\":\"c\",\"label\":\"y\"}\n",
        ),
        (Format::Lines, "__label__x __label__y a\n__label__ b\n__label__y c\n"),
    ];
    for (format, text) in cases {
        let corpus = with_kind(text, format, kind).unwrap();
        assert_eq!(corpus.texts(), ["a", "b", "c"], "{format:?}");
        let sets: Vec<Vec<&str>> = corpus
            .label_sets()
            .into_iter()
            .map(|set| set.iter().map(String::as_str).collect())
            .collect();
        assert_eq!(sets, [vec!["x", "y"], vec![], vec!["y"]], "{format:?}");
        let labels = Labels::build(corpus.label_sets().concat()).unwrap();
        let values = vec![1., 1., 0., 0., 0., 1.];
        assert_eq!(corpus.multi_hot(&labels).unwrap(), Targets::MultiHot { n_labels: 2, values });
    }
}

#[test]
fn numbers_are_read_and_what_is_none_is_named() {
    let text = "sentence1,sentence2,score\na,b,4.5\n\nc,d,-1e1\n";
    let corpus = with_kind(text, Format::Csv, LabelKind::Number).unwrap();
    assert_eq!(corpus.numbers().unwrap(), Targets::Numbers(vec![4.5, -10.]));
    assert_eq!(corpus.pairs(), Some(vec![("a", "b"), ("c", "d")]));
    for bad in ["high", "nan", "inf", "1e99"] {
        let text = format!("text,score\na,1\n\nb,{bad}\n");
        let error = with_kind(&text, Format::Csv, LabelKind::Number).unwrap_err().to_string();
        assert_eq!(error, format!("data:4: the label {bad:?} is not a finite number; correct it"));
        let lines = format!("{{\"text\":\"\",\"score\":1}}\n{{\"text\":\"\",\"score\":{bad:?}}}");
        let error = with_kind(&lines, Format::Jsonl, LabelKind::Number).unwrap_err().to_string();
        assert!(error.starts_with("data:2: the label"), "{error}");
    }
}

#[test]
fn a_label_that_training_did_not_see_is_named_by_file_and_line() {
    let corpus = read(b"text,label\na,x\n\nb,z\n", Format::Csv, &ReadOptions::default()).unwrap();
    let labels = Labels::build(["x", "y"]).unwrap();
    let expected = "data:4: unknown label \"z\"; the known labels are \"x\", \"y\"";
    assert_eq!(corpus.classes(&labels).unwrap_err().to_string(), expected);
    let kind = LabelKind::Several { separator: ',' };
    let several = with_kind("text,label\na,x\n\nb,\"x,z\"\n", Format::Csv, kind).unwrap();
    assert_eq!(several.multi_hot(&labels).unwrap_err().to_string(), expected);
    let made = Corpus::from(vec![Example::default()]);
    let error = made.classes(&labels).unwrap_err().to_string();
    assert_eq!(error, "row 0: there is no label; add one or remove the row");
}

#[test]
fn negatives_are_read_beside_pairs() {
    let options =
        ReadOptions { labels: Need::Optional, pairs: Need::Required, ..ReadOptions::default() };
    let csv = "anchor,positive,negative_1,negative_2\na,b,c,d\n";
    let json = "{\"negative_1\":\"c\",\"anchor\":\"a\",\"negative_2\":\"d\",\"positive\":\"b\"}";
    for (format, text) in [(Format::Csv, csv), (Format::Jsonl, json)] {
        let corpus = read(text.as_bytes(), format, &options).unwrap();
        assert_eq!(corpus.pairs(), Some(vec![("a", "b")]), "{format:?}");
        assert_eq!(corpus.examples()[0].negatives, ["c", "d"], "{format:?}");
    }
}
