//! Sentences out of lines with a word each.

use super::TaggedSentence;
use crate::rows::Found;

/// The sentence that is being read, and the line where it began.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    current: Option<(usize, TaggedSentence)>,
}

impl Sentence {
    pub(super) fn add(&mut self, line: usize, token: &str, tag: Option<&str>) {
        let (_, sentence) = self.current.get_or_insert_with(|| (line, TaggedSentence::default()));
        sentence.tokens.push(token.to_owned());
        sentence.tags.extend(tag.map(str::to_owned));
    }

    pub(super) fn end(&mut self, found: &mut Found<TaggedSentence>) {
        if let Some((line, sentence)) = self.current.take() {
            found.add(line, sentence);
        }
    }
}
