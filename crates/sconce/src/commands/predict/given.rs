//! Files of words.

use std::io::Write;
use std::path::Path;

use anyhow::Result;
use sconce_text_pipeline::{Input, Need, TagFormat, TagReadOptions, TaggedCorpus};

use super::{Options, SingleOptions, Writer, placed};

/// Sentences that are predicted before results are written.
const CHUNK: usize = 1024;

/// Endings of files of words.
const ENDINGS: [&str; 4] = ["conll", "conllu", "bio", "iob"];

/// Whether a file has words and not texts: by its ending, or because a column of words is named.
pub(super) fn is_of_words(path: &Path, options: &SingleOptions) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    options.token_column.is_some() || ENDINGS.contains(&ending.to_ascii_lowercase().as_str())
}

impl<W: Write> Writer<W> {
    /// Tags the sentences of a file.
    pub(super) fn tag_words(&mut self, path: &Path, options: &Options) -> Result<()> {
        let has_known_ending = path.extension().is_some_and(|ending| ending != "txt");
        let read = TagReadOptions {
            token_column: options.single.token_column.clone(),
            lossy: options.texts.columns.lossy,
            tags: Need::Optional,
            format: (!has_known_ending).then_some(TagFormat::Conll),
            ..TagReadOptions::default()
        };
        let corpus = TaggedCorpus::read(path, &read)?;
        for (chunk, sentences) in corpus.sentences().chunks(CHUNK).enumerate() {
            let words: Vec<Vec<&str>> = sentences
                .iter()
                .map(|sentence| sentence.tokens.iter().map(String::as_str).collect())
                .collect();
            let inputs: Vec<Input<'_>> = words.iter().map(|words| Input::Words(words)).collect();
            let found = self.predictor.tag(&inputs, self.single.aggregation);
            let found = found
                .map_err(|error| placed(error, &|index| corpus.place(chunk * CHUNK + index)))?;
            self.tagged(&found.rows, true)?;
            self.count(sentences.len(), found.n_truncated)?;
        }
        Ok(())
    }
}
