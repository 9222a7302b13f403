//! How ROUGE cuts texts into words.

use super::stemmer::porter_stem;
use crate::spaces::words;

/// Words of up to this many letters keep their endings.
const MAX_UNSTEMMED: usize = 3;

/// The cut of texts into words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum RougeTokenizer {
    /// Runs of ASCII letters and digits in lower case. Anything else parts words, other scripts
    /// included: of a Chinese text nothing is left.
    #[default]
    Standard,
    /// The same, words of more than three letters without their endings.
    Stemmed,
    /// What stands between spaces, as it is; for text that is tokenized already.
    Spaces,
    /// Each character that is no space, as it is; for scripts that do not part words.
    Characters,
}

impl RougeTokenizer {
    pub(super) fn tokens(self, text: &str) -> Vec<String> {
        let standard = |stems: bool| {
            let lower = text.to_lowercase();
            let words = lower.split(|c: char| !c.is_ascii_lowercase() && !c.is_ascii_digit());
            let words = words.filter(|word| !word.is_empty());
            let word = |word: &str| match stems && word.len() > MAX_UNSTEMMED {
                true => porter_stem(word),
                false => word.to_owned(),
            };
            words.map(word).collect()
        };
        match self {
            Self::Standard => standard(false),
            Self::Stemmed => standard(true),
            Self::Spaces => words(text).map(str::to_owned).collect(),
            Self::Characters => words(text).flat_map(str::chars).map(String::from).collect(),
        }
    }
}
