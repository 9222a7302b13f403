//! Sentences whose words have labels, as tokens whose labels are those of their words.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use crate::dataset::{EncodedDataset, Rows};
use crate::encoding::{Encoding, Input};
use crate::error::{Error, Result};
use crate::in_parallel::in_parallel;
use crate::labels::Labels;
use crate::max_length::MaxLength;
use crate::tagged_corpus::TaggedCorpus;
use crate::targets::{IGNORE, Targets};
use crate::tokenizer::Tokenizer;
use crate::truncation::Truncate;

/// Which tokens of a word have its label. As in Hugging Face's examples of token classification.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LabelAlignment {
    /// The first; the others have [`IGNORE`].
    #[default]
    First,
    /// All; where the word begins an entity, `B-x`, the others have `I-x` if there is such a
    /// label.
    All,
}

/// Sentences as tokens, and where each word's tokens begin.
///
/// A word that truncation took away, or that the tokenizer makes no token of, has no place. What is
/// predicted for a word is what is predicted for its first token.
///
/// ```
/// use sconce_text_pipeline::{
///     LabelAlignment, Labels, Normalizer, PreTokenizer, TagReadOptions, TaggedCorpus,
///     TokenDataset, VocabularyOptions, WordTokenizer,
/// };
///
/// let conll = "Peter B-PER\nBlackburn I-PER\nsings O\n";
/// let corpus =
///     TaggedCorpus::from_reader(conll.as_bytes(), "a.conll", &TagReadOptions::default())?;
/// let labels = Labels::build(corpus.tags())?;
/// let (normalizer, words) = (Normalizer::default(), VocabularyOptions::default());
/// let words = WordTokenizer::train(&[conll], normalizer, PreTokenizer::Whitespace, &words)?;
///
/// let dataset = TokenDataset::encode(&words, &corpus, Some(&labels), LabelAlignment::First, None)?;
/// assert_eq!(dataset.encoded().targets().tokens(), Some(&[0, 1, 2][..]));
/// assert_eq!(dataset.first_tokens(0), [0, 1, 2]);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct TokenDataset {
    encoded: EncodedDataset,
    /// The first token of each word in its row, or `IGNORE`.
    first_tokens: Vec<u32>,
    /// Where the words of each sentence begin in `first_tokens`.
    word_offsets: Vec<usize>,
    n_words_lost: usize,
}

/// What becomes of one sentence.
struct Row {
    encoding: Encoding,
    targets: Vec<u32>,
    first_tokens: Vec<u32>,
}

impl TokenDataset {
    /// Encodes sentences in parallel, each to at most `max_length` tokens.
    ///
    /// With `labels` the tokens get targets; without, there are none. A sentence over the limit
    /// loses its last words and is counted by [`EncodedDataset::n_truncated`].
    ///
    /// # Errors
    /// If a sentence has no tags or one that is not among `labels`, cannot be tokenized, or is too
    /// long under [`MaxLength::Refuse`]; with the place of the sentence.
    pub fn encode(
        tokenizer: &dyn Tokenizer,
        corpus: &TaggedCorpus,
        labels: Option<&Labels>,
        alignment: LabelAlignment,
        max_length: impl Into<MaxLength>,
    ) -> Result<Self> {
        let max_length = max_length.into();
        let inside = labels.map(inside_labels).unwrap_or_default();
        let sentences = corpus.sentences();
        let encode = |row: usize| -> Result<Row> {
            let sentence = &sentences[row];
            let place = || corpus.place(row);
            let words: Vec<&str> = sentence.tokens.iter().map(String::as_str).collect();
            let encoding = max_length
                .encode(tokenizer, Input::Words(&words), row, Truncate::LongestFirst)
                .map_err(|error| error.at(place()))?;
            let classes = match labels {
                None => None,
                Some(_) if sentence.tags.len() != words.len() => {
                    return Err(Error::NoLabel { place: place() });
                }
                Some(labels) => {
                    Some(labels.ids(&sentence.tags).map_err(|error| error.at(place()))?)
                }
            };
            let inside = Some(&inside).filter(|_| alignment == LabelAlignment::All);
            let targets = classes.map(|classes| align(&encoding, &classes, inside));
            let first_tokens = first_tokens(&encoding, words.len());
            Ok(Row { encoding, targets: targets.unwrap_or_default(), first_tokens })
        };
        let mut rows = Rows::with_capacity(0, sentences.len());
        let (mut targets, mut first_tokens) = (Vec::new(), Vec::new());
        let mut word_offsets = vec![0];
        in_parallel(sentences.len(), encode, |_, row| {
            rows.push(&row.encoding);
            targets.extend_from_slice(&row.targets);
            first_tokens.extend_from_slice(&row.first_tokens);
            word_offsets.push(first_tokens.len());
        })?;
        let targets = if labels.is_some() { Targets::Tokens(targets) } else { Targets::None };
        let n_words_lost = first_tokens.iter().filter(|token| **token == IGNORE).count();
        Ok(Self { encoded: rows.finish(targets)?, first_tokens, word_offsets, n_words_lost })
    }

