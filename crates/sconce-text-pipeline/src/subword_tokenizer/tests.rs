//! A small WordPiece file: ids, spans, truncation, round trip, broken files.

use super::*;
use crate::tokenizer::load_tokenizer;

/// A small WordPiece tokenizer that lower-cases and frames texts, with padding and truncation
/// switched on to show that they are ignored.
const WORD_PIECE: &str = r###"{
  "version": "1.0",
  "truncation": {"direction": "Right", "max_length": 3, "strategy": "LongestFirst", "stride": 0},
  "padding": {"strategy": {"Fixed": 64}, "direction": "Right", "pad_to_multiple_of": null,
              "pad_id": 0, "pad_type_id": 0, "pad_token": "[PAD]"},
  "added_tokens": [],
  "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                 "strip_accents": null, "lowercase": true},
  "pre_tokenizer": {"type": "BertPreTokenizer"},
  "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
  "decoder": null,
  "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
            "max_input_chars_per_word": 100,
            "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "film": 4, "un": 5,
                      "##fun": 6, "##ny": 7, "cafe": 8, "!": 20}}
}"###;

fn tokenizer() -> SubwordTokenizer {
    SubwordTokenizer::from_bytes(WORD_PIECE.as_bytes()).unwrap()
}

#[test]
fn ids_come_with_byte_spans_of_the_original_text() {
    let text = "Café unfunny!";
    let encoding = tokenizer().encode(text).unwrap();
    assert_eq!(encoding.ids, [2, 8, 5, 6, 7, 20, 3]);
    let slices: Vec<&str> = encoding.spans.iter().map(|(start, end)| &text[*start..*end]).collect();
    assert_eq!(slices, ["", "Café", "un", "fun", "ny", "!", ""]);
}

#[test]
fn padding_and_truncation_of_the_file_are_ignored() {
    let mut ids = vec![9];
    tokenizer().encode_ids("film film film film", &mut ids).unwrap();
    assert_eq!(ids, [9, 2, 4, 4, 4, 4, 3]);
}

#[test]
fn truncation_keeps_the_frame() {
    let cases = [(7, vec![2, 8, 5, 6, 7, 20, 3], false), (4, vec![2, 8, 5, 3], true)];
    for (max_length, expected, is_cut) in cases {
        let mut ids = Vec::new();
        let text = "Café unfunny!";
        assert_eq!(tokenizer().encode_ids_within(text, max_length, &mut ids).unwrap(), is_cut);
        assert_eq!(ids, expected);
    }
    let error = tokenizer().encode_ids_within("film", 1, &mut Vec::new()).unwrap_err();
    assert!(matches!(error, Error::MaxLengthTooSmall { max_length: 1, n_special: 2 }));
}

#[test]
fn the_vocabulary_reaches_to_the_largest_id() {
    let tokenizer = tokenizer();
    assert_eq!(tokenizer.vocab_size(), 21);
    assert_eq!(tokenizer.id("##fun"), Some(6));
    assert_eq!(tokenizer.token(20).as_deref(), Some("!"));
    assert_eq!((tokenizer.id("zzz"), tokenizer.token(15)), (None, None));
}

#[test]
fn the_file_is_saved_byte_for_byte_and_read_back_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("any.json");
    std::fs::write(&path, WORD_PIECE).unwrap();
    let file = SubwordTokenizer::from_file(&path).unwrap().to_file().unwrap();
    assert_eq!(
        (file.name.as_str(), file.bytes.as_slice()),
        ("tokenizer.json", WORD_PIECE.as_bytes())
    );
    let loaded = load_tokenizer(&file).unwrap();
    let batch = loaded.encode_batch(&["film", "", "unfun"]).unwrap();
    let ids: Vec<Vec<u32>> = batch.into_iter().map(|encoding| encoding.ids).collect();
    assert_eq!(ids, [vec![2, 4, 3], vec![2, 3], vec![2, 5, 6, 3]]);
}

#[test]
fn missing_and_corrupt_files_are_named() {
    let missing = SubwordTokenizer::from_file("no/such.json").unwrap_err();
    assert!(matches!(missing, Error::FileMissing { path } if path == "no/such.json"));
    for bytes in [&b""[..], b"{}", &WORD_PIECE.as_bytes()[..300], b"\xFF"] {
        let error = SubwordTokenizer::from_bytes(bytes).unwrap_err().to_string();
        assert!(error.starts_with("tokenizer.json: corrupt tokenizer file: "), "{error}");
    }
}

