//! Order, and which pieces take part.

use super::*;

#[test]
fn merges_follow_the_scores_of_what_they_make() {
    let piece = |text: &str, score, kind| Piece { text: text.to_owned(), score, kind };
    let pieces = [
        piece("<s>", 0.0, Kind::Control),
        piece("aaa", -2.0, Kind::Normal),
        piece("aa", -1.0, Kind::Normal),
        piece("ä", -9.0, Kind::Normal),
        piece("a", -8.0, Kind::Normal),
        piece("aä", -2.0, Kind::Normal),
        piece("s", -8.0, Kind::Normal),
        piece("sa", -8.0, Kind::UserDefined),
    ];
    assert_eq!(of(&pieces), [("a", "a"), ("a", "aa"), ("aa", "a"), ("a", "ä")]);
}
