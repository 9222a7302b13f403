//! The characters that tokens are made of, and words spelled in them.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};

use super::spelled_words::SpelledWords;
use crate::error::Result;
use crate::tokenizer_trainer::vocabulary::TokenTable;
use crate::tokenizer_trainer::word_counts::WordCounts;

/// Adds the characters of `words` and those of `initial`, in their order. Over a limit the rarest
/// go, of equally rare ones the last; the initial ones go last of all.
pub(in crate::tokenizer_trainer) fn add(
    tokens: &mut TokenTable,
    words: &WordCounts,
    initial: &BTreeSet<char>,
    limit: Option<usize>,
) {
    let mut counts: FxHashMap<char, u64> = FxHashMap::default();
    for (word, count) in words.iter() {
        for c in word.chars() {
            let total = counts.entry(c).or_default();
            *total = total.saturating_add(count);
        }
    }
    counts.extend(initial.iter().map(|c| (*c, u64::MAX)));
    let mut kept: Vec<(char, u64)> = counts.into_iter().collect();
    if let Some(limit) = limit {
        kept.sort_unstable_by_key(|(c, count)| (Reverse(*count), *c));
        kept.truncate(limit);
    }
    kept.sort_unstable();
    for (c, _) in kept {
        tokens.get_or_add(c.encode_utf8(&mut [0; 4]));
    }
}

/// What tokens inside words begin with, and what the last tokens of words end with.
pub(super) struct Affixes<'a> {
    pub(super) prefix: &'a str,
    pub(super) suffix: &'a str,
}

/// Which token a character is: inside a word, first in it, last in it, or both.
type Form = usize;
const FIRST: Form = 1;
const LAST: Form = 2;
/// The ids of a character in each form.
type Forms = [u32; 4];
/// Stands for the id of a form that is not in the vocabulary.
const NONE: u32 = u32::MAX;
/// Characters below it are in a table: most Latin letters, and those that are GPT-2's bytes.
const N_LOW: usize = 0x180;

/// Spells words in ids. Characters that are not in the vocabulary are left out; those with affixes
/// are added to it in the order of their texts.
pub(super) fn spell(
    words: WordCounts,
    tokens: &mut TokenTable,
    affixes: &Affixes<'_>,
) -> Result<SpelledWords> {
    if !affixes.prefix.is_empty() || !affixes.suffix.is_empty() {
        let mut used: FxHashSet<(char, Form)> = FxHashSet::default();
        words.iter().for_each(|(word, _)| used.extend(with_forms(word)));
        used.retain(|(c, _)| tokens.id(c.encode_utf8(&mut [0; 4])).is_some());
        let texts: BTreeSet<String> =
            used.into_iter().map(|(c, form)| affixes.around(c, form)).collect();
        texts.iter().for_each(|text| {
            tokens.get_or_add(text);
        });
    }
    let low =
        (0..N_LOW as u32).map(|c| char::from_u32(c).map_or([NONE; 4], |c| affixes.ids(c, tokens)));
    let low: Vec<Forms> = low.collect();
    let mut high: FxHashMap<char, Forms> = FxHashMap::default();
    let mut spelled = SpelledWords::with_capacity(words.len(), words.n_bytes());
    let mut symbols = Vec::new();
    for (word, count) in words.iter() {
        symbols.clear();
        for (c, form) in with_forms(word) {
            let ids = match low.get(c as usize) {
                Some(ids) => ids,
                None => high.entry(c).or_insert_with(|| affixes.ids(c, tokens)),
            };
            if ids[form] != NONE {
                symbols.push(ids[form]);
            }
        }
        spelled.push(&symbols, count)?;
    }
    Ok(spelled)
}

/// The characters of a word and their forms.
fn with_forms(word: &str) -> impl Iterator<Item = (char, Form)> {
    word.char_indices().map(|(at, c)| {
        let is_last = at + c.len_utf8() == word.len();
        (c, if at == 0 { FIRST } else { 0 } + if is_last { LAST } else { 0 })
    })
}

impl Affixes<'_> {
    fn around(&self, c: char, form: Form) -> String {
        let prefix = if form & FIRST == 0 { self.prefix } else { "" };
        let suffix = if form & LAST == 0 { "" } else { self.suffix };
        format!("{prefix}{c}{suffix}")
    }

    /// The ids of a character, if it is in the vocabulary as it is.
    fn ids(&self, c: char, tokens: &TokenTable) -> Forms {
        if tokens.id(c.encode_utf8(&mut [0; 4])).is_none() {
            return [NONE; 4];
        }
        std::array::from_fn(|form| tokens.id(&self.around(c, form)).unwrap_or(NONE))
    }
}
