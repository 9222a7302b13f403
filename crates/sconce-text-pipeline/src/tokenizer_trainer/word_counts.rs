//! The words of a collection of texts and how often each occurs: what trainers learn from.

use std::ops::Range;

/// Different words in the order of their bytes, with their numbers of occurrences.
///
/// ```
/// use sconce_text_pipeline::WordCounts;
///
/// let counts: WordCounts = [("b", 2), ("a", 1), ("b", 1 << 40)].into_iter().collect();
/// assert_eq!(counts.iter().collect::<Vec<_>>(), [("a", 1), ("b", (1 << 40) + 2)]);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WordCounts {
    text: String,
    /// Where each word ends in `text`.
    ends: Vec<usize>,
    counts: Vec<u64>,
}

impl WordCounts {
    /// The number of different words.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of all occurrences.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The bytes of all different words together.
    pub fn n_bytes(&self) -> usize {
        self.text.len()
    }

    /// The words and their counts, in the order of the words' bytes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, u64)> {
        self.range(0..self.len())
    }

    /// Some of them, by their places.
    pub(super) fn range(&self, words: Range<usize>) -> impl ExactSizeIterator<Item = (&str, u64)> {
        words.map(|word| (self.word(word), self.counts[word]))
    }

    /// The word with a number.
    fn word(&self, word: usize) -> &str {
        let start = word.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.text[start..self.ends[word]]
    }

    /// Adds a word behind all others, whatever its place should be.
    pub(super) fn push(&mut self, word: &str, count: u64) {
        self.text.push_str(word);
        self.ends.push(self.text.len());
        self.counts.push(count);
    }

    /// Brings words into their order, and joins the counts of equal ones.
    pub(super) fn sorted(self) -> Self {
        let head = |word: usize| {
            let mut head = [0; 8];
            let bytes = self.word(word).as_bytes();
            let n = bytes.len().min(8);
            head[..n].copy_from_slice(&bytes[..n]);
            u64::from_be_bytes(head)
        };
        // The first bytes decide nearly always, and are at hand without a look at the text.
        let mut order: Vec<(u64, usize)> = (0..self.len()).map(|word| (head(word), word)).collect();
        order.sort_unstable_by(|a, b| {
            a.0.cmp(&b.0).then_with(|| self.word(a.1).cmp(self.word(b.1)))
        });
        let mut sorted = Self {
            text: String::with_capacity(self.text.len()),
            ends: Vec::with_capacity(self.len()),
            counts: Vec::with_capacity(self.len()),
        };
        for (_, word) in order {
            let (text, count) = (self.word(word), self.counts[word]);
            let is_same = sorted.len().checked_sub(1).is_some_and(|last| sorted.word(last) == text);
            match sorted.counts.last_mut() {
                Some(last) if is_same => *last += count,
                _ => sorted.push(text, count),
            }
        }
        sorted
    }
}

impl<S: AsRef<str>> FromIterator<(S, u64)> for WordCounts {
    fn from_iter<I: IntoIterator<Item = (S, u64)>>(words: I) -> Self {
        let mut counts = Self::default();
        words.into_iter().for_each(|(word, count)| counts.push(word.as_ref(), count));
        counts.sorted()
    }
}
