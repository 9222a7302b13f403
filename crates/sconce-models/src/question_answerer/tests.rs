//! Which spans are the best.

use super::*;

fn spans(n_best: usize, max_tokens: usize, is_context: &[bool]) -> Vec<(usize, usize, f32)> {
    // Begins score best at token 3, ends at token 1: the best pair is no span.
    let logits: Vec<Vec<f32>> = [[0., 0.5], [1., 5.], [2., 0.], [4., 1.], [0., 3.]]
        .iter()
        .map(|row| row.to_vec())
        .collect();
    let answers = best_spans(&logits, is_context, n_best, max_tokens);
    assert_eq!(answers.no_answer, 0.5);
    answers.spans.into_iter().map(|span| (span.start, span.end, span.logit)).collect()
}

#[test]
fn the_best_spans_are_in_order_and_inside_of_the_context() {
    let all = [false, true, true, true, true];
    assert_eq!(spans(3, 30, &all), [(3, 4, 7.), (1, 1, 6.), (2, 4, 5.)]);
    assert_eq!(spans(2, 1, &all), [(1, 1, 6.), (3, 3, 5.)]);
    assert_eq!(spans(9, 2, &[false, true, false, true, false]), [(1, 1, 6.), (3, 3, 5.)]);
    assert!(spans(3, 30, &[false; 5]).is_empty());
}
