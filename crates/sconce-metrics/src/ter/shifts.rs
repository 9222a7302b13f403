//! The search for shifts of phrases that save edits, by Tercom's rules and limits.

use super::edits::{Distances, Step};

/// The most words that are shifted together.
const MAX_LENGTH: usize = 10;
/// How far a phrase may be from where it belongs.
const MAX_DISTANCE: usize = 50;
/// How many shifts are tried in all.
const MAX_TRIED: usize = 1000;

/// The edits from a text to its reference.
pub(super) fn edit_rate(hypothesis: Vec<u32>, reference: &[u32]) -> usize {
    if reference.is_empty() {
        return hypothesis.len();
    }
    let mut text = hypothesis;
    let mut distances = Distances::new(text.clone(), reference);
    let (mut shifts, mut tried) = (0, 0);
    // Until there is no shift that saves anything, or too many were tried.
    while let Some(shift) = best_shift(&text, reference, &mut distances, &mut tried) {
        if tried >= MAX_TRIED || shift.saved <= 0 {
            break;
        }
        shifts += 1;
        text = shifted(&text, &shift);
    }
    distances.change_to(&text);
    shifts + distances.distance()
}

/// A phrase of the text and the place before which it goes. Greater ones are better: they save
/// more edits, are longer, begin earlier, go to an earlier place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Shift {
    saved: isize,
    length: usize,
    start: std::cmp::Reverse<usize>,
    target: std::cmp::Reverse<usize>,
}

fn best_shift(
    text: &[u32],
    reference: &[u32],
    distances: &mut Distances<'_>,
    tried: &mut usize,
) -> Option<Shift> {
    distances.change_to(text);
    let before = distances.distance() as isize;
    let alignment = Alignment::new(&distances.steps());
    let mut best: Option<Shift> = None;
    for (start, at, length) in phrases(text, reference) {
        let wrong = |errors: &[bool], from: usize| {
            errors.get(from..from + length).is_some_and(|errors| errors.contains(&true))
        };
        if !wrong(&alignment.text_errors, start) || !wrong(&alignment.reference_errors, at) {
            continue;
        }
        // Not within itself.
        if (start..start + length).contains(&alignment.place_after(at).wrapping_sub(1)) {
            continue;
        }
        let mut last = None;
        for offset in 0..=length {
            let place = at + offset;
            let target = match place {
                0 => 0,
                _ if place <= alignment.ends.len() => alignment.place_after(place - 1),
                _ => break,
            };
            if last.replace(target) == Some(target) {
                continue;
            }
            let (start, target) = (std::cmp::Reverse(start), std::cmp::Reverse(target));
            let mut shift = Shift { saved: 0, length, start, target };
            distances.change_to(&shifted(text, &shift));
            shift.saved = before - distances.distance() as isize;
            *tried += 1;
            best = best.max(Some(shift));
        }
        if *tried >= MAX_TRIED {
            break;
        }
    }
    best
}

/// Which word of the text stands beside each of the reference, and which words of either are wrong.
struct Alignment {
    /// For each word of the reference the end of the text up to it.
    ends: Vec<usize>,
    reference_errors: Vec<bool>,
    text_errors: Vec<bool>,
}

impl Alignment {
    fn new(steps: &[Step]) -> Self {
        let mut new = Self { ends: vec![], reference_errors: vec![], text_errors: vec![] };
        for &step in steps {
            let is_wrong = step != Step::Keep;
            if step != Step::Insert {
                new.text_errors.push(is_wrong);
            }
            if step != Step::Delete {
                new.ends.push(new.text_errors.len());
                new.reference_errors.push(is_wrong);
            }
        }
        new
    }

    /// The place in the text after the word that stands beside this one of the reference.
    fn place_after(&self, reference: usize) -> usize {
        self.ends.get(reference).copied().unwrap_or_default()
    }
}

/// Phrases that text and reference share: where they begin in each, and their length.
fn phrases<'a>(
    text: &'a [u32],
    reference: &'a [u32],
) -> impl Iterator<Item = (usize, usize, usize)> + 'a {
    let near = |start: usize| {
        let first = start.saturating_sub(MAX_DISTANCE);
        first..reference.len().min(start + MAX_DISTANCE + 1)
    };
    let pairs = (0..text.len()).flat_map(move |start| near(start).map(move |at| (start, at)));
    pairs.flat_map(move |(start, at)| {
        let words = text[start..].iter().zip(&reference[at..]).take(MAX_LENGTH);
        let longest = words.take_while(|(a, b)| a == b).count();
        (1..=longest).map(move |length| (start, at, length))
    })
}

/// The text with the phrase at its new place.
fn shifted(text: &[u32], shift: &Shift) -> Vec<u32> {
    let (start, end, target) = (shift.start.0, shift.start.0 + shift.length, shift.target.0);
    let phrase = &text[start..end];
    if target < start {
        [&text[..target], phrase, &text[target..start], &text[end..]].concat()
    } else if target > end {
        [&text[..start], &text[end..target], phrase, &text[target..]].concat()
    } else {
        // Past as many of the words that follow as the target is into the phrase.
        let past = text.len().min(shift.length + target);
        [&text[..start], &text[end..past], phrase, &text[past..]].concat()
    }
}