    /// The sentences as rows, with [`Targets::Tokens`].
    pub fn encoded(&self) -> &EncodedDataset {
        &self.encoded
    }

    /// The first token of each word of a sentence, counted from the first of the row; [`IGNORE`]
    /// for a word without tokens. As with a slice, a sentence past the end is a panic.
    pub fn first_tokens(&self, row: usize) -> &[u32] {
        &self.first_tokens[self.word_offsets[row]..self.word_offsets[row + 1]]
    }

    /// How many words have no token: cut off, or nothing to the tokenizer.
    pub fn n_words_lost(&self) -> usize {
        self.n_words_lost
    }

    /// What each word of a sentence is predicted as, given that of every token of its row;
    /// [`IGNORE`] for a word without tokens.
    ///
    /// # Errors
    /// If there is not one prediction for each token of the row.
    pub fn words_of(&self, row: usize, predicted: &[u32]) -> Result<Vec<u32>> {
        let n_tokens = self.encoded.tokens_of(row)?.len();
        if predicted.len() != n_tokens {
            let (found, expected, unit) = (predicted.len(), n_tokens, "token");
            return Err(Error::TargetCount { found, expected, unit });
        }
        let of_word = |token: &u32| predicted.get(*token as usize).copied().unwrap_or(IGNORE);
        Ok(self.first_tokens(row).iter().map(of_word).collect())
    }
}

/// For each class `B-x` that has an `I-x` beside it, that one.
fn inside_labels(labels: &Labels) -> FxHashMap<u32, u32> {
    let inside = |(id, name): (usize, &String)| {
        let name = name.strip_prefix("B-")?;
        Some((id as u32, labels.id(&format!("I-{name}")).ok()?))
    };
    labels.names().iter().enumerate().filter_map(inside).collect()
}

/// The class of each token. `inside` is there if later tokens of a word have one as well.
fn align(encoding: &Encoding, classes: &[u32], inside: Option<&FxHashMap<u32, u32>>) -> Vec<u32> {
    let mut before = None;
    let mut class_of = |word: Option<u32>| {
        let is_first = word.is_some() && word != before;
        before = word;
        let class = word.and_then(|word| classes.get(word as usize)).copied();
        match (class, is_first, inside) {
            (Some(class), true, _) => class,
            (Some(class), false, Some(inside)) => inside.get(&class).copied().unwrap_or(class),
            _ => IGNORE,
        }
    };
    encoding.word_ids.iter().map(|word| class_of(*word)).collect()
}

fn first_tokens(encoding: &Encoding, n_words: usize) -> Vec<u32> {
    let mut first = vec![IGNORE; n_words];
    for (token, word) in encoding.word_ids.iter().enumerate() {
        let place = word.and_then(|word| first.get_mut(word as usize));
        if let Some(place) = place.filter(|place| **place == IGNORE) {
            *place = token as u32;
        }
    }
    first
}

#[cfg(test)]
mod tests;
