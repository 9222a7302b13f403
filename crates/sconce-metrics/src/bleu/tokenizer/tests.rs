//! Names go there and back.

use super::BleuTokenizer;

#[test]
fn every_name_is_parsed() {
    for (name, tokenizer) in BleuTokenizer::NAMES {
        assert_eq!((name.parse(), tokenizer.name()), (Ok(tokenizer), name));
    }
}

#[test]
fn numbers_stay_whole() {
    let cases = [
        (BleuTokenizer::V13a, "1,000.5 and 3-4.", "1,000.5 and 3 - 4 ."),
        (BleuTokenizer::Intl, "١٬٢٣٤ “x”…", "١٬٢٣٤ “ x ” …"),
        (BleuTokenizer::Intl, "in 1999.", "in 1999."),
        (BleuTokenizer::Zh, "“3.5元”", "“ 3.5 元 ”"),
        (BleuTokenizer::Char, "a b\n", "a b"),
    ];
    for (tokenizer, text, expected) in cases {
        assert_eq!(tokenizer.tokenize(text), expected, "{tokenizer:?} {text}");
    }
}
