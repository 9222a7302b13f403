//! How rows are handed to threads: in groups whose size depends on the shape alone, so that no
//! result depends on the number of threads.

/// Elements that one task takes, in whole rows: 16 KiB of `f32`, a third of a first-level cache.
const ELEMENTS: usize = 1 << 12;

/// Rows of `dim` elements that one task takes.
pub(crate) fn rows_per_task(dim: usize) -> usize {
    (ELEMENTS / dim.max(1)).max(1)
}

/// Splits `data` into `n` pieces of `length` elements, the last one shorter; pieces that nothing is
/// left for are empty, as are all of them if there is no data.
pub(crate) fn pieces_mut<T>(data: &mut [T], n: usize, length: usize) -> Vec<&mut [T]> {
    let mut pieces: Vec<&mut [T]> = data.chunks_mut(length.max(1)).collect();
    pieces.resize_with(n.max(pieces.len()), Default::default);
    pieces
}
