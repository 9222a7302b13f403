//! Files of weights, mapped into memory, of whichever format their first bytes say.
#![allow(unsafe_code)]

use std::fs::File;
use std::path::Path;

use candle_core::{Error, Result};
use memmap2::Mmap;

use super::raw::Raw;
use super::{safetensors_header, torch_archive};

/// A mapped file.
pub(super) struct WeightFile {
    map: Mmap,
}

impl WeightFile {
    /// Maps a file and lists its tensors by name.
    pub(super) fn open(path: &Path, section: Option<&str>) -> Result<(Self, Vec<(String, Raw)>)> {
        let tensors = map(path).and_then(|file| {
            let tensors = list(file.bytes(), section)?;
            Ok((file, tensors))
        });
        tensors.map_err(|reason| {
            Error::Msg(format!("weights: cannot read {}: {reason}", path.display()))
        })
    }

    /// All of the file.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Some bytes of the file, for as long as a tensor is read from them.
    pub(super) fn pages(&self, start: usize, n_bytes: usize) -> Pages<'_> {
        Pages { map: &self.map, start, n_bytes }
    }
}

/// Some bytes of a mapped file. When it is dropped, their pages no longer count as memory of this
/// process: a model that has been read would be there twice otherwise.
#[cfg_attr(not(unix), allow(dead_code, reason = "nothing is given back there"))]
pub(super) struct Pages<'a> {
    map: &'a Mmap,
    start: usize,
    n_bytes: usize,
}

#[cfg(unix)]
impl Drop for Pages<'_> {
    fn drop(&mut self) {
        // Fewer are not worth the call.
        const LEAST: usize = 1 << 16;
        if self.n_bytes < LEAST {
            return;
        }
        let advice = memmap2::UncheckedAdvice::DontNeed;
        // SAFETY: the map is of a file and never written, so a page that is given back is read
        // again from the file by whoever still looks at it, with the same bytes.
        let advised = unsafe { self.map.unchecked_advise_range(advice, self.start, self.n_bytes) };
        // Advice that is not taken costs memory and nothing else.
        drop(advised);
    }
}

fn map(path: &Path) -> std::result::Result<WeightFile, String> {
    let file = File::open(path).map_err(|error| error.to_string())?;
    let metadata = file.metadata().map_err(|error| error.to_string())?;
    if metadata.is_dir() {
        return Err("it is a folder".into());
    }
    if metadata.len() == 0 {
        return Err("the file is empty".into());
    }
    // SAFETY: a map of a file is only sound while nobody shortens or rewrites the file. Bundles
    // and Hugging Face folders are written beside and renamed, never changed in place; the
    // contract is the one of every reader of mapped weights.
    let map = unsafe { Mmap::map(&file) }.map_err(|error| error.to_string())?;
    Ok(WeightFile { map })
}

fn list(bytes: &[u8], section: Option<&str>) -> std::result::Result<Vec<(String, Raw)>, String> {
    if bytes.starts_with(b"version https://git-lfs") {
        return Err(
            "it is a pointer of Git LFS, not the weights; `git lfs pull` fetches them".into()
        );
    }
    if bytes.starts_with(b"PK\x03\x04") {
        return torch_archive::tensors(bytes, section);
    }
    if is_bare_pickle(bytes) {
        return Err("it is a pickle in the format of PyTorch before 1.6, which is not read here; \
                    in Python, write `torch.load(..)` again with today's `torch.save`, or with \
                    `safetensors.torch.save_file`"
            .into());
    }
    safetensors_header::tensors(bytes)
}

/// A pickle begins with its protocol, a safetensors file with the length of its header, whose upper
/// four bytes are zero.
fn is_bare_pickle(bytes: &[u8]) -> bool {
    matches!(bytes, [0x80, 2..=5, _, _, rest @ ..] if rest.get(..4).is_some_and(|rest| rest != [0; 4]))
}
