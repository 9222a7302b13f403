//! Order of the label names; too few of them, unknown ones, and their JSON.

use super::*;

#[test]
fn names_are_sorted_as_numbers_only_when_all_are() {
    let cases = [
        (vec!["pos", "neg", "pos"], vec!["neg", "pos"]),
        (vec!["10", "9", "-1", "9"], vec!["-1", "9", "10"]),
        (vec!["10", "9", "a"], vec!["10", "9", "a"]),
        (vec!["1", "01", "0"], vec!["0", "01", "1"]),
        (vec!["2.5", "10"], vec!["10", "2.5"]),
    ];
    for (given, expected) in cases {
        let labels = Labels::build(&given).unwrap();
        assert_eq!(labels.names(), expected, "{given:?}");
        assert_eq!(labels.len(), expected.len());
        for (id, name) in expected.iter().enumerate() {
            assert_eq!(labels.id(name).unwrap(), id as u32);
            assert_eq!(labels.name(id as u32), Some(*name));
        }
        assert_eq!(labels.name(expected.len() as u32), None);
    }
}

#[test]
fn fewer_than_two_labels_are_an_error_that_names_the_one() {
    let one = Labels::build(["pos", "pos"]).unwrap_err().to_string();
    assert!(one.starts_with("every row has the label \"pos\""), "{one}");
    assert!(matches!(Labels::build::<&str>([]), Err(Error::NoLabels)));
}

#[test]
fn an_unseen_label_is_named_beside_the_known_ones() {
    let labels = Labels::build(["positive", "negative"]).unwrap();
    assert_eq!(
        labels.id("positiv").unwrap_err().to_string(),
        "unknown label \"positiv\" (did you mean \"positive\"?); \
         the known labels are \"negative\", \"positive\""
    );
    assert_eq!(labels.ids(["positive", "negative"]).unwrap(), [1, 0]);
    assert!(labels.ids(["positive", "x"]).is_err());
}

#[test]
fn json_is_the_list_of_names_in_order() {
    let labels = Labels::from_names(vec!["b".into(), "a".into()]).unwrap();
    let json = serde_json::to_string(&labels).unwrap();
    assert_eq!(json, r#"["b","a"]"#);
    assert_eq!(serde_json::from_str::<Labels>(&json).unwrap(), labels);
    for bad in [r#"["a"]"#, r#"["a","a"]"#, "[]"] {
        assert!(serde_json::from_str::<Labels>(bad).is_err(), "{bad}");
    }
}

#[test]
fn names_are_read_from_lines_in_their_order_or_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("labels.txt");
    std::fs::write(&path, "\u{feff}world\r\n\n  sports \nSci/Tech\n\n").unwrap();
    assert_eq!(Labels::read(&path, false).unwrap().names(), ["world", "sports", "Sci/Tech"]);
    assert_eq!(Labels::read(&path, true).unwrap().names(), ["Sci/Tech", "sports", "world"]);
    for (content, expected) in
        [(&b"a\nb\na\n"[..], "label \"a\""), (b"a\n\xff\n", "2: not valid UTF-8"), (b"\n", "label")]
    {
        std::fs::write(&path, content).unwrap();
        let error = Labels::read(&path, false).unwrap_err().to_string();
        assert!(error.contains("labels.txt") && error.contains(expected), "{error}");
    }
}
