//! English words without their endings (Porter 1980), with the extensions of NLTK, whose stemmer
//! rouge-score uses.

/// Words with stems of their own.
const IRREGULAR: [(&str, &str); 16] = [
    ("sky", "sky"),
    ("skies", "sky"),
    ("dying", "die"),
    ("lying", "lie"),
    ("tying", "tie"),
    ("news", "news"),
    ("innings", "inning"),
    ("inning", "inning"),
    ("outings", "outing"),
    ("outing", "outing"),
    ("cannings", "canning"),
    ("canning", "canning"),
    ("howe", "howe"),
    ("proceed", "proceed"),
    ("exceed", "exceed"),
    ("succeed", "succeed"),
];

/// Endings and what takes their place; of those that a word has the first counts, whether or not
/// its condition holds.
type Rules = &'static [(&'static str, &'static str)];

const STEP_1A: Rules = &[("sses", "ss"), ("ies", "i"), ("ss", "ss"), ("s", "")];

const STEP_2: Rules = &[
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("eli", "e"),
    ("ousli", "ous"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("fulli", "ful"),
];

const STEP_3: Rules = &[
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
];

const STEP_4: Rules = &[
    ("al", ""),
    ("ance", ""),
    ("ence", ""),
    ("er", ""),
    ("ic", ""),
    ("able", ""),
    ("ible", ""),
    ("ant", ""),
    ("ement", ""),
    ("ment", ""),
    ("ent", ""),
    ("ion", ""),
    ("ou", ""),
    ("ism", ""),
    ("ate", ""),
    ("iti", ""),
    ("ous", ""),
    ("ive", ""),
    ("ize", ""),
];

/// The stem of an English word in lower case, as `nltk.stem.PorterStemmer` gives it.
///
/// ```
/// use sconce_metrics::porter_stem;
///
/// assert_eq!(porter_stem("relational"), "relat");
/// assert_eq!(porter_stem("flies"), "fli");
/// assert_eq!(porter_stem("enjoy"), "enjoy");
/// ```
#[must_use]
pub fn porter_stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(irregular, _)| *irregular == word) {
        return (*stem).to_owned();
    }
    if word.chars().count() <= 2 {
        return word.to_owned();
    }
    let mut word: Vec<char> = word.chars().collect();
    step_1a(&mut word);
    step_1b(&mut word);
    // Y becomes I after a consonant that is not all there is before.
    if word.len() > 2 && ends_with(&word, "y") && is_consonant(&word[..word.len() - 1]) {
        replace(&mut word, "y", "i");
    }
    step_2(&mut word);
    apply(&mut word, STEP_3, |stem, _| measure(stem) > 0);
    apply(&mut word, STEP_4, |stem, ending| {
        measure(stem) > 1 && (ending != "ion" || matches!(stem.last(), Some('s' | 't')))
    });
    step_5(&mut word);
    word.into_iter().collect()
}

fn step_1a(word: &mut Vec<char>) {
    if word.len() == 4 && ends_with(word, "ies") {
        return replace(word, "ies", "ie");
    }
    apply(word, STEP_1A, |_, _| true);
}

fn step_1b(word: &mut Vec<char>) {
    if ends_with(word, "ied") {
        let ending = if word.len() == 4 { "ie" } else { "i" };
        return replace(word, "ied", ending);
    }
    if ends_with(word, "eed") {
        if measure(&word[..word.len() - 3]) > 0 {
            replace(word, "eed", "ee");
        }
        return;
    }
    let has_vowel = |stem: &[char]| consonants(stem).any(|consonant| !consonant);
    let ending = ["ed", "ing"]
        .into_iter()
        .find(|ending| ends_with(word, ending) && has_vowel(&word[..word.len() - ending.len()]));
    let Some(ending) = ending else { return };
    replace(word, ending, "");
    let last = word.last().copied();
    let is_double = word.len() > 1 && word[word.len() - 2..][0] == word[word.len() - 1];
    if ["at", "bl", "iz"].iter().any(|ending| ends_with(word, ending)) {
        word.push('e');
    } else if is_double && is_consonant(word) {
        if !matches!(last, Some('l' | 's' | 'z')) {
            word.pop();
        }
    } else if measure(word) == 1 && ends_short(word) {
        word.push('e');
    }
}

fn step_2(word: &mut Vec<char>) {
    if ends_with(word, "alli") && measure(&word[..word.len() - 4]) > 0 {
        replace(word, "alli", "al");
        return step_2(word);
    }
    if !apply(word, STEP_2, |stem, _| measure(stem) > 0)
        && ends_with(word, "logi")
        && measure(&word[..word.len() - 3]) > 0
    {
        replace(word, "logi", "log");
    }
}

fn step_5(word: &mut Vec<char>) {
    if ends_with(word, "e") {
        let stem = &word[..word.len() - 1];
        let measure = measure(stem);
        if measure > 1 || (measure == 1 && !ends_short(stem)) {
            word.pop();
        }
    }
    if ends_with(word, "ll") && measure(&word[..word.len() - 1]) > 1 {
        word.pop();
    }
}

/// Whether the word has an ending of `rules`, which is replaced if `holds` of the stem before it.
fn apply(word: &mut Vec<char>, rules: Rules, holds: impl Fn(&[char], &str) -> bool) -> bool {
    let Some((ending, new)) = rules.iter().find(|(ending, _)| ends_with(word, ending)) else {
        return false;
    };
    if holds(&word[..word.len() - ending.len()], ending) {
        replace(word, ending, new);
    }
    true
}

fn ends_with(word: &[char], ending: &str) -> bool {
    word.len() >= ending.len()
        && word[word.len() - ending.len()..].iter().copied().eq(ending.chars())
}

fn replace(word: &mut Vec<char>, ending: &str, new: &str) {
    word.truncate(word.len() - ending.len());
    word.extend(new.chars());
}

/// For each letter whether it is a consonant: Y is one unless it follows one.
fn consonants(word: &[char]) -> impl Iterator<Item = bool> + '_ {
    word.iter().scan(false, |before, letter| {
        *before = match letter {
            'a' | 'e' | 'i' | 'o' | 'u' => false,
            'y' => !*before,
            _ => true,
        };
        Some(*before)
    })
}

/// Whether the last letter is a consonant.
fn is_consonant(word: &[char]) -> bool {
    consonants(word).last().unwrap_or(false)
}

/// How often a consonant follows a vowel.
fn measure(word: &[char]) -> usize {
    let kinds: Vec<bool> = consonants(word).collect();
    kinds.windows(2).filter(|pair| !pair[0] && pair[1]).count()
}

/// Whether it ends consonant, vowel, consonant other than W, X and Y, or is vowel and consonant.
fn ends_short(word: &[char]) -> bool {
    let kinds: Vec<bool> = consonants(word).collect();
    match kinds.as_slice() {
        [false, true] => true,
        [.., true, false, true] => !matches!(word.last(), Some('w' | 'x' | 'y')),
        _ => false,
    }
}

#[cfg(test)]
mod tests;
