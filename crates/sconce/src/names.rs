//! Names that a user may have meant.

/// The one of `known` that is most like `name`, if any is like it at all.
pub fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let likeness = |candidate: &str| {
        // The first forgives a slip at the end, the second swapped letters.
        strsim::jaro_winkler(name, candidate)
            .max(strsim::normalized_damerau_levenshtein(name, candidate))
    };
    known
        .into_iter()
        .map(|candidate| (likeness(candidate), candidate))
        .filter(|(score, _)| *score > 0.7)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}

/// ` did you mean "x"? there are a, b, x`, the question only where something is near.
pub fn hint(name: &str, known: &[&str]) -> String {
    let list = known.join(", ");
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean \"{nearest}\"? there are: {list}"),
        None => format!("there are: {list}"),
    }
}

#[cfg(test)]
mod tests;
