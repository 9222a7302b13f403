//! The tokenizer of a model folder, in whichever files it lies there.
//!
//! What is no `tokenizer.json` is brought into the form of one first and read as such, so what is
//! saved again is what was used.

#[cfg(feature = "subword")]
mod byte_level;
#[cfg(feature = "subword")]
mod family;
#[cfg(feature = "subword")]
pub(crate) mod post_processor;
#[cfg(feature = "subword")]
pub(crate) mod sentence_piece;
#[cfg(feature = "subword")]
pub(crate) mod settings;
#[cfg(feature = "subword")]
mod word_piece;

use std::fs;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::tokenizer::{SUBWORD_FILE, Tokenizer};
use crate::word_tokenizer::WordTokenizer;

const WORD_PIECE_FILE: &str = "vocab.txt";
const BYTE_LEVEL_FILE: &str = "vocab.json";
const MERGES_FILE: &str = "merges.txt";
/// The names of SentencePiece models, the first that is there counts; else the only `*.model`.
const SENTENCE_PIECE_FILES: [&str; 4] =
    ["tokenizer.model", "spiece.model", "sentencepiece.bpe.model", "spm.model"];

/// Reads the tokenizer of a model folder.
///
/// The first of these that is there is read: `vocabulary.json` (a [`WordTokenizer`]),
/// `tokenizer.json`, `vocab.txt` (BERT's WordPiece), `vocab.json` with `merges.txt` (byte-level
/// byte-pair encoding of GPT-2, RoBERTa, Qwen2), and SentencePiece's `*.model` (ALBERT,
/// XLM-RoBERTa, CamemBERT, Llama, T5, or what the model itself says). `tokenizer_config.json`,
/// `special_tokens_map.json` and `added_tokens.json` are honoured; which family it is follows from
/// `tokenizer_class` there, else from `config.json`.
///
/// # Errors
/// If there is no such file, one is corrupt or lacks a token that its family needs, or the
/// family is not known.
pub fn load_tokenizer_folder(folder: &Path) -> Result<Box<dyn Tokenizer>> {
    let words = folder.join(WordTokenizer::FILE_NAME);
    if words.is_file() {
        return Ok(Box::new(WordTokenizer::from_bytes(&read(&words)?)?));
    }
    let Some(file) = find(folder)? else {
        return Err(Error::NoTokenizer { folder: folder.display().to_string() });
    };
    load_subword(folder, &file)
}

/// Reads a tokenizer from a model folder, or from one file of the kinds that lie there.
///
/// A file is read by its name: `vocabulary.json` (a [`WordTokenizer`]), `vocab.json` or
/// `merges.txt` (the other beside it), any other `*.txt` (a WordPiece vocabulary),
/// `*.model`
/// or `*.model.*` (SentencePiece); everything else is a `tokenizer.json`. The settings of the file's folder are
/// honoured as in [`load_tokenizer_folder`], but for those beside a `tokenizer.json`.
///
/// # Errors
/// As [`load_tokenizer_folder`].
pub fn load_tokenizer_path(path: &Path) -> Result<Box<dyn Tokenizer>> {
    if path.is_dir() {
        return load_tokenizer_folder(path);
    }
    let name = path.file_name().unwrap_or_default();
    if name == WordTokenizer::FILE_NAME {
        return Ok(Box::new(WordTokenizer::from_bytes(&read(path)?)?));
    }
    let extension = path.extension().unwrap_or_default();
    // Mistral's are called `tokenizer.model.v1`.
    let is_model =
        extension == "model" || extension != "json" && name.to_string_lossy().contains(".model.");
    if name == BYTE_LEVEL_FILE || extension == "txt" || is_model {
        // A missing file is named before one that would stand beside it.
        read(path)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        return load_subword(parent.unwrap_or(Path::new(".")), path);
    }
    load_json(path)
}

#[cfg(feature = "subword")]
fn load_json(path: &Path) -> Result<Box<dyn Tokenizer>> {
    Ok(Box::new(crate::subword_tokenizer::SubwordTokenizer::from_file(path)?))
}

#[cfg(not(feature = "subword"))]
fn load_json(path: &Path) -> Result<Box<dyn Tokenizer>> {
    Err(Error::FeatureMissing { file: path.display().to_string(), feature: "subword" })
}

#[cfg(not(feature = "subword"))]
fn load_subword(_folder: &Path, file: &Path) -> Result<Box<dyn Tokenizer>> {
    Err(Error::FeatureMissing { file: file.display().to_string(), feature: "subword" })
}

#[cfg(feature = "subword")]
fn load_subword(folder: &Path, file: &Path) -> Result<Box<dyn Tokenizer>> {
    use crate::subword_tokenizer::SubwordTokenizer;

    let settings = settings::Settings::read(folder)?;
    let name = file.file_name().unwrap_or_default();
    let parts = if name == SUBWORD_FILE {
        return Ok(Box::new(SubwordTokenizer::from_folder(read(file)?, file, &settings)?));
    } else if name == BYTE_LEVEL_FILE || name == MERGES_FILE {
        byte_level::read(&folder.join(BYTE_LEVEL_FILE), &folder.join(MERGES_FILE), &settings)?
    } else if file.extension().is_some_and(|extension| extension == "txt") {
        word_piece::read(file, &settings)?
    } else {
        sentence_piece::read(file, &settings)?
    };
    Ok(Box::new(SubwordTokenizer::from_parts(&parts, file, &settings)?))
}

fn find(folder: &Path) -> Result<Option<PathBuf>> {
    let names = [SUBWORD_FILE, WORD_PIECE_FILE, BYTE_LEVEL_FILE, MERGES_FILE];
    let known = names.into_iter().chain(SENTENCE_PIECE_FILES).map(|name| folder.join(name));
    if let Some(path) = known.into_iter().find(|path| path.is_file()) {
        return Ok(Some(path));
    }
    let failed = |source| Error::io(&folder.display().to_string(), source);
    let mut models = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if path.extension().is_some_and(|extension| extension == "model") && path.is_file() {
            models.push(path);
        }
    }
    Ok(models.pop().filter(|_| models.is_empty()))
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|source| Error::io(&path.display().to_string(), source))
}

#[cfg(test)]
#[cfg(feature = "subword")]
mod tests;
