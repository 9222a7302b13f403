//! What transformers' warpers leave of the same rows, and the same by sorting everything.

use sconce_ops::Random;

use super::*;
use crate::generation::processors::Processors;
use crate::generation::tests::Golden;

const BANNED: f32 = f32::NEG_INFINITY;

#[test]
fn rows_are_warped_as_by_transformers() {
    let golden = Golden::read();
    let mut n = 0;
    for case in golden.processed.iter().filter(|case| case.config.do_sample) {
        let config = &case.config;
        let mut row = case.row.clone();
        Processors::new(config).apply(&mut row, &case.ids, case.n_prompt);
        let mut warped = vec![BANNED; row.len()];
        let mut kept = Kept::default();
        let k = if config.top_k == 0 { row.len() } else { config.top_k };
        top_k(&row, k, &mut kept);
        temperature(&mut kept.scores, config.temperature as f32);
        if config.top_p < 1. {
            top_p(&mut kept.scores, config.top_p as f32, &mut Vec::new());
        }
        min_p(&mut kept.scores, config.min_p.unwrap_or(0.) as f32);
        for (&id, &score) in kept.ids.iter().zip(&kept.scores) {
            warped[id as usize] = score;
        }
        for (id, (a, b)) in warped.iter().zip(case.expected()).enumerate() {
            // Two roundings: of the penalty and of the temperature.
            let is_close = *a == b || (a - b).abs() < 1e-6 * b.abs();
            assert!(is_close, "{config:?}: token {id}: {a}, transformers {b}");
        }
        n += 1;
    }
    assert!(n > 20);
}

/// `warpers.py` writes whole distributions.
#[test]
fn distributions_are_those_of_transformers() {
    let path =
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/generation_warpers/expected.json");
    let golden = sconce_testing::Golden::open(path).unwrap();
    let logits = golden.tensor("logits").unwrap().to_vec2::<f32>().unwrap();
    for case in golden.strings("cases").unwrap() {
        let number = |name: &str| {
            let key = format!("{case}.{name}");
            golden.contains(&key).then(|| golden.f64(&key).unwrap() as f32)
        };
        let probabilities = golden.tensor(&format!("{case}.probabilities")).unwrap();
        let probabilities = probabilities.to_vec2::<f32>().unwrap();
        let n_kept = golden.u32s(&format!("{case}.kept")).unwrap();
        for (row, (logits, expected)) in logits.iter().zip(&probabilities).enumerate() {
            let mut kept = Kept::default();
            top_k(logits, number("top_k").map_or(logits.len(), |k| k as usize), &mut kept);
            temperature(&mut kept.scores, number("temperature").unwrap_or(1.));
            if let Some(p) = number("top_p") {
                top_p(&mut kept.scores, p, &mut Vec::new());
            }
            min_p(&mut kept.scores, number("min_p").unwrap_or(0.));
            let count = kept.scores.iter().filter(|&&score| score > BANNED).count();
            assert_eq!(count, n_kept[row] as usize, "{case}, row {row}");
            let best = max(&kept.scores);
            let total = sum_of_exponentials(&kept.scores, best);
            let mut found = vec![0.; logits.len()];
            for (&id, &score) in kept.ids.iter().zip(&kept.scores) {
                found[id as usize] = f64::from(exp(score - best)) / total;
            }
            for (found, &expected) in found.iter().zip(expected) {
                // The file has eight decimals.
                assert!((found - f64::from(expected)).abs() < 1e-6, "{case}, row {row}");
            }
        }
    }
}

fn row(n: usize, seed: u64, levels: f64) -> Vec<f32> {
    let random = Random::new(seed);
    (0..n).map(|i| ((levels * random.normal(i as u64)).round() / levels) as f32).collect()
}

#[test]
fn the_best_k_are_those_of_a_full_sort() {
    // Few levels: many equals, also of the k-th.
    for levels in [1000., 3.] {
        for n in [1, 16, 17, 1000] {
            for k in [0, 1, 2, 5, 50, 999, 2000] {
                let row = row(n, k as u64, levels);
                let mut sorted = row.clone();
                sorted.sort_by(|a, b| b.total_cmp(a));
                let threshold = if k == 0 { f32::INFINITY } else { sorted[k.min(n) - 1] };
                let indices = (0..n as u32).filter(|&i| row[i as usize] >= threshold);
                let mut kept = Kept::default();
                top_k(&row, k, &mut kept);
                assert_eq!(kept.ids, indices.collect::<Vec<_>>(), "{levels} {n} {k}");
                let scores: Vec<f32> = kept.ids.iter().map(|&id| row[id as usize]).collect();
                assert_eq!(kept.scores, scores);
            }
        }
    }
    let mut kept = Kept::default();
    top_k(&[BANNED, 1., BANNED], 2, &mut kept);
    assert_eq!(kept.ids, [1], "what is banned is not kept");
}

#[test]
fn the_nucleus_is_that_of_a_full_sort() {
    for (n, scale) in [(1, 1.), (40, 1.), (3000, 0.2), (3000, 3.), (3000, 20.)] {
        for p in [0., 0.1, 0.5, 0.9, 0.99] {
            let before: Vec<f32> = row(n, 7, 1e4).iter().map(|x| x * scale).collect();
            let mut after = before.clone();
            top_p(&mut after, p, &mut Vec::new());
            let mut order: Vec<usize> = (0..n).collect();
            order.sort_by(|&a, &b| before[b].total_cmp(&before[a]));
            let weight = |i: usize| f64::from(before[i]).exp();
            let total: f64 = (0..n).map(weight).sum();
            let mut mass = 0.;
            for (rank, &i) in order.iter().enumerate() {
                let is_kept = after[i] != BANNED;
                // Within rounding of the border either is right.
                if (mass / total - f64::from(p)).abs() > 1e-6 {
                    let expected = rank == 0 || mass < f64::from(p) * total;
                    assert_eq!(is_kept, expected, "{n} {scale} {p}: rank {rank}");
                }
                mass += weight(i);
            }
        }
    }
    let mut banned = [BANNED; 3];
    top_p(&mut banned, 0.5, &mut Vec::new());
    assert_eq!(banned, [BANNED; 3]);
}

#[test]
fn min_p_keeps_what_is_near_the_best() {
    let scores = [0.5f32.ln(), 0.25f32.ln(), 0.1f32.ln(), BANNED];
    for (p, n_kept) in [(0., 3), (0.15, 3), (0.3, 2), (0.45, 2), (0.6, 1), (1., 1)] {
        let mut scores = scores;
        min_p(&mut scores, p);
        assert_eq!(scores.iter().filter(|&&score| score > BANNED).count(), n_kept, "{p}");
    }
}
