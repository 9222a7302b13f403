//! What is degenerate, and what is refused.

use super::{Gain, Ranking};

#[test]
fn a_result_that_comes_again_is_not_relevant_again() {
    let mut ranking = Ranking::new(&[Ranking::ALL]);
    ranking.update_retrieved(&[(7, 1.0)], &[7, 7, 7]).unwrap();
    let scores = ranking.scores()[0];
    assert_eq!((scores.recall, scores.map, scores.ndcg), (1.0, 1.0, 1.0));
    assert_eq!(scores.precision, 1.0 / 3.0);
}

#[test]
fn a_query_without_anything_relevant_scores_0() {
    let mut ranking = Ranking::new(&[5]);
    ranking.update(&[0.0, 0.0], &[1.0, 2.0]).unwrap();
    ranking.update(&[], &[]).unwrap();
    ranking.update_retrieved::<u8>(&[], &[]).unwrap();
    assert!(ranking.named_values().iter().all(|(_, value)| *value == 0.0));
    assert_eq!(ranking.n_queries(), 3);
}

#[test]
fn names_have_their_cutoff() {
    let named = Ranking::new(&[10, Ranking::ALL]).named_values();
    let names: Vec<&str> = named.iter().map(|(name, _)| name.as_str()).collect();
    let at_10 = ["ndcg@10", "map@10", "mrr@10", "precision@10", "recall@10", "hit_rate@10"];
    assert_eq!(names[..6], at_10);
    assert_eq!(names[6..], ["ndcg", "map", "mrr", "precision", "recall", "hit_rate"]);
}

#[test]
fn grades_are_not_negative() {
    let mut ranking = Ranking::new(&[5]).with_gain(Gain::Exponential);
    let error = ranking.update(&[-1.0], &[0.0]).unwrap_err();
    assert_eq!(error.to_string(), "a grade of relevance is -1; it must be finite and not below 0");
    assert!(ranking.update(&[1.0], &[f64::NAN]).is_err());
    assert!(ranking.update(&[1.0], &[]).is_err());
    assert_eq!(ranking.n_queries(), 0);
}
