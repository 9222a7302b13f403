//! ROUGE and stems equal those of rouge-score and NLTK.

use sconce_metrics::{Rouge, RougeKind, RougeTokenizer, Scores, bootstrap_means, porter_stem};

use crate::golden::Golden;
use crate::texts::Corpus;

const KINDS: [(&str, RougeKind); 5] = [
    ("rouge1", RougeKind::Words(1)),
    ("rouge2", RougeKind::Words(2)),
    ("rouge3", RougeKind::Words(3)),
    ("rougeL", RougeKind::Longest),
    ("rougeLsum", RougeKind::LongestOfSentences),
];

fn numbers(scores: &Scores) -> [f64; 3] {
    [scores.precision, scores.recall, scores.f1]
}

#[test]
fn stems_are_those_of_nltk() {
    let golden = Golden::file("rouge");
    for (words, stems) in [("words", "stems"), ("made", "made_stems")] {
        let (words, stems): (Vec<String>, Vec<String>) = (golden.value(words), golden.value(stems));
        for (word, stem) in words.iter().zip(stems) {
            assert_eq!(porter_stem(word), stem, "{word}");
        }
    }
}

#[test]
fn scores_equal_those_of_rouge_score() {
    let golden = Golden::file("rouge");
    let corpus = Corpus::new(&golden);
    let tokenizers = [("plain", RougeTokenizer::Standard), ("stemmed", RougeTokenizer::Stemmed)];
    for (name, tokenizer) in tokenizers {
        let rouge = Rouge::new(&KINDS.map(|(_, kind)| kind)).with_tokenizer(tokenizer);
        let expected = KINDS.map(|(kind, _)| golden.value::<Vec<f64>>(&format!("{name}.{kind}")));
        for (i, (references, hypothesis)) in corpus.pairs().enumerate() {
            let scores = rouge.sentence(&references, hypothesis).unwrap();
            for ((scores, expected), (kind, _)) in scores.iter().zip(&expected).zip(KINDS) {
                for (ours, theirs) in numbers(scores).into_iter().zip(&expected[3 * i..]) {
                    let text = format!("{name} {kind} {hypothesis:?} {references:?}");
                    assert!((ours - theirs).abs() < 1e-9, "{text}: {ours}, expected {theirs}");
                }
            }
        }
    }
}

/// The bounds of two lots of 1000 draws differ by their noise, a few hundredths of the interval.
#[test]
fn intervals_agree_with_those_of_the_aggregator() {
    let golden = Golden::file("rouge");
    let corpus = Corpus::new(&golden);
    let rouge = corpus.count(Rouge::new(&KINDS.map(|(_, kind)| kind)).keeping_segments());
    let intervals = bootstrap_means(&rouge, 1000, 0.95, 7).unwrap();
    for (interval, (kind, _)) in intervals.iter().zip(KINDS) {
        let expected: Vec<f64> = golden.value(&format!("plain.{kind}.interval"));
        let bounds = [interval.low, interval.mid, interval.high];
        let width = interval.high.f1 - interval.low.f1;
        for (ours, theirs) in bounds.iter().flat_map(numbers).zip(expected) {
            assert!((ours - theirs).abs() < 0.1 * width, "{kind}: {ours}, expected {theirs}");
        }
    }
}
