//! The first candidates: all characters, and the texts that occur in more than one place.
//!
//! They are the inner nodes of the suffix tree of all words: texts that are followed by different
//! characters (or ends of words) where they occur. Texts longer than a piece may be are not
//! wanted, so it is enough to sort the places of all words by that many characters.

use std::cmp::Reverse;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use super::pieces::Pieces;
use crate::tokenizer_recipe::UnigramOptions;
use crate::tokenizer_trainer::word_counts::WordCounts;

/// Stands behind each word.
const END: u32 = 0;

/// A text that occurs in several places.
#[derive(Debug, Clone, Copy)]
struct Repeated {
    at: usize,
    n_chars: usize,
    n_places: u64,
}

/// The characters by falling count, then at most as many repeated texts as there is room for, by
/// falling number of characters in all places; scored by their shares.
pub(super) fn of(words: &WordCounts, options: &UnigramOptions) -> Pieces {
    let mut pieces = Pieces::default();
    let mut counts: FxHashMap<char, u64> = FxHashMap::default();
    let mut text: Vec<u32> = Vec::with_capacity(words.n_bytes() + words.len());
    for (word, count) in words.iter().filter(|(word, _)| !word.is_empty()) {
        for c in word.chars() {
            text.push(u32::from(c));
            if u32::from(c) != END {
                *counts.entry(c).or_insert(0) += count;
            }
        }
        text.push(END);
    }
    let mut counts: Vec<(u64, char)> = counts.into_iter().map(|(c, count)| (count, c)).collect();
    counts.sort_unstable_by_key(|count| Reverse(*count));
    let mut buffer = String::new();
    for (count, c) in counts {
        pieces.push(c.encode_utf8(&mut [0; 4]), count as f64);
    }
    let mut repeated = repeated(&text, options.max_piece_length);
    let score = |text: &Repeated| text.n_places * text.n_chars as u64;
    repeated.par_sort_unstable_by(|a, b| {
        let chars = |repeated: &Repeated| &text[repeated.at..repeated.at + repeated.n_chars];
        score(b).cmp(&score(a)).then_with(|| chars(b).cmp(chars(a)))
    });
    for found in &repeated {
        buffer.clear();
        let chars = text[found.at..found.at + found.n_chars].iter();
        buffer.extend(chars.filter_map(|c| char::from_u32(*c)));
        pieces.push(&buffer, score(found) as f64);
        if pieces.len() >= options.seed_size {
            break;
        }
    }
    pieces.normalize();
    pieces
}

/// The texts of two to `longest` characters that different characters or ends follow.
fn repeated(text: &[u32], longest: usize) -> Vec<Repeated> {
    // One more than is wanted, to see what follows; an end is the last that counts.
    let reach = |at: usize| {
        let suffix = &text[at..text.len().min(at.saturating_add(longest).saturating_add(1))];
        let n = suffix.iter().position(|c| *c == END).map_or(suffix.len(), |end| end + 1);
        &suffix[..n]
    };
    let mut places: Vec<usize> = (0..text.len()).filter(|at| text[*at] != END).collect();
    places.par_sort_unstable_by(|a, b| reach(*a).cmp(reach(*b)));
    let mut found = Vec::new();
    // Open texts by rising length: the length, and the first place that has it.
    let mut open: Vec<(usize, usize)> = Vec::new();
    for rank in 1..=places.len() {
        let common = match places.get(rank) {
            Some(at) => common(reach(places[rank - 1]), reach(*at)),
            None => 0,
        };
        let mut first = rank - 1;
        while let Some((n_chars, start)) = open.pop_if(|(n_chars, _)| *n_chars > common) {
            first = start;
            let at = places[start];
            let is_wanted = (2..=longest).contains(&n_chars) && text[at + n_chars - 1] != END;
            if is_wanted {
                let n_places = (rank - start) as u64;
                found.push(Repeated { at, n_chars, n_places });
            }
        }
        if common > 0 && open.last().is_none_or(|(n_chars, _)| *n_chars < common) {
            open.push((common, first));
        }
    }
    found
}

fn common(a: &[u32], b: &[u32]) -> usize {
    a.iter().zip(b).take_while(|(a, b)| a == b).count()
}

#[cfg(test)]
mod tests;
