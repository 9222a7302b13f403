//! The texts that a tokenizer is trained on.

use std::path::{Path, PathBuf};

use sconce_text_pipeline::{
    Example, ExampleReader, Need, Result, SubwordTokenizer, SubwordTrainer,
};

use crate::options::ColumnOptions;

/// Trains on files: on lines as they are if all are plain text, else on texts of data files.
pub fn train(
    trainer: SubwordTrainer<'_>,
    files: &[PathBuf],
    columns: &ColumnOptions,
) -> Result<SubwordTokenizer> {
    if files.iter().all(|file| is_plain(file)) && !columns.lossy {
        return trainer.train_files(files);
    }
    let options = columns.read_options(Need::Optional);
    let examples = files.iter().flat_map(|file| match ExampleReader::open(file, &options) {
        Ok(reader) => Box::new(reader) as Box<dyn Iterator<Item = Result<Example>>>,
        Err(error) => Box::new(std::iter::once(Err(error))),
    });
    // Words of second texts are words as well.
    let texts = examples.flat_map(|example| match example {
        Ok(Example { text, pair, .. }) => [Some(Ok(text)), pair.map(Ok)],
        Err(error) => [Some(Err(error)), None],
    });
    trainer.try_train(texts.flatten())
}

/// The bytes of all files, if they are what is read: unpacked text.
pub fn total(files: &[PathBuf]) -> Option<u64> {
    let size = |file: &PathBuf| file.metadata().ok().filter(|_| is_plain(file)).map(|m| m.len());
    files.iter().map(size).sum()
}

fn is_plain(file: &Path) -> bool {
    file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("txt"))
}
