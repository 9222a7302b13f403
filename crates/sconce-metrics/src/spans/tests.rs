//! Readings of tags that the golden file does not tell apart, and errors.

use super::{Scheme, Span, SpanReader};
use crate::Error;

#[test]
fn the_same_tags_are_other_spans_in_other_readings() {
    let tags = ["I-A", "I-A", "B-A", "I-B"];
    let span = |kind, start, end| Span { kind, start, end };
    let all = vec![span("A", 0, 2), span("A", 2, 3), span("B", 3, 4)];
    let cases = [
        (SpanReader::lenient(), all.clone()),
        (SpanReader::strict(Scheme::Iob1), all),
        (SpanReader::strict(Scheme::Iob2), vec![span("A", 2, 3)]),
    ];
    for (reader, expected) in cases {
        let spans = reader.spans(&tags).unwrap();
        assert_eq!(spans, expected, "{reader:?}");
    }
}

#[test]
fn a_tag_that_is_none_is_named() {
    let error = SpanReader::lenient().spans(&["O", ""]).unwrap_err();
    assert_eq!(error, Error::EmptyTag { position: 1 });
    let reader = SpanReader::strict(Scheme::Iob2);
    assert_eq!(reader.scheme(), Some(Scheme::Iob2));
    let error = reader.spans(&["B-A", "E-A"]).unwrap_err();
    let message = "tag `E-A` at position 1 is not of the scheme iob2, whose marks are B, I, O";
    assert_eq!(error.to_string(), message);
    for odd in ["PER", ",", " ", "b-A"] {
        assert!(reader.spans(&[odd]).is_err(), "{odd}");
    }
    let suffix = SpanReader::strict(Scheme::Iob2).with_suffix();
    assert_eq!(
        suffix.spans(&["PER-B", "PER-I"]).unwrap(),
        [Span { kind: "PER", start: 0, end: 2 }]
    );
}
