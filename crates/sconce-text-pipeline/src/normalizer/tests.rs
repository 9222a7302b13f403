//! Each step by itself, text that stays borrowed, settings in JSON.

use super::*;

fn with(unicode: Option<UnicodeForm>, strip_accents: bool, lowercase: bool) -> Normalizer {
    Normalizer { unicode, strip_accents, lowercase }
}

#[test]
fn each_step_changes_what_it_names_and_no_more() {
    let nfc = Some(UnicodeForm::Nfc);
    let nfkc = Some(UnicodeForm::Nfkc);
    let cases = [
        (with(None, false, true), "ABC déjÀ ǅ", "abc déjà ǆ"),
        (with(None, false, false), "ABC É", "ABC É"),
        (with(nfc, false, false), "e\u{301}ﬁ", "éﬁ"),
        (with(nfkc, false, false), "e\u{301}ﬁ Ａ", "éfi A"),
        (with(None, true, false), "Éé e\u{301} ñ ç", "Ee e n c"),
        // Voicing marks, vowel signs and Hangul are letters, not accents.
        (with(None, true, false), "が हिन्दी 한국", "が हिन्दी 한국"),
        (with(nfkc, true, true), "ＣＡＦÉ", "cafe"),
        (with(None, false, true), "", ""),
        (with(None, false, true), "ΟΔΟΣ", "οδος"),
    ];
    for (normalizer, text, expected) in cases {
        assert_eq!(normalizer.normalize(text), expected, "{normalizer:?} on {text:?}");
        let mut buffer = String::from("left over");
        assert_eq!(normalizer.normalize_with(text, &mut buffer), expected, "{text:?}");
    }
}

#[test]
fn unchanged_text_is_borrowed() {
    let all = with(Some(UnicodeForm::Nfkc), true, true);
    for text in ["", "plain ascii, 42!", "ß 日本語", "кот"] {
        assert!(matches!(all.normalize(text), Cow::Borrowed(_)), "{text:?}");
    }
    assert!(matches!(all.normalize("Ascii"), Cow::Owned(_)));
}

#[test]
fn settings_left_out_of_json_have_their_defaults_and_unknown_ones_are_refused() {
    let normalizer: Normalizer = serde_json::from_str(r#"{"unicode":"nfkc"}"#).unwrap();
    assert_eq!(normalizer, with(Some(UnicodeForm::Nfkc), false, true));
    assert!(serde_json::from_str::<Normalizer>(r#"{"lower":true}"#).is_err());
}
