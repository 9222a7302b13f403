//! Tables that would lead the library out of its arrays.

use super::*;

/// A table of `units` and `texts`.
fn table(units: &[u32], texts: &str) -> Vec<u8> {
    let mut bytes = ((units.len() * 4) as u32).to_le_bytes().to_vec();
    units.iter().for_each(|unit| bytes.extend(unit.to_le_bytes()));
    bytes.extend(texts.as_bytes());
    bytes
}

#[test]
fn only_tables_that_stay_in_themselves_are_taken() {
    let mut units = [0_u32; 256];
    assert_eq!(check(&table(&units, "x\0")), Ok(()));
    units[7] = 1 << 31 | 2;
    assert_eq!(check(&table(&units, "x\0")), Ok(()));
    units[7] = 1 << 31 | 3;
    assert!(check(&table(&units, "x\0")).is_err(), "a text past the end");
    units[7] = 1 << 31 | 1;
    assert!(check(&table(&units, "é\0")).is_err(), "a text in the middle of a character");
    units[7] = 1 << 18;
    assert!(check(&table(&units, "x\0")).is_err(), "a step out of the trie");
    assert!(check(&table(&[0; 255], "")).is_err(), "a trie that is too short for any byte");
    assert!(check(&table(&[], "")).is_err());
    assert!(check(&[9, 0, 0, 0, 1]).is_err() && check(&[1]).is_err());
    assert_eq!(check(&[]), Ok(()));
}
