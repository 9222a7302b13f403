//! Scores of rankings equal those of scikit-learn and sentence-transformers.

use sconce_metrics::{Gain, Ranking};

use crate::golden::Golden;

#[test]
fn gains_of_graded_results_equal_scikit_learn() {
    let golden = Golden::file("ranking");
    let cutoffs: Vec<usize> = golden.value("cutoffs");
    for case in golden.cases("graded", 5) {
        let n: usize = case.value("n");
        let (grades, scores): (Vec<f64>, Vec<f64>) = (case.value("grades"), case.value("scores"));
        let all = [cutoffs.as_slice(), &[Ranking::ALL]].concat();
        for (key, gain) in [("ndcg", Gain::Linear), ("exponential", Gain::Exponential)] {
            let mut ranking = Ranking::new(&all).with_gain(gain);
            for (grades, scores) in grades.chunks(n).zip(scores.chunks(n)) {
                ranking.update(grades, scores).unwrap();
            }
            for (cutoff, scores) in all.iter().zip(ranking.scores()) {
                let is_all = *cutoff == Ranking::ALL;
                let cutoff = if is_all { "None".to_owned() } else { cutoff.to_string() };
                case.assert_equal(&format!("{key}@{cutoff}"), scores.ndcg);
            }
        }
    }
}

#[test]
fn average_precision_of_untied_results_equals_scikit_learn() {
    let golden = Golden::file("ranking");
    let (grades, scores): (Vec<f64>, Vec<f64>) =
        (golden.value("binary.grades"), golden.value("binary.scores"));
    let mut ranking = Ranking::new(&[Ranking::ALL]);
    for (grades, scores) in grades.chunks(20).zip(scores.chunks(20)) {
        ranking.update(grades, scores).unwrap();
    }
    golden.assert_equal("binary.map", ranking.scores()[0].map);
}

#[test]
fn scores_of_retrieved_documents_equal_sentence_transformers() {
    let golden = Golden::file("ranking");
    let mut ranking = Ranking::new(&golden.value::<Vec<usize>>("cutoffs"));
    for query in golden.value::<Vec<String>>("queries") {
        let relevant: Vec<String> = golden.value(&format!("{query}.relevant"));
        let relevant: Vec<(String, f64)> = relevant.into_iter().map(|id| (id, 1.0)).collect();
        let retrieved: Vec<String> = golden.value(&format!("{query}.retrieved"));
        ranking.update_retrieved(&relevant, &retrieved).unwrap();
    }
    let named = ranking.named_values();
    assert_eq!(named.len(), 6 * 5);
    for (name, value) in named {
        golden.assert_equal(&format!("retrieved.{name}"), value);
    }
}
