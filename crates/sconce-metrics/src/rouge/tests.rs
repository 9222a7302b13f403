//! What rouge-score has no golden values for.

use super::{Rouge, RougeKind, RougeTokenizer};
use crate::TextMetric;

#[test]
fn scripts_without_spaces_are_scored_by_characters() {
    let score = |tokenizer| {
        let rouge = Rouge::new(&[RougeKind::Words(1)]).with_tokenizer(tokenizer);
        rouge.sentence(&["我爱北京"], "我在 北京").unwrap()[0].f1
    };
    assert_eq!(score(RougeTokenizer::Standard), 0.0);
    assert_eq!(score(RougeTokenizer::Characters), 0.75);
}

#[test]
fn each_kind_takes_its_best_reference() {
    let rouge = Rouge::usual();
    let references = ["a b c d", "d c b a x"];
    let scores = rouge.sentence(&references, "d c b a").unwrap();
    assert_eq!(scores[0].f1, 1.0);
    assert_eq!(scores[2].recall, 0.8);
}

#[test]
fn the_value_is_the_f1_of_the_first_kind() {
    let mut rouge = Rouge::new(&[RougeKind::Longest, RougeKind::Words(1)]);
    rouge.update(&["a b"], "b a").unwrap();
    assert_eq!((rouge.name(), rouge.value()), ("rouge_l", 0.5));
    assert_eq!(rouge.named_values(), [("rouge_l", 0.5), ("rouge1", 1.0)]);
    assert_eq!(Rouge::new(&[]).value(), 0.0);
}

#[test]
fn a_text_of_two_hundred_thousand_words_is_one_sentence() {
    let words: Vec<String> =
        (0..200_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 18).to_string()).collect();
    let reference = words.join(" ");
    let hypothesis = words[1000..].join(" ");
    let rouge = Rouge::new(&[RougeKind::Longest]);
    let scores = rouge.sentence(&[&reference], &hypothesis).unwrap();
    assert_eq!(scores[0].precision, 1.0);
}
