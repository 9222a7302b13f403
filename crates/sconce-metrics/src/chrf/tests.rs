//! Labels, and what is degenerate.

use super::{Chrf, separate_punctuation};

#[test]
fn the_label_names_beta_and_words() {
    let label = |chrf: Chrf| chrf.score().label();
    assert_eq!(label(Chrf::new()), "chrF2");
    assert_eq!(label(Chrf::plus_plus().with_beta(3)), "chrF3++");
    assert_eq!(label(Chrf::new().with_orders(0, 0)), "chrF2");
}

#[test]
fn one_mark_is_cut_off_a_word() {
    let cases: [(&str, &[&str]); 6] = [
        ("(hi)", &["(hi", ")"]),
        ("(hi", &["(", "hi"]),
        ("!", &["!"]),
        ("!!", &["!", "!"]),
        ("«x»", &["«x»"]),
        ("é. a", &["é", ".", "a"]),
    ];
    for (text, expected) in cases {
        assert_eq!(separate_punctuation(text), expected, "{text}");
    }
}

#[test]
fn the_first_of_equally_good_references_counts() {
    let score = Chrf::new().sentence(&["xyz", "abc"], "abc").unwrap();
    assert_eq!(score.score, 100.0);
}
