//! Neighbours of one kind become an entity: the rules of transformers' pipeline.

use std::ops::Range;

use super::Entity;

/// The label of what is outside of any entity.
const OUTSIDE: &str = "O";

/// What entities are made of: a word or a token.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Unit {
    /// The id of its label.
    pub(super) label: usize,
    pub(super) score: f32,
    pub(super) span: Range<usize>,
}

/// The labels of a model, understood.
pub(super) struct Entities<'a> {
    pub(super) labels: &'a [String],
    /// Whether they are of entities at all.
    has_entities: bool,
}

impl<'a> Entities<'a> {
    pub(super) fn new(labels: &'a [String]) -> Self {
        let is_of_entity = |label: &String| label == OUTSIDE || split(label).1 != label;
        Self { labels, has_entities: labels.iter().any(is_of_entity) }
    }

    /// The entities of a text whose words or tokens are `units`, in their order.
    pub(super) fn of(&self, text: &str, units: &[Unit]) -> Vec<Entity> {
        if !self.has_entities {
            return Vec::new();
        }
        let goes_on = |before: &Unit, unit: &Unit| {
            let (begins, kind) = split(&self.labels[unit.label]);
            !begins && kind == split(&self.labels[before.label]).1
        };
        let groups = units.chunk_by(goes_on);
        let is_inside = |group: &&[Unit]| self.labels[group[0].label] != OUTSIDE;
        groups.filter(is_inside).map(|group| self.entity(text, group)).collect()
    }

    fn entity(&self, text: &str, group: &[Unit]) -> Entity {
        let sum: f32 = group.iter().map(|unit| unit.score).sum();
        let start = group[0].span.start;
        let end = group[group.len() - 1].span.end.max(start);
        Entity {
            label: split(&self.labels[group[0].label]).1.to_owned(),
            score: sum / group.len() as f32,
            text: text[start..end].to_owned(),
            start,
            end,
        }
    }
}

/// Whether a label begins an entity of its own, and the entity's kind.
fn split(label: &str) -> (bool, &str) {
    match label.split_once('-') {
        Some(("B" | "S" | "U", kind)) if !kind.is_empty() => (true, kind),
        Some(("I" | "E" | "L", kind)) if !kind.is_empty() => (false, kind),
        _ => (false, label),
    }
}
