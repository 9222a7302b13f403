//! Which rows go through a model together.

/// Rows of like length, shortest first, in batches of at most `max_tokens` tokens or of one row.
/// Rows of one length keep their order.
pub(super) fn token_batches(lengths: &[usize], max_tokens: usize) -> Vec<Vec<usize>> {
    let mut rows: Vec<usize> = (0..lengths.len()).collect();
    rows.sort_by_key(|row| lengths[*row]);
    let mut batches: Vec<Vec<usize>> = Vec::new();
    let mut n_tokens = 0;
    for row in rows {
        n_tokens += lengths[row];
        match batches.last_mut().filter(|_| n_tokens <= max_tokens) {
            Some(batch) => batch.push(row),
            None => {
                n_tokens = lengths[row];
                batches.push(vec![row]);
            }
        }
    }
    batches
}

#[cfg(test)]
mod tests;
