//! Error rates, counts of edits and alignments equal jiwer's.

use sconce_metrics::{Edit, ErrorRates, TextMetric, align_words};

use crate::golden::Golden;

fn counts(metric: &ErrorRates) -> Vec<u64> {
    let counts = metric.counts();
    vec![counts.hits, counts.substitutions, counts.deletions, counts.insertions]
}

#[test]
fn rates_and_counts_equal_jiwer() {
    for case in Golden::file("error_rates").cases("cases", 12) {
        let (references, hypotheses): (Vec<String>, Vec<String>) =
            (case.value("references"), case.value("hypotheses"));
        let (mut words, mut characters) = (ErrorRates::words(), ErrorRates::characters());
        for (i, (reference, hypothesis)) in references.iter().zip(&hypotheses).enumerate() {
            let mut alone = ErrorRates::words();
            for metric in [&mut words, &mut characters, &mut alone] {
                metric.update(&[reference], hypothesis).unwrap();
            }
            case.assert_equal(&format!("{i}.wer"), alone.value());
        }
        assert_eq!(counts(&words), case.value::<Vec<u64>>("counts"), "{}", case.name);
        let of_characters: Vec<u64> = case.value("character_counts");
        assert_eq!(counts(&characters), of_characters, "{}", case.name);
        for (name, value) in words.named_values().into_iter().chain(characters.named_values()) {
            case.assert_equal(name, value);
        }
    }
}

#[test]
fn alignments_equal_jiwer() {
    for case in Golden::file("error_rates").cases("cases", 12) {
        let (references, hypotheses): (Vec<String>, Vec<String>) =
            (case.value("references"), case.value("hypotheses"));
        let mut rows = vec![];
        for (text, (reference, hypothesis)) in references.iter().zip(&hypotheses).enumerate() {
            for chunk in align_words(reference, hypothesis) {
                let kinds = [Edit::Equal, Edit::Substitute, Edit::Delete, Edit::Insert];
                let kind = kinds.iter().position(|kind| *kind == chunk.edit).unwrap();
                let (start, end) = (chunk.reference_start, chunk.reference_end);
                rows.extend([text, kind, start, end, chunk.hypothesis_start, chunk.hypothesis_end]);
            }
        }
        assert_eq!(rows, case.value::<Vec<usize>>("chunks"), "{}", case.name);
    }
}

/// As in the script.
fn generated(n: u64, n_words: u64, seed: u64) -> Vec<String> {
    let mut state = seed;
    let next = |_| {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        ((state >> 33) % n_words).to_string()
    };
    (0..n).map(next).collect()
}

#[test]
fn long_texts_that_are_aligned_in_halves_equal_jiwer() {
    let golden = Golden::file("error_rates");
    for row in golden.value::<Vec<u64>>("long").chunks(11) {
        let [n, n_words, seed] = [row[0], row[1], row[2]];
        let reference = generated(n, n_words, seed);
        let other = generated(n, n_words, seed + 1);
        let kept = (0..n as usize).filter(|i| i % 11 != 0);
        let changed: Vec<&str> =
            kept.map(|i| if i % 7 == 3 { &*other[i] } else { &*reference[i] }).collect();
        let unlike = generated(n / 2, n_words, seed + 7).join(" ");
        for (hypothesis, expected) in [(changed.join(" "), &row[3..7]), (unlike, &row[7..])] {
            let mut words = ErrorRates::words();
            words.update(&[&reference.join(" ")], &hypothesis).unwrap();
            assert_eq!(counts(&words), expected, "{n} {n_words} {seed}");
        }
    }
}
