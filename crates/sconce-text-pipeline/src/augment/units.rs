//! What words are left out and swapped by: a word, or the words of an entity.

use fastrand::Rng;

use crate::error::{Result, WordsError};
use crate::tag_scheme::{TagScheme, TagSpan};
use crate::tagged_corpus::TaggedSentence;

/// Words that stay together, and what they are.
#[derive(Debug, Clone, Default)]
struct Unit {
    words: Vec<String>,
    /// The label of an entity, or the tag of a plain word; none where there are no tags.
    label: Option<String>,
    is_entity: bool,
}

/// A text or sentence as a list of units.
#[derive(Debug, Clone, Default)]
pub(super) struct Units {
    units: Vec<Unit>,
    /// The white space before each unit of a text; a sentence has none.
    gaps: Vec<String>,
    /// The white space at the end of a text.
    end: String,
}

impl Units {
    pub(super) fn of_text(text: &str) -> Self {
        let mut units = Self::default();
        let mut rest = text;
        loop {
            let word = rest.trim_start();
            let (gap, _) = rest.split_at(rest.len() - word.len());
            if word.is_empty() {
                units.end = gap.to_owned();
                return units;
            }
            let (word, after) = word.split_at(word.find(char::is_whitespace).unwrap_or(word.len()));
            units.gaps.push(gap.to_owned());
            units.units.push(Unit { words: vec![word.to_owned()], ..Unit::default() });
            rest = after;
        }
    }

    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        for (gap, unit) in self.gaps.iter().zip(&self.units) {
            text.push_str(gap);
            unit.words.iter().for_each(|word| text.push_str(word));
        }
        text + &self.end
    }

    pub(super) fn of_sentence(sentence: &TaggedSentence, scheme: TagScheme) -> Result<Self> {
        let TaggedSentence { tokens, tags } = sentence;
        if !tags.is_empty() && tags.len() != tokens.len() {
            return Err(WordsError::TagCount { n_tags: tags.len(), n_words: tokens.len() }.into());
        }
        let spans = scheme.spans(tags)?;
        let mut units = Vec::new();
        let (mut at, mut spans) = (0, spans.iter().peekable());
        while at < tokens.len() {
            let span = spans.next_if(|span| span.start == at);
            let end = span.map_or(at + 1, |span| span.end);
            let label = match span {
                Some(span) => Some(span.label.to_owned()),
                None => tags.get(at).cloned(),
            };
            let is_entity = span.is_some();
            units.push(Unit { words: tokens[at..end].to_vec(), label, is_entity });
            at = end;
        }
        Ok(Self { units, ..Self::default() })
    }

    pub(super) fn sentence(self, scheme: TagScheme) -> TaggedSentence {
        let (mut tokens, mut tags, mut spans) = (Vec::new(), Vec::new(), Vec::new());
        for unit in &self.units {
            let start = tokens.len();
            tokens.extend(unit.words.iter().cloned());
            match &unit.label {
                Some(label) if unit.is_entity => {
                    spans.push(TagSpan { start, end: tokens.len(), label });
                    // Written over below.
                    tags.resize(tokens.len(), String::new());
                }
                label => tags.extend(label.clone()),
            }
        }
        // An entity may have come to stand beside another: what its tags are depends on that.
        let of_scheme = scheme.tags(&spans, tokens.len());
        for span in spans {
            tags[span.start..span.end].clone_from_slice(&of_scheme[span.start..span.end]);
        }
        TaggedSentence { tokens, tags }
    }

    pub(super) fn delete(&mut self, rate: f64, random: &mut Rng) {
        if self.units.len() < 2 {
            return;
        }
        let mut kept: Vec<bool> = self.units.iter().map(|_| random.f64() >= rate).collect();
        if !kept.contains(&true) {
            let only = random.usize(..kept.len());
            kept[only] = true;
        }
        // The text begins as it did, whichever word is the first.
        let first = self.gaps.first().cloned();
        let mut keep = kept.iter();
        self.units.retain(|_| keep.next() == Some(&true));
        let mut keep = kept.iter();
        self.gaps.retain(|_| keep.next() == Some(&true));
        if let (Some(gap), Some(first)) = (self.gaps.first_mut(), first) {
            *gap = first;
        }
    }

    pub(super) fn swap(&mut self, rate: f64, random: &mut Rng) {
        let n = self.units.len();
        if n < 2 || rate == 0.0 {
            return;
        }
        for _ in 0..((rate * n as f64) as usize).max(1) {
            let first = random.usize(..n);
            // One of the others, each as likely.
            let second = (first + random.usize(1..n)) % n;
            self.units.swap(first, second);
        }
    }

    pub(super) fn for_each_word(&mut self, f: impl FnMut(&mut String)) {
        self.units.iter_mut().flat_map(|unit| &mut unit.words).for_each(f);
    }
}
