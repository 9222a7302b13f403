//! Repeated texts against counting them one by one.

use std::collections::{BTreeMap, BTreeSet};

use super::*;

/// The texts of two to `longest` characters that at least two different things follow, with the
/// number of their places.
fn by_hand(words: &[&str], longest: usize) -> BTreeMap<String, u64> {
    let mut found: BTreeMap<String, (u64, BTreeSet<Option<char>>)> = BTreeMap::new();
    for word in words {
        let chars: Vec<char> = word.chars().collect();
        for start in 0..chars.len() {
            for end in start + 2..=chars.len().min(start + longest) {
                let text = chars[start..end].iter().collect();
                let (n, next) = found.entry(text).or_default();
                *n += 1;
                next.insert(chars.get(end).copied());
            }
        }
    }
    found.retain(|_, (_, next)| next.len() > 1);
    found.into_iter().map(|(text, (n, _))| (text, n)).collect()
}

#[test]
fn repeated_texts_are_the_branches_of_the_suffix_tree() {
    let words = ["abracadabra", "abra", "cadabras", "éclair", "éclairs", "aaaaaa", "b", "raaabra"];
    for longest in [1, 2, 3, 16] {
        let mut text = Vec::new();
        for word in words {
            text.extend(word.chars().map(u32::from).chain([END]));
        }
        let found: BTreeMap<String, u64> = repeated(&text, longest)
            .into_iter()
            .map(|Repeated { at, n_chars, n_places }| {
                let chars = text[at..at + n_chars].iter().filter_map(|c| char::from_u32(*c));
                (chars.collect(), n_places)
            })
            .collect();
        assert_eq!(found, by_hand(&words, longest), "{longest}");
    }
}

#[test]
fn characters_come_first_and_room_is_kept_to() {
    let words: WordCounts = [("abab", 1), ("ab", 5), ("cab\0cab", 1)].into_iter().collect();
    let mut options = UnigramOptions::default();
    let all = of(&words, &options);
    let texts: Vec<&str> = all.iter().map(|(text, _)| text).collect();
    assert_eq!(texts, ["b", "a", "c", "ab"]);
    let total: f64 = all.iter().map(|(_, score)| score.exp()).sum();
    assert!((total - 1.0).abs() < 1e-12);
    options.seed_size = 1;
    assert_eq!(of(&words, &options).len(), 4, "one text at least");
}
