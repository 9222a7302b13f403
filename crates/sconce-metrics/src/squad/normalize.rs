//! What two answers may differ in and still be the same.

use crate::spaces::words;

/// Without these an answer is the same.
const ARTICLES: [&str; 3] = ["a", "an", "the"];

/// Lower case, without ASCII punctuation, without English articles, with single spaces between
/// words; the order of these steps is the official script's.
///
/// A word ends where Unicode's letters and digits end. Python's ends before the vowel signs of
/// Indic scripts too: the two differ where such a sign follows a lone `a`, `an` or `the`.
///
/// ```
/// use sconce_metrics::normalize_answer;
///
/// assert_eq!(normalize_answer("The  U.S. (a nation)"), "us nation");
/// assert_eq!(normalize_answer("a-ha, an"), "aha");
/// ```
#[must_use]
pub fn normalize_answer(text: &str) -> String {
    let lower = text.to_lowercase();
    let bare: String = lower.chars().filter(|c| !c.is_ascii_punctuation()).collect();
    let mut kept = String::with_capacity(bare.len());
    for piece in bare.split_inclusive(|c: char| !c.is_alphanumeric()) {
        let word = piece.trim_end_matches(|c: char| !c.is_alphanumeric());
        kept.push_str(if ARTICLES.contains(&word) { " " } else { word });
        kept.push_str(&piece[word.len()..]);
    }
    let words: Vec<&str> = words(&kept).collect();
    words.join(" ")
}
