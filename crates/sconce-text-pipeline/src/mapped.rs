//! Columns of numbers in a memory-mapped file. The crate's one place of `unsafe`.
#![allow(unsafe_code)]

use std::fs::File;
use std::io;
use std::marker::PhantomData;
use std::ops::{Deref, Range};
use std::sync::Arc;

use memmap2::Mmap;

/// A number that any bytes of its size stand for. Private, so only the types below are such.
trait Sealed {}

/// What a mapped column may hold.
#[allow(private_bounds, reason = "no other type may become one")]
pub(crate) trait Number: Copy + Sealed + 'static {}

macro_rules! numbers {
    ($($number:ty),*) => { $(impl Sealed for $number {} impl Number for $number {})* };
}

numbers!(u8, u16, u32, usize, f32);

/// The whole content of a file that nobody writes to.
#[derive(Debug, Clone)]
pub(crate) struct MappedFile(Arc<Mmap>);

impl MappedFile {
    /// Maps a file, which must not be empty.
    pub(crate) fn new(file: &File) -> io::Result<Self> {
        // SAFETY: the map is read-only. Files of this crate appear by renaming a whole file, so a
        // writer of the same path leaves the mapped one as it is. A foreign process that shortens
        // or overwrites the very file can break that; no operating system offers a defence short
        // of copying it first, so the public readers state it as their condition.
        let map = unsafe { Mmap::map(file) }?;
        Ok(Self(Arc::new(map)))
    }

    /// The numbers in a range of bytes; none if it is not in the file, begins at a place where
    /// such a number may not lie, or ends within one.
    pub(crate) fn column<T: Number>(&self, bytes: Range<usize>) -> Option<Mapped<T>> {
        let slice = self.get(bytes.clone())?;
        let is_aligned = slice.as_ptr().align_offset(align_of::<T>()) == 0;
        if !is_aligned || !slice.len().is_multiple_of(size_of::<T>()) {
            return None;
        }
        let len = slice.len() / size_of::<T>();
        Some(Mapped { file: self.clone(), start: bytes.start, len, number: PhantomData })
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A list of numbers in a mapped file, which stays mapped as long as any of its lists lives.
#[derive(Debug, Clone)]
pub(crate) struct Mapped<T> {
    file: MappedFile,
    /// The first byte.
    start: usize,
    /// The number of numbers.
    len: usize,
    number: PhantomData<T>,
}

impl<T: Number> Deref for Mapped<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        let start = self.file[self.start..].as_ptr();
        // SAFETY: `MappedFile::column` checked that `len` numbers lie in the map from `start` on
        // and that this place is aligned for them; a map never moves, and `self.file` keeps it.
        // `Number` is implemented above for types alone of which every pattern of bits is a value.
        unsafe { std::slice::from_raw_parts(start.cast::<T>(), self.len) }
    }
}
