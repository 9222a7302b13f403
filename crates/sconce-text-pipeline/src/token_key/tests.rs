//! Keys made from a token and from within a text are the same, and no two tokens share one.

use super::*;

const TOKENS: [&str; 9] =
    ["", "a", "a\0", "Az", "MIXED case@[`{~", "0123456789abcde", "é", "日本語日本", "\u{7f}Z"];

#[test]
fn both_ways_give_one_key_and_only_short_tokens_have_one() {
    for token in TOKENS {
        let text = format!("--{token}, and sixteen bytes more");
        let key = TokenKey::of(token).unwrap();
        assert_eq!(TokenKey::within(&text, 2, 2 + token.len()), Some(key), "{token:?}");
        assert_eq!(key.is_ascii(), token.is_ascii(), "{token:?}");
        assert_ne!(key, TokenKey::LONG);
        // At the end of a text there are no 16 bytes to read.
        assert_eq!(TokenKey::within(token, 0, token.len()), None);
    }
    let long = "0123456789abcdef";
    assert_eq!(TokenKey::of(long), None);
    assert_eq!(TokenKey::within("0123456789abcdefghijklmn", 0, 16), None);
}

#[test]
fn different_tokens_have_different_keys() {
    for (i, a) in TOKENS.iter().enumerate() {
        for b in &TOKENS[i + 1..] {
            assert_ne!(TokenKey::of(a), TokenKey::of(b), "{a:?} {b:?}");
        }
    }
}

#[test]
fn lower_case_is_that_of_the_standard_library_for_every_ascii_byte() {
    for byte in 0..128_u8 {
        for token in [format!("{}", byte as char), format!("xyz{}B", byte as char)] {
            let lower = TokenKey::of(&token.to_ascii_lowercase());
            assert_eq!(TokenKey::of(&token).map(TokenKey::to_ascii_lowercase), lower, "{token:?}");
        }
    }
}
