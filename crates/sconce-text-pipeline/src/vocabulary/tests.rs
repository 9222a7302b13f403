//! torchtext's order as truth; unknown tokens, changes, JSON.

use super::*;

fn counts(pairs: &[(&str, u64)]) -> TokenCounts {
    let mut counts = TokenCounts::default();
    pairs.iter().for_each(|(token, n)| counts.add(token, *n));
    counts
}

fn options(min_freq: u64, max_tokens: Option<usize>, specials: &[&str]) -> VocabularyOptions {
    let specials = specials.iter().map(ToString::to_string).collect();
    VocabularyOptions { min_freq, max_tokens, specials, special_first: true }
}

/// The expectations were worked out from torchtext's documented rules: sort by falling count and
/// then by text, cut to `max_tokens` less specials, drop specials and rare tokens.
#[test]
fn build_orders_and_cuts_as_torchtext_does() {
    let counted =
        counts(&[("b", 2), ("a", 2), ("é", 2), ("Z", 2), ("c", 5), ("<unk>", 3), ("d", 1)]);
    let cases = [
        (options(1, None, &[]), vec!["c", "<unk>", "Z", "a", "b", "é", "d"]),
        (options(1, None, &["<unk>"]), vec!["<unk>", "c", "Z", "a", "b", "é", "d"]),
        (options(2, None, &["<pad>"]), vec!["<pad>", "c", "<unk>", "Z", "a", "b", "é"]),
        (options(3, None, &[]), vec!["c", "<unk>"]),
        (options(1, Some(4), &["<pad>"]), vec!["<pad>", "c", "<unk>", "Z"]),
        (options(1, Some(4), &["<unk>"]), vec!["<unk>", "c", "Z"]),
        (options(9, None, &["x"]), vec!["x"]),
        (
            VocabularyOptions { special_first: false, ..options(3, None, &["x", "y"]) },
            vec!["c", "<unk>", "x", "y"],
        ),
    ];
    for (options, expected) in cases {
        let vocabulary = Vocabulary::build(&counted, &options).unwrap();
        assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), expected, "{options:?}");
        assert_eq!(vocabulary.default_id(), None);
    }
}

#[test]
fn tokens_and_ids_lead_to_each_other() {
    let vocabulary = Vocabulary::from_tokens(["a", "b", ""]).unwrap();
    assert_eq!(vocabulary.len(), 3);
    for (id, token) in vocabulary.tokens().enumerate() {
        assert_eq!(vocabulary.id(token), Some(id as u32));
        assert_eq!(vocabulary.token(id as u32), Some(token));
    }
    assert_eq!(vocabulary.lookup_tokens(&[1, 0, 1]).unwrap(), ["b", "a", "b"]);
    assert_eq!(vocabulary.id("zzz"), None);
}

#[test]
fn the_default_id_stands_in_for_unknown_tokens() {
    let mut vocabulary = Vocabulary::from_tokens(["a", "b"]).unwrap();
    let error = vocabulary.lookup_ids(&["a", "zzz"]).unwrap_err();
    assert!(matches!(error, Error::OutOfVocabulary { token } if token == "zzz"));
    vocabulary.set_default_id(Some(1)).unwrap();
    assert_eq!(vocabulary.lookup_ids(&["a", "zzz"]).unwrap(), [0, 1]);
    vocabulary.set_default_id(None).unwrap();
    assert!(vocabulary.lookup_ids(&["zzz"]).is_err());
}

#[test]
fn insertion_moves_later_ids_up() {
    let mut vocabulary = Vocabulary::from_tokens(["a", "b"]).unwrap();
    vocabulary.set_default_id(Some(0)).unwrap();
    vocabulary.insert_token("first", 0).unwrap();
    vocabulary.insert_token("last", 3).unwrap();
    assert_eq!(vocabulary.append_token("end").unwrap(), 4);
    assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), ["first", "a", "b", "last", "end"]);
    assert_eq!((vocabulary.id("b"), vocabulary.default_id()), (Some(2), Some(0)));
}