#[test]
fn a_texts_ids_do_not_change_where_the_file_asks_for_dropout() {
    // Each of the merges would be left out every other time.
    let file = r#"{
      "version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
      "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
      "model": {"type": "BPE", "dropout": 0.5, "unk_token": null,
                "continuing_subword_prefix": null, "end_of_word_suffix": null, "fuse_unk": false,
                "vocab": {"a": 0, "b": 1, "ab": 2, "abab": 3},
                "merges": [["a", "b"], ["ab", "ab"]]}
    }"#;
    let tokenizer = SubwordTokenizer::from_bytes(file.as_bytes()).unwrap();
    for _ in 0..100 {
        assert_eq!(tokenizer.encode("abababab").unwrap().ids, [3, 3]);
    }
}

#[test]
fn a_post_processor_that_names_what_is_not_there_is_refused() {
    let bert = r#"{"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]}"#;
    let part = r#"{"Sequence": {"id": "A", "type_id": 0}}"#;
    let second = r#"{"Sequence": {"id": "B", "type_id": 0}}"#;
    let token = r#"{"SpecialToken": {"id": "[CLS]", "type_id": 0}}"#;
    for (single, expected) in [
        (second, "needs a second text"),
        (token, "has no special token \"[CLS]\""),
        ("", "leaves out the text"),
    ] {
        let template = format!(
            r#"{{"type": "TemplateProcessing", "single": [{single}], "pair": [{part}, {second}],
                 "special_tokens": {{}}}}"#
        );
        let sequence = format!(r#"{{"type": "Sequence", "processors": [{template}]}}"#);
        for post in [template, sequence] {
            let file = WORD_PIECE.replace(bert, &post);
            assert_ne!(file, WORD_PIECE);
            let error = SubwordTokenizer::from_bytes(file.as_bytes()).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}

#[test]
fn windows_and_strategies_without_room_are_refused() {
    let tokenizer = tokenizer();
    let windows = |max_length, stride| {
        let windows = Windows { max_length, stride };
        tokenizer.encode_windows("film film", "cafe cafe cafe", &windows)
    };
    assert_eq!(windows(6, 0).unwrap().len(), 3);
    assert!(matches!(windows(6, 1), Err(Error::StrideTooLarge { stride: 1, room: 1 })));
    let none = windows(5, 0).unwrap_err();
    assert!(matches!(none, Error::NoRoomForContext { max_length: 5, n_question: 2, n_special: 3 }));
    let truncation = Truncation { max_length: 2, strategy: crate::Truncate::LongestFirst };
    let pair = tokenizer.encode_input(Input::Pair("film", "cafe"), Some(&truncation)).unwrap_err();
    assert!(matches!(pair, Error::MaxLengthTooSmall { max_length: 2, n_special: 3 }));
}

#[test]
fn files_on_which_the_library_panics_are_refused() {
    for (from, to, expected) in [
        (r#""decoder": null"#, r#""decoder": nulz"#, "expected ident"),
        (r#""decoder": null"#, r#""decoder": {"type": 1e999}"#, "number out of range"),
        (
            r#""normalizer": null"#,
            r#""normalizer": {"type": "Precompiled"}"#,
            "no precompiled_charsmap",
        ),
        (
            r#""normalizer": null"#,
            r#""normalizer": {"type": "Sequence", "normalizers": [
                {"type": "Precompiled", "precompiled_charsmap": "AAAA"}]}"#,
            "table of characters is cut off",
        ),
    ] {
        let plain = r#"{"version": "1.0", "truncation": null, "padding": null, "added_tokens": [],
            "normalizer": null, "pre_tokenizer": null, "post_processor": null, "decoder": null,
            "model": {"type": "WordLevel", "vocab": {"a": 0}, "unk_token": "a"}}"#;
        assert!(SubwordTokenizer::from_bytes(plain.as_bytes()).is_ok());
        let error = SubwordTokenizer::from_bytes(plain.replace(from, to).as_bytes()).unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
