//! Bringing a vocabulary together with another list of words, such as that of pretrained vectors,
//! and where the rows of a matrix go then.

use super::Vocabulary;

impl Vocabulary {
    /// Adds the words that are not there yet, in their order, behind all others, whose ids stay;
    /// gives the id of each word.
    ///
    /// So a model learns new words: the rows of its matrix stay where they are, and new ones come
    /// behind them.
    ///
    /// ```
    /// use sconce_text_pipeline::Vocabulary;
    ///
    /// let mut vocabulary = Vocabulary::from_tokens(["<unk>", "film"])?;
    /// assert_eq!(vocabulary.extend(["the", "film", "plot"]), [2, 1, 3]);
    /// # Ok::<(), sconce_text_pipeline::Error>(())
    /// ```
    pub fn extend<S: AsRef<str>>(&mut self, words: impl IntoIterator<Item = S>) -> Vec<u32> {
        words.into_iter().map(|word| self.index.get_or_add(word.as_ref()).0).collect()
    }

    /// Leaves out the tokens that `keep` refuses, and moves the others up; gives the new id of
    /// each old one. If the default token goes there is none any more.
    ///
    /// ```
    /// use sconce_text_pipeline::Vocabulary;
    ///
    /// let mut vocabulary = Vocabulary::from_tokens(["<unk>", "filn", "film"])?;
    /// let vectors = ["film", "plot"];
    /// let new = vocabulary.retain(|token| token == "<unk>" || vectors.contains(&token));
    /// assert_eq!(new, [Some(0), None, Some(1)]);
    /// # Ok::<(), sconce_text_pipeline::Error>(())
    /// ```
    pub fn retain(&mut self, mut keep: impl FnMut(&str) -> bool) -> Vec<Option<u32>> {
        let mut kept = Self::default();
        let mut new_ids = Vec::with_capacity(self.len());
        for token in self.tokens() {
            new_ids.push(keep(token).then(|| kept.index.get_or_add(token).0));
        }
        kept.default_id =
            self.default_id.and_then(|id| new_ids.get(id as usize).copied().flatten());
        *self = kept;
        new_ids
    }

    /// For each token the id that it has in another vocabulary: the row of an old matrix that
    /// belongs into each row of a new one.
    pub fn ids_in(&self, other: &Self) -> Vec<Option<u32>> {
        self.tokens().map(|token| other.id(token)).collect()
    }
}
