//! What stands in the field of a label: one class, several, or a number.

use super::{Example, LabelKind, Need, ReadOptions};
use crate::error::{Error, Result};

/// Where the field stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'a> {
    pub(super) path: &'a str,
    pub(super) line: usize,
}

impl Place<'_> {
    fn name(self) -> String {
        format!("{}:{}", self.path, self.line)
    }

    pub(super) fn missing(self) -> Error {
        Error::MissingLabel { path: self.path.to_owned(), line: self.line }
    }
}

/// Gives an example its label, or its labels, from a field.
///
/// A blank field is an error where one label is needed; where a row may have several it says that
/// none applies.
pub(super) fn set_label(
    example: &mut Example,
    field: Option<&str>,
    options: &ReadOptions,
    place: Place<'_>,
) -> Result<()> {
    let field = field.map(str::trim);
    if let LabelKind::Several { separator } = options.kind {
        set_labels(example, field.unwrap_or_default().split(separator));
        return Ok(());
    }
    let Some(label) = field.filter(|label| !label.is_empty()) else {
        return if options.labels == Need::Optional { Ok(()) } else { Err(place.missing()) };
    };
    if options.kind == LabelKind::Number && number(label).is_none() {
        return Err(Error::NotANumber { place: place.name(), label: label.to_owned() });
    }
    example.label = Some(label.to_owned());
    Ok(())
}

/// Gives an example several labels, each once. Blank ones are nothing.
pub(super) fn set_labels<S: AsRef<str>>(
    example: &mut Example,
    labels: impl IntoIterator<Item = S>,
) {
    for label in labels {
        let label = label.as_ref().trim();
        if !label.is_empty() && !example.labels.iter().any(|known| known == label) {
            example.labels.push(label.to_owned());
        }
    }
}

/// A finite number.
pub(crate) fn number(text: &str) -> Option<f32> {
    text.trim().parse().ok().filter(|number: &f32| number.is_finite())
}
