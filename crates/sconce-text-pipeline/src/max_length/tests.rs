//! Long rows are cut and counted, or refused by number.

use super::*;
use crate::{EncodedDataset, Normalizer, PreTokenizer, Targets, VocabularyOptions, WordTokenizer};

fn encode(texts: &[&str], max_length: MaxLength) -> Result<EncodedDataset> {
    let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
    let tokenizer = WordTokenizer::train(&["a"], normalizer, PreTokenizer::Whitespace, &words)?;
    EncodedDataset::encode(&tokenizer, texts, Targets::None, max_length)
}

#[test]
fn the_first_row_that_is_too_long_is_named() {
    let mut texts = vec!["a a"; 1000];
    assert_eq!(encode(&texts, MaxLength::Refuse(2)).unwrap().n_tokens(), 2000);
    (texts[300], texts[700]) = ("a a a", "a a a a");
    assert_eq!(
        encode(&texts, MaxLength::Refuse(2)).unwrap_err().to_string(),
        "row 300 (from 0) has 3 tokens, more than the 2 allowed; shorten it, raise the limit, or \
         let rows be truncated"
    );
    assert_eq!(encode(&texts, MaxLength::Truncate(2)).unwrap().n_truncated(), 2);
    assert_eq!(encode(&texts, MaxLength::Unlimited).unwrap().n_tokens(), 2003);
}

#[test]
fn an_option_is_a_limit_to_cut_at() {
    assert_eq!(MaxLength::from(Some(3)), MaxLength::Truncate(3));
    assert_eq!(MaxLength::from(None), MaxLength::Unlimited);
    assert_eq!(MaxLength::Refuse(3).get(), Some(3));
}
