//! Text comes whole characters at a time, and no piece of a stop string is ever given out.

use super::*;

/// Tokens that are bytes.
fn bytes(ids: &[u32]) -> Result<String, TextError> {
    let bytes = ids.iter().map(|&id| u8::try_from(id)).collect::<Result<Vec<u8>, _>>()?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn text<'a>(stops: &[&str]) -> Text<'a> {
    let stops: Vec<String> = stops.iter().map(|&stop| stop.to_owned()).collect();
    Text::new(Box::new(DecodeText::new(bytes)), &stops)
}

/// The pieces given out for each byte, then for the end, and the stop string found.
fn pieces(input: &str, stops: &[&str]) -> (Vec<String>, Option<usize>) {
    let mut text = text(stops);
    let mut pieces = Vec::new();
    for byte in input.bytes() {
        let stop = text.push(byte.into()).unwrap();
        pieces.push(text.piece().to_owned());
        if stop.is_some() {
            assert_eq!(text.into_string(), pieces.concat());
            return (pieces, stop);
        }
    }
    let stop = text.finish().unwrap();
    pieces.push(text.piece().to_owned());
    assert_eq!(text.into_string(), pieces.concat());
    (pieces, stop)
}

#[test]
fn characters_are_held_back_until_they_are_whole() {
    let (got, stop) = pieces("aä€!", &[]);
    assert_eq!(got, ["a", "", "ä", "", "", "€", "!", ""]);
    assert_eq!(stop, None);
}

#[test]
fn bytes_that_never_become_a_character_come_with_the_end() {
    let mut text = text(&[]);
    for byte in [b'a', 0xe2, 0x82] {
        text.push(byte.into()).unwrap();
    }
    assert_eq!(text.piece(), "a");
    text.finish().unwrap();
    assert_eq!(text.piece(), "\u{fffd}");
}

#[test]
fn a_stop_string_ends_the_text_and_is_not_in_it() {
    let cases: [(&str, &[&str], &str, Option<usize>); 9] = [
        ("one\n\ntwo", &["\n\n"], "one", Some(0)),
        ("one\ntwo", &["\n\n"], "one\ntwo", None),
        ("abcabd", &["abd"], "abc", Some(0)),
        ("aaab", &["aab"], "a", Some(0)),
        ("stop", &["stop"], "", Some(0)),
        ("the end", &["d", "end"], "the ", Some(1)),
        ("the end", &["x", "nd", "end"], "the ", Some(2)),
        ("a Ende", &["ß", "En"], "a ", Some(1)),
        ("a €", &["€€"], "a €", None),
    ];
    for (input, stops, expected, stop) in cases {
        let (got, found) = pieces(input, stops);
        assert_eq!((got.concat().as_str(), found), (expected, stop), "{input:?} {stops:?}");
    }
}

#[test]
fn what_may_begin_a_stop_string_is_held_back() {
    let (got, _) = pieces("a\nb\n\nc", &["\n\n"]);
    assert_eq!(got, ["a", "", "\nb", "", ""]);
}

#[test]
fn a_token_of_several_characters_is_cut_where_the_stop_string_begins() {
    let words = |ids: &[u32]| -> Result<String, TextError> {
        Ok(ids.iter().map(|&id| ["Q: ", "yes", ". Q", "x"][id as usize]).collect())
    };
    let mut text = Text::new(Box::new(DecodeText::new(words)), &[" Q: ".into(), ".".into()]);
    assert_eq!(text.push(1).unwrap(), None);
    assert_eq!(text.push(2).unwrap(), Some(1));
    assert_eq!(text.into_string(), "yes");
}

#[test]
fn what_cannot_be_decoded_is_an_error() {
    assert!(text(&[]).push(256).is_err());
}
