//! A folder of texts: a file each, in folders named for the classes (as IMDB's `aclImdb`), or in
//! one folder without any.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rayon::prelude::*;

use super::field::{self, Place};
use super::lines::owned;
use super::{Example, Need, ReadOptions};
use crate::error::{DataError, Error, Result};
use crate::rows::{Found, Rows};
use crate::text_source::TextSource;

/// Files that are read at once.
const N_AT_ONCE: usize = 256;

/// The files of a folder, those of one class after those of another.
pub(crate) struct Folder {
    files: std::vec::IntoIter<(PathBuf, Option<Arc<str>>)>,
    options: ReadOptions,
    n_read: usize,
}

impl Folder {
    /// Lists the files, in the order of their names.
    pub(crate) fn new(path: &Path, options: &ReadOptions) -> Result<Self> {
        let (folders, files) = entries(path)?;
        let mut all: Vec<(PathBuf, Option<Arc<str>>)> = Vec::new();
        for folder in folders {
            let class: Arc<str> = name(&folder).into();
            let (_, files) = entries(&folder)?;
            all.extend(files.into_iter().map(|file| (file, Some(class.clone()))));
        }
        let path = || path.display().to_string();
        match (all.is_empty(), files.is_empty()) {
            (true, true) => return Err(DataError::NoTexts { path: path() }.into()),
            (true, false) if options.labels == Need::Required => {
                return Err(DataError::NoClassFolders { path: path() }.into());
            }
            (true, false) => all.extend(files.into_iter().map(|file| (file, None))),
            // Beside folders of classes, files are readme and the like.
            (false, _) => {}
        }
        Ok(Self { files: all.into_iter(), options: options.clone(), n_read: 0 })
    }

    fn read(&self, path: &Path, class: Option<&str>) -> Result<Example> {
        let file = path.display().to_string();
        let text = match TextSource::open(path, self.options.source()) {
            Ok(source) => source.read_to_end()?,
            Err(Error::EmptyFile { .. }) => String::new(),
            Err(error) => return Err(error),
        };
        let text = if text.contains('\r') { text.replace("\r\n", "\n") } else { text };
        let mut example = owned(text);
        let place = Place { path: &file, line: 1 };
        field::set_label(&mut example, class, &self.options, place)?;
        Ok(example)
    }
}

impl Rows<Example> for Folder {
    fn more(&mut self, found: &mut Found<Example>) -> Result<bool> {
        let files: Vec<(PathBuf, Option<Arc<str>>)> = self.files.by_ref().take(N_AT_ONCE).collect();
        let read = |(path, class): &(PathBuf, Option<Arc<str>>)| self.read(path, class.as_deref());
        let read: Vec<Result<Example>> = files.par_iter().map(read).collect();
        for ((path, _), example) in files.iter().zip(read) {
            self.n_read += 1;
            found.add(self.n_read, example?);
            found.files.push(path.display().to_string());
        }
        Ok(!files.is_empty())
    }
}

/// The folders and the files of texts in a folder, each in the order of their names. Hidden ones
/// are left out.
fn entries(path: &Path) -> Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let io = |source| Error::io(&path.display().to_string(), source);
    let (mut folders, mut files) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(path).map_err(io)? {
        let path = entry.map_err(io)?.path();
        if name(&path).starts_with('.') {
            continue;
        }
        match path.is_dir() {
            true => folders.push(path),
            false if crate::text_source::extension(&name(&path)) == "txt" => files.push(path),
            false => {}
        }
    }
    folders.sort();
    files.sort_by_cached_key(|file| by_number(&name(file)));
    Ok((folders, files))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// `2.txt` before `10.txt`, as people count.
fn by_number(name: &str) -> (char, usize, String) {
    let digits = name.find(|c: char| !c.is_ascii_digit()).unwrap_or(name.len());
    let n_digits = name[..digits].trim_start_matches('0').len();
    let first = if digits > 0 { Some('0') } else { name.chars().next() };
    (first.unwrap_or_default(), n_digits, name[digits - n_digits..].to_owned())
}
