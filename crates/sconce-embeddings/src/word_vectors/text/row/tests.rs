//! Tests of single rows.

use super::*;

fn row(line: &str, dim: usize) -> Result<(String, Vec<f32>), RowError> {
    let mut values = vec![9.0];
    let word = parse_row(line.as_bytes(), dim, &mut values)?;
    assert_eq!(values.remove(0), 9.0, "what was there before stays");
    Ok((String::from_utf8(word.to_vec()).unwrap(), values))
}

#[test]
fn the_last_fields_are_the_vector_and_all_before_them_the_word() {
    let cases = [
        ("frog 1 -2.5", "frog"),
        ("frog 1 -2.5 ", "frog"),
        ("frog 1 -2.5\r", "frog"),
        ("frog\t1\t-2.5", "frog"),
        ("frog  1   -2.5  \r", "frog"),
        (". . . 1 -2.5", ". . ."),
        ("at name@domain.com 1 -2.5", "at name@domain.com"),
        ("area 51 1 -2.5", "area 51"),
        ("two  spaces  1 -2.5", "two  spaces"),
        (" frog 1 -2.5", "frog"),
        ("0.5 1 -2.5", "0.5"),
        ("nan 1 -2.5", "nan"),
        ("\u{a0} 1 -2.5", "\u{a0}"),
        ("\u{3000}蛙 1 -2.5", "\u{3000}蛙"),
    ];
    for (line, word) in cases {
        assert_eq!(row(line, 2), Ok((word.to_owned(), vec![1.0, -2.5])), "{line:?}");
    }
}

#[test]
fn damaged_rows_say_what_is_wrong() {
    let bad_number = |word: &str, field: &str| RowError::BadNumber {
        word: word.to_owned(),
        field: field.to_owned(),
    };
    let cases = [
        ("frog 1", RowError::FieldCount { got: 2 }),
        ("frog", RowError::FieldCount { got: 1 }),
        ("", RowError::FieldCount { got: 0 }),
        (" 1 2", RowError::FieldCount { got: 2 }),
        ("frog 0.25 1 2", RowError::FieldCount { got: 4 }),
        ("frog 1 x", bad_number("frog", "x")),
        ("frog 1 2,5", bad_number("frog", "2,5")),
        ("a b 1 2x", bad_number("a b", "2x")),
    ];
    for (line, expected) in cases {
        assert_eq!(row(line, 2), Err(expected), "{line:?}");
    }
}

#[test]
fn numbers_that_are_not_finite_are_refused() {
    for (field, shown) in [("nan", "NaN"), ("-inf", "-inf"), ("1e39", "inf")] {
        match row(&format!("frog 1 {field}"), 2) {
            Err(RowError::NotFinite { word, value }) => {
                assert_eq!((word.as_str(), value.to_string().as_str()), ("frog", shown));
            }
            other => panic!("{field}: {other:?}"),
        }
    }
}

#[test]
fn words_that_are_not_utf8_are_refused_or_mended() {
    let refused = word_text(b"fr\xffg", false);
    assert_eq!(refused, Err(RowError::NotUtf8 { word: "fr\u{fffd}g".to_owned() }));
    assert_eq!(word_text(b"fr\xffg", true).unwrap(), "fr\u{fffd}g");
    assert_eq!(word_text("蛙".as_bytes(), false).unwrap(), "蛙");
}

#[test]
fn the_first_field_is_never_counted_as_a_number() {
    let cases =
        [("1 2 3", 2), ("frog 1 2 3", 3), ("at 51 2 3", 3), ("a b 1", 1), ("a b", 0), ("7", 0)];
    for (line, expected) in cases {
        assert_eq!(trailing_numbers(line.as_bytes()), expected, "{line}");
    }
}
