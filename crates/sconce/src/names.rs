//! Names that a user may have meant.

pub use sconce_text_pipeline::nearest;

/// `did you mean "x"? there are: a, b, x`, the question only where something is near.
pub fn hint(name: &str, known: &[&str]) -> String {
    let list = known.join(", ");
    match nearest(name, known.iter().copied()) {
        Some(nearest) => format!("did you mean \"{nearest}\"? there are: {list}"),
        None => format!("there are: {list}"),
    }
}

#[cfg(test)]
mod tests;
