//! ROUGE-Lsum: longest common subsequences sentence by sentence (Lin 2004, section 3.2).

use rustc_hash::FxHashMap;

use super::{RougeTokenizer, scores};
use crate::counts::Scores;
use crate::lcs;

/// Of two texts whose sentences are their lines.
pub(super) fn compare(tokenizer: RougeTokenizer, reference: &str, hypothesis: &str) -> Scores {
    let mut known: FxHashMap<String, u32> = FxHashMap::default();
    let mut sentences = |text: &str| -> Vec<Vec<u32>> {
        let mut number = |word| {
            let next = known.len() as u32;
            *known.entry(word).or_insert(next)
        };
        let lines = text.split('\n').filter(|line| !line.is_empty());
        lines.map(|line| tokenizer.tokens(line).into_iter().map(&mut number).collect()).collect()
    };
    let (reference, hypothesis) = (sentences(reference), sentences(hypothesis));
    let n_words = |sentences: &[Vec<u32>]| sentences.iter().map(Vec::len).sum();
    let (n_reference, n_hypothesis) = (n_words(&reference), n_words(&hypothesis));
    let mut left = vec![[0u32; 2]; known.len()];
    for (text, sentences) in [&reference, &hypothesis].into_iter().enumerate() {
        sentences.iter().flatten().for_each(|&word| left[word as usize][text] += 1);
    }
    let mut hits = 0;
    for sentence in &reference {
        for position in union(sentence, &hypothesis) {
            // No word counts more often than either text has it.
            let [in_reference, in_hypothesis] = &mut left[sentence[position] as usize];
            if *in_reference > 0 && *in_hypothesis > 0 {
                (*in_reference, *in_hypothesis) = (*in_reference - 1, *in_hypothesis - 1);
                hits += 1;
            }
        }
    }
    scores(hits, n_reference, n_hypothesis)
}

/// The positions of `sentence` that are in its longest common subsequence with one of `others`.
fn union(sentence: &[u32], others: &[Vec<u32>]) -> impl Iterator<Item = usize> + use<> {
    let mut is_common = vec![false; sentence.len()];
    for other in others {
        lcs::positions(sentence, other).into_iter().for_each(|at| is_common[at] = true);
    }
    is_common.into_iter().enumerate().filter(|(_, is_common)| *is_common).map(|(at, _)| at)
}
