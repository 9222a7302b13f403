//! Which sentences go through time together.

use crate::offsets::Offsets;

/// Most sentences of a group: as many rows as the product of a time step keeps in registers.
const MOST: usize = 12;

/// Fewest sentences that are worth two groups.
const FEWEST: usize = 4;

/// Groups of sentences by falling length; sentences without tokens are in none. They depend on the
/// lengths alone, not on the number of threads.
pub(super) fn groups(offsets: &Offsets) -> Vec<Vec<usize>> {
    let length = |&row: &usize| offsets.range(row).len();
    let mut rows: Vec<usize> = (0..offsets.n_rows()).filter(|row| length(row) > 0).collect();
    rows.sort_by_key(|row| std::cmp::Reverse(length(row)));
    // A power of two, for as many threads to share evenly.
    let n_groups = match rows.len() {
        0 => return Vec::new(),
        n if n < FEWEST => 1,
        n => n.div_ceil(MOST).next_power_of_two().max(2),
    };
    let bounds = (0..n_groups).map(|i| i * rows.len() / n_groups..(i + 1) * rows.len() / n_groups);
    bounds.map(|bounds| rows[bounds].to_vec()).collect()
}

/// A buffer of `width` elements a token as one piece for each sentence.
pub(super) fn by_sentence<'a, T>(
    mut data: &'a mut [T],
    offsets: &Offsets,
    width: usize,
) -> Vec<&'a mut [T]> {
    let piece = |tokens: std::ops::Range<usize>| data.split_off_mut(..tokens.len() * width);
    offsets.iter().map(piece).map(Option::unwrap_or_default).collect()
}

/// Runs all tasks, the first ones first: longest first, they end at about the same time.
pub(super) fn run_all<T: Send>(tasks: &mut [T], run: impl Fn(&mut T) + Sync) {
    if let [task] = tasks {
        return run(task);
    }
    let run = &run;
    rayon::scope_fifo(|scope| {
        for task in tasks {
            scope.spawn_fifo(move |_| run(task));
        }
    });
}
