//! Tests of the embedded data.

use super::*;

#[test]
fn all_sentences_are_there_and_each_part_has_both_labels_in_equal_shares() {
    let data = read(42).unwrap();
    let parts = [&data.train, data.valid.as_ref().unwrap(), data.test.as_ref().unwrap()];
    assert_eq!(parts.map(Source::len), [8636, 960, 1066]);
    for part in parts {
        let n_positive =
            part.labels().unwrap().iter().filter(|label| **label == "positive").count();
        assert_eq!(n_positive * 2, part.len(), "{}", part.name);
    }
}

#[test]
fn the_new_sentences_are_not_among_the_embedded_ones() {
    for (_, bytes) in SENTENCES {
        let sentences = std::str::from_utf8(bytes).unwrap();
        assert!(NEW.iter().all(|new| !sentences.contains(new)));
    }
}