#[test]
fn impossible_changes_are_errors_that_quote_the_value() {
    let mut vocabulary = Vocabulary::from_tokens(["a"]).unwrap();
    let too_small = Vocabulary::build(&counts(&[]), &options(1, Some(2), &["x", "y"]));
    let cases = [
        (vocabulary.append_token("a").map(|_| ()), "token \"a\" is in the vocabulary already"),
        (vocabulary.insert_token("a", 0), "token \"a\" is in the vocabulary already"),
        (vocabulary.insert_token("b", 2), "no token can be inserted at 2"),
        (vocabulary.set_default_id(Some(1)), "id 1 is not in the vocabulary, which has 1"),
        (vocabulary.lookup_tokens(&[7]).map(|_| ()), "id 7 is not in the vocabulary"),
        (Vocabulary::from_tokens(["x", "x"]).map(|_| ()), "token \"x\" is in the vocabulary"),
        (too_small.map(|_| ()), "max_tokens is 2, but 2 special tokens"),
    ];
    for (result, expected) in cases {
        let message = result.unwrap_err().to_string();
        assert!(message.starts_with(expected), "{message}");
    }
    assert_eq!(vocabulary, Vocabulary::from_tokens(["a"]).unwrap());
}

#[test]
fn json_is_plain_and_round_trips() {
    let mut vocabulary = Vocabulary::from_tokens(["<pad>", "\"é\n"]).unwrap();
    vocabulary.set_default_id(Some(1)).unwrap();
    let json = serde_json::to_string(&vocabulary).unwrap();
    assert_eq!(json, r#"{"default_id":1,"tokens":["<pad>","\"é\n"]}"#);
    assert_eq!(serde_json::from_str::<Vocabulary>(&json).unwrap(), vocabulary);
    for bad in [r#"{"default_id":2,"tokens":["a"]}"#, r#"{"tokens":["a","a"]}"#, "[]"] {
        assert!(serde_json::from_str::<Vocabulary>(bad).is_err(), "{bad}");
    }
}

#[test]
fn words_of_vectors_are_united_and_intersected_and_rows_are_told() {
    let mut vocabulary = Vocabulary::from_tokens(["<unk>", "a", "b", "c"]).unwrap();
    vocabulary.set_default_id(Some(0)).unwrap();
    let old = vocabulary.clone();
    assert_eq!(vocabulary.extend(["c", "x", "a", "x"]), [3, 4, 1, 4]);
    assert_eq!(vocabulary.tokens().collect::<Vec<_>>(), ["<unk>", "a", "b", "c", "x"]);
    assert_eq!(vocabulary.ids_in(&old), [Some(0), Some(1), Some(2), Some(3), None]);
    let moved = vocabulary.retain(|token| token != "a");
    assert_eq!(moved, [Some(0), None, Some(1), Some(2), Some(3)]);
    assert_eq!(vocabulary.default_id(), Some(0));
    vocabulary.retain(|token| token == "x");
    assert_eq!((vocabulary.len(), vocabulary.default_id()), (1, None));
    assert!(vocabulary.contains("x") && !vocabulary.contains("a"));
    assert_eq!(old.iter().collect::<Vec<_>>(), [("<unk>", 0), ("a", 1), ("b", 2), ("c", 3)]);
}

#[test]
fn files_of_lines_and_json_are_read() {
    let expected = Vocabulary::from_tokens(["<pad>", "{", "é"]).unwrap();
    for (name, content) in [
        ("v.txt", "<pad>\n{\né\n"),
        ("v", "\u{feff}<pad>\r\n{\r\né"),
        ("v.json", r#"["<pad>", "{", "é"]"#),
        ("v.JSON", r#"{"é": 2, "<pad>": 0, "{": 1}"#),
        ("v.json", r#"{"default_id": null, "tokens": ["<pad>", "{", "é"]}"#),
    ] {
        assert_eq!(Vocabulary::from_bytes(content.as_bytes(), name).unwrap(), expected, "{name}");
    }
    let lines = expected.to_lines().unwrap();
    assert_eq!(Vocabulary::from_bytes(lines.as_bytes(), "v.txt").unwrap(), expected);
    for token in ["", "a\nb", "a\r"] {
        let error = Vocabulary::from_tokens([token]).unwrap().to_lines().unwrap_err().to_string();
        assert!(error.ends_with("cannot be a line of a text file; save the vocabulary as JSON"));
    }
    for (name, content, expected) in [
        (
            "v.txt",
            &b"a\n\nb\n"[..],
            "v.txt:2: the line is empty; a vocabulary has one token a line",
        ),
        ("v.txt", b"a\nb\na\n", "v.txt:3: token \"a\" is in the vocabulary already"),
        ("v.txt", b"a\n\xff\n", "v.txt:2: not valid UTF-8"),
        ("v.txt", b"", "v.txt: the file is empty"),
        ("v.json", b"7", "v.json: not a vocabulary: invalid type"),
        ("v.json", b"[", "v.json: not a vocabulary: EOF"),
        (
            "v.json",
            b"{\"a\":1}",
            "v.json: not a vocabulary: \"a\" has the id 1; the ids of 1 tokens",
        ),
        ("v.json", b"[\"a\",\"a\"]", "v.json: not a vocabulary: token \"a\" is in"),
    ] {
        let error = Vocabulary::from_bytes(content, name).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
    assert!(matches!(Vocabulary::read("no-such-file"), Err(Error::FileMissing { .. })));
}

/// Made by `tests/golden/torchtext_0_18.py`.
const TORCH_FILE: &[u8] = include_bytes!("../../tests/golden/torchtext_0_18.pth");

#[test]
fn what_torch_saved_is_read_and_its_pieces_are_refused() {
    let vocabulary = Vocabulary::from_bytes(TORCH_FILE, "vocab.pth").unwrap();
    let first: Vec<&str> = vocabulary.tokens().take(5).collect();
    assert_eq!(first, ["<unk>", "<pad>", "<bos>", "<eos>", "the"]);
    assert_eq!(vocabulary.default_id(), Some(0));
    for end in 4..TORCH_FILE.len() {
        let error = Vocabulary::from_bytes(&TORCH_FILE[..end], "vocab.pth").unwrap_err();
        assert!(error.to_string().starts_with("vocab.pth: not a vocabulary of torchtext: "));
    }
    // No byte that is changed makes it panic.
    for place in 4..TORCH_FILE.len() {
        for value in [0, 0x28, 0x7F, 0xFF] {
            let mut bytes = TORCH_FILE.to_vec();
            bytes[place] = value;
            drop(Vocabulary::from_bytes(&bytes, "vocab.pth"));
        }
    }
}

/// An archive of one stored file, as `torch.save` makes it.
fn archive(pickle: &[u8]) -> Vec<u8> {
    let name = b"v/data.pkl";
    let (size, name_len) = ((pickle.len() as u32).to_le_bytes(), (name.len() as u16).to_le_bytes());
    let mut zip = [&b"PK\x03\x04"[..], &[0; 14], &size, &size, &name_len, &[0; 2]].concat();
    zip.extend_from_slice(name);
    zip.extend_from_slice(pickle);
    let directory = (zip.len() as u32).to_le_bytes();
    let entry = [&b"PK\x01\x02"[..], &[0; 16], &size, &size, &name_len, &[0; 16], name].concat();
    let length = (entry.len() as u32).to_le_bytes();
    let end = [&b"PK\x05\x06"[..], &[0; 4], &[1, 0, 1, 0], &length, &directory, &[0; 2]].concat();
    [zip, entry, end].concat()
}

#[test]
fn lists_inside_lists_without_end_are_refused() {
    let n = 2_000_000;
    let named = b"ctorchtext._torchtext\nVocab\n)\x81";
    let appended = [&named[..], &b"]".repeat(n), &b"a".repeat(n - 1), b"b."].concat();
    let tuples = [&named[..], b")", &b"\x85".repeat(n), b"b."].concat();
    let marked = [&named[..], &b"(".repeat(n), &b"t".repeat(n), b"b."].concat();
    for pickle in [appended, tuples, marked] {
        let error = Vocabulary::from_bytes(&archive(&pickle), "v.pth").unwrap_err().to_string();
        assert!(error.contains("its pickle holds no torchtext.vocab.Vocab"), "{error}");
    }
    let plain = [&named[..], b"(X\x01\0\0\0v](K\0e](X\x01\0\0\0ae]tb."].concat();
    let vocabulary = Vocabulary::from_bytes(&archive(&plain), "v.pth").unwrap();
    assert_eq!((vocabulary.id("a"), vocabulary.default_id()), (Some(0), Some(0)));
}
