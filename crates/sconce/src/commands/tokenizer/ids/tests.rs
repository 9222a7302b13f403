//! Tests of lists of ids.

use super::*;

#[test]
fn what_encode_prints_is_read_back_in_every_form() {
    let ids = [101, 0, 7];
    assert_eq!(parse(&spaced(&ids)).unwrap(), ids);
    for line in ["101 0 7", " 101,0,  7\t", "[101, 0, 7]", r#"{"text":"a","ids":[101,0,7]}"#] {
        assert_eq!(parse(line).unwrap(), ids, "{line}");
    }
    assert_eq!(parse(" ").unwrap(), [0; 0]);
    for line in ["101 x", "-1", "1.5", "[1, \"a\"]", "{\"tokens\":[1]}", "4294967296"] {
        assert!(parse(line).is_err(), "{line}");
    }
}
