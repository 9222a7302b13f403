//! Lines of stdin.

use super::*;

fn lines(input: &[u8], pairs: Pairs) -> Result<Vec<(String, Item)>> {
    let mut found = Vec::new();
    for_each_line(BufReader::new(input), false, pairs, &mut |items, place| {
        found.extend(items.iter().enumerate().map(|(index, item)| (place(index), item.clone())));
        Ok(())
    })?;
    Ok(found)
}

#[test]
fn lines_lose_their_ending_and_bad_bytes_name_their_line() {
    assert_eq!(text(b"a b\r\n".to_vec(), 1, false).unwrap(), "a b");
    assert_eq!(text(b"caf\xe9\n".to_vec(), 1, true).unwrap(), "caf\u{fffd}");
    let error = text(b"caf\xe9\n".to_vec(), 7, false).unwrap_err().to_string();
    assert!(error.starts_with("stdin:7: not valid UTF-8") && error.contains("--lossy"), "{error}");
}

#[test]
fn every_line_has_its_place_and_a_pair_has_a_tab() {
    let many = "a\tb\n".repeat(CHUNK + 3);
    let found = lines(many.as_bytes(), Pairs::Always).unwrap();
    assert_eq!(found.len(), CHUNK + 3);
    for (number, (place, item)) in (1..).zip(&found) {
        assert_eq!(*place, format!("stdin:{number}"));
        assert_eq!((item.text.as_str(), item.pair.as_deref()), ("a", Some("b")));
    }
    let found = lines("\u{feff}a\tb".as_bytes(), Pairs::Perhaps).unwrap();
    assert_eq!((found.len(), found[0].1.text.as_str()), (1, "a\tb"));
    let error = lines(b"a\tb\nc\n", Pairs::Always).unwrap_err().to_string();
    assert!(error.starts_with("stdin:2: no tab"), "{error}");
}
