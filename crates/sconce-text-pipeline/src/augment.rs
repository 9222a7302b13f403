//! Texts changed a little, for more to train on: words left out and swapped (EDA, Wei and Zou
//! 2019, arXiv:1901.11196), typing mistakes, other case.
//!
//! What happens to a row follows from the seed and the number of the row alone, whatever thread
//! changes it and whichever rows are changed beside it.

mod keyboard;
mod units;
mod words;

use rayon::prelude::*;

use self::units::Units;
use crate::error::{Result, WordsError};
use crate::sampler::random;
use crate::tag_scheme::TagScheme;
use crate::tagged_corpus::TaggedSentence;

/// One kind of change. A rate is between 0, which changes nothing, and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Augmentation {
    /// Each word is left out with this probability. One word always stays.
    DeleteWords(f64),
    /// As many times as this share of the words, at least once, two words change places.
    SwapWords(f64),
    /// Each letter or digit is mistyped with this probability: left out, typed beside the right
    /// key, typed with another one, or before the one it should follow.
    Typos(f64),
    /// Each word is written in small letters, in capitals, or with a capital first, with this
    /// probability; which of the three it is is drawn too.
    Case(f64),
    /// Each word is written in small letters with this probability.
    Lowercase(f64),
    /// Each word is written in capitals with this probability.
    Uppercase(f64),
}

/// Changes texts, each in its own way, which a seed and the number of the row decide.
///
/// ```
/// use sconce_text_pipeline::{Augmentation, Augmenter};
///
/// let augmenter = Augmenter::new(42, [Augmentation::SwapWords(0.1)])?;
/// let text = "the plot is thin";
/// let changed = augmenter.text(text, 0);
/// assert_ne!(changed, text);
/// assert_eq!(changed.split(' ').count(), 4);
/// assert_eq!(augmenter.text(text, 0), changed);
/// # Ok::<(), sconce_text_pipeline::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Augmenter {
    seed: u64,
    steps: Vec<Augmentation>,
}

impl Augmenter {
    /// Makes these changes one after the other.
    ///
    /// # Errors
    /// If a rate is not between 0 and 1.
    pub fn new(seed: u64, steps: impl IntoIterator<Item = Augmentation>) -> Result<Self> {
        let steps: Vec<Augmentation> = steps.into_iter().collect();
        for step in &steps {
            let (name, value) = step.rate();
            if !(0.0..=1.0).contains(&value) {
                return Err(WordsError::InvalidRate { name, value }.into());
            }
        }
        Ok(Self { seed, steps })
    }

    /// The text of a row, changed. Words are what stands between white space, which stays.
    pub fn text(&self, text: &str, row: u64) -> String {
        let mut units = Units::of_text(text);
        self.apply(&mut units, row);
        units.text()
    }

    /// So many changed forms of each text, made in parallel: those of the first text, then those
    /// of the second, and so on.
    pub fn texts<S: AsRef<str> + Sync>(&self, texts: &[S], n_copies: usize) -> Vec<String> {
        let changed = |place: usize| {
            texts.get(place / n_copies.max(1)).map(|text| self.text(text.as_ref(), place as u64))
        };
        (0..texts.len() * n_copies).into_par_iter().filter_map(changed).collect()
    }

    /// A tagged sentence, changed: each word keeps its tag, and the words of an entity stay
    /// together; entities are left out and swapped as single words are.
    ///
    /// # Errors
    /// If the tags are not of this scheme, or not as many as the words.
    pub fn sentence(
        &self,
        sentence: &TaggedSentence,
        scheme: TagScheme,
        row: u64,
    ) -> Result<TaggedSentence> {
        let mut units = Units::of_sentence(sentence, scheme)?;
        self.apply(&mut units, row);
        Ok(units.sentence(scheme))
    }

    fn apply(&self, units: &mut Units, row: u64) {
        let mut random = random(self.seed, row);
        for step in &self.steps {
            match *step {
                Augmentation::DeleteWords(rate) => units.delete(rate, &mut random),
                Augmentation::SwapWords(rate) => units.swap(rate, &mut random),
                Augmentation::Typos(rate) => {
                    units.for_each_word(|word| words::mistype(word, rate, &mut random));
                }
                Augmentation::Case(rate) => units.for_each_word(|word| {
                    let case = words::CASES[random.usize(..words::CASES.len())];
                    words::recase(word, case, rate, &mut random);
                }),
                Augmentation::Lowercase(rate) => units.for_each_word(|word| {
                    words::recase(word, words::Case::Lower, rate, &mut random);
                }),
                Augmentation::Uppercase(rate) => units.for_each_word(|word| {
                    words::recase(word, words::Case::Upper, rate, &mut random);
                }),
            }
        }
    }
}

impl Augmentation {
    fn rate(&self) -> (&'static str, f64) {
        match *self {
            Self::DeleteWords(rate) => ("rate of deleted words", rate),
            Self::SwapWords(rate) => ("rate of swapped words", rate),
            Self::Typos(rate) => ("rate of typing mistakes", rate),
            Self::Case(rate) => ("rate of words in another case", rate),
            Self::Lowercase(rate) => ("rate of words in small letters", rate),
            Self::Uppercase(rate) => ("rate of words in capitals", rate),
        }
    }
}

#[cfg(test)]
mod tests;
