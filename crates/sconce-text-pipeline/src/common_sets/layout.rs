//! Where the parts of the common data sets lie.

use std::fs;
use std::path::{Path, PathBuf};

use super::{CommonSet, Part, below};
use crate::error::{DataError, Error, Result};

/// The file, or folder, of a part.
pub(super) fn find(set: CommonSet, folder: &Path, part: Part) -> Result<PathBuf> {
    if !folder.is_dir() {
        return Err(Error::FileMissing { path: folder.display().to_string() });
    }
    let wanted = candidates(set, part);
    for name in &wanted {
        let found = match name.strip_prefix('*') {
            Some(ending) => with_ending(folder, ending)?,
            None => packed_or_not(&below(folder, name)),
        };
        if let Some(found) = found {
            return Ok(found);
        }
    }
    let part = match part {
        Part::Train => "training",
        Part::Validation => "validation",
        Part::Test => "test",
    };
    let looked_for = match wanted.as_slice() {
        [] => "none, for none was published".to_owned(),
        wanted => wanted.join(", "),
    };
    let folder = folder.display().to_string();
    Err(DataError::PartMissing { folder, set: set.name(), part, looked_for }.into())
}

/// A file of that name, or packed.
pub(super) fn packed_or_not(path: &Path) -> Option<PathBuf> {
    let packed = |ending: &str| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        path.with_file_name(format!("{name}{ending}"))
    };
    [path.to_owned(), packed(".gz"), packed(".zst")].into_iter().find(|path| path.exists())
}

/// The file whose name has that ending, the first by name.
fn with_ending(folder: &Path, ending: &str) -> Result<Option<PathBuf>> {
    let io = |source| Error::io(&folder.display().to_string(), source);
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).map_err(io)? {
        let path = entry.map_err(io)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let plain = name.strip_suffix(".gz").or(name.strip_suffix(".zst")).unwrap_or(&name);
        if plain.ends_with(ending) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found.into_iter().next())
}

/// The names under which a part is known, the published one first; `*` stands for any beginning.
fn candidates(set: CommonSet, part: Part) -> Vec<String> {
    use CommonSet::{
        AgNews, Conll2000, Conll2003, Imdb, Mnli, Mrpc, Multi30k, Ptb, Squad, Squad2, Sst2,
        Sst2Phrases, Sst5, Sst5Phrases, StsB, Trec, TrecFine, UniversalDependencies, WikiText,
    };
    // The names of the parts differ from set to set.
    let named = |train: &str, validation: &str, test: &str| match part {
        Part::Train => train.to_owned(),
        Part::Validation => validation.to_owned(),
        Part::Test => test.to_owned(),
    };
    let (dev, valid) = (named("train", "dev", "test"), named("train", "valid", "test"));
    let names = match set {
        AgNews => vec![named("train.csv", "", "test.csv")],
        Imdb => {
            let part = named("train", "", "test");
            vec![part.clone(), format!("aclImdb/{part}"), format!("{part}.jsonl")]
        }
        Sst2 | Sst5 | Sst2Phrases | Sst5Phrases => {
            vec![format!("trees/{dev}.txt"), format!("{dev}.txt")]
        }
        Trec | TrecFine => vec![named("train_5500.label", "", "TREC_10.label")],
        Conll2000 => vec![named("train.txt", "", "test.txt")],
        Conll2003 => vec![named("eng.train", "eng.testa", "eng.testb"), format!("{valid}.txt")],
        UniversalDependencies => vec![format!("*-ud-{dev}.conllu")],
        Squad => vec![named("train-v1.1.json", "dev-v1.1.json", "")],
        Squad2 => vec![named("train-v2.0.json", "dev-v2.0.json", "")],
        WikiText => vec![format!("wiki.{valid}.tokens"), format!("wiki.{valid}.raw")],
        Ptb => vec![format!("ptb.{valid}.txt")],
        Multi30k => vec![
            named("train.en", "val.en", "test_2016_flickr.en"),
            named("", "", "test2016.en"),
            named("", "", "flickr30k.test.en"),
        ],
        StsB => vec![format!("sts-{dev}.csv"), format!("stsb-en-{dev}.csv"), format!("{dev}.tsv")],
        Mrpc => vec![
            format!("{dev}.tsv"),
            named("msr_paraphrase_train.txt", "", "msr_paraphrase_test.txt"),
        ],
        Mnli => vec![named("train.tsv", "dev_matched.tsv", "test_matched.tsv")],
        _ => vec![format!("{dev}.tsv")],
    };
    // A part that was not published has no name.
    names.into_iter().filter(|name| !name.is_empty() && !name.ends_with('/')).collect()
}
