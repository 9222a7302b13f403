//! Draws follow the probabilities that are left, and the seed alone.

use sconce_ops::Random;

use super::*;

fn sampling(config: GenerationConfig) -> Sampler {
    Sampler::new(&GenerationConfig { do_sample: true, ..config })
}

#[test]
fn draws_come_as_often_as_their_probabilities_say() {
    let probabilities = [0.5, 0.25, 0.15, 0.1];
    let logits: Vec<f32> = probabilities.iter().map(|p: &f64| p.ln() as f32).collect();
    let of = |top_k, top_p, temperature| GenerationConfig {
        top_k,
        top_p,
        temperature,
        ..GenerationConfig::default()
    };
    let cases = [
        (of(0, 1., 1.), [0.5, 0.25, 0.15, 0.1]),
        (of(50, 1., 1.), [0.5, 0.25, 0.15, 0.1]),
        (of(2, 1., 1.), [2. / 3., 1. / 3., 0., 0.]),
        (of(3, 0.6, 1.), [2. / 3., 1. / 3., 0., 0.]),
        (of(0, 0.4, 1.), [1., 0., 0., 0.]),
        // Squares: temperature one half.
        (of(0, 1., 0.5), [0.25 / 0.345, 0.0625 / 0.345, 0.0225 / 0.345, 0.01 / 0.345]),
    ];
    for (config, expected) in cases {
        let mut sampler = sampling(config.clone());
        let mut counts = [0f64; 4];
        let random = Random::new(5);
        const N: usize = 20_000;
        for n in 0..N {
            let id = sampler.choose(&logits, &[0], 1, || random.uniform(n as u64)).unwrap();
            counts[id as usize] += 1. / N as f64;
        }
        for (count, expected) in counts.iter().zip(expected) {
            // Four standard deviations.
            let deviation = 4. * (expected * (1f64 - expected) / N as f64).sqrt();
            assert!((count - expected).abs() <= deviation + 1e-9, "{config:?}: {counts:?}");
        }
    }
}

#[test]
fn greedy_takes_the_first_of_the_best_and_needs_no_draw() {
    let mut sampler = Sampler::new(&GenerationConfig::default());
    let no_draw = || panic!("nothing is drawn");
    assert_eq!(sampler.choose(&[1., 3., 3., 2.], &[0], 1, no_draw), Some(1));
    assert_eq!(sampler.choose(&[f32::NEG_INFINITY; 2], &[0], 1, no_draw), None);
}

#[test]
fn nothing_is_drawn_where_everything_is_banned() {
    for top_k in [0, 1] {
        let mut sampler = sampling(GenerationConfig { top_k, ..GenerationConfig::default() });
        assert_eq!(sampler.choose(&[f32::NEG_INFINITY; 2], &[0], 1, || 0.5), None);
    }
}

#[test]
fn processors_and_warpers_work_together() {
    let config =
        GenerationConfig { no_repeat_ngram_size: 1, top_k: 2, ..GenerationConfig::default() };
    let mut sampler = sampling(config);
    for n in 0..50 {
        let uniform = || f64::from(n) / 50.;
        let id = sampler.choose(&[9., 1., 5., 4., 3.], &[0], 1, uniform).unwrap();
        assert!([2, 3].contains(&id), "{id}");
    }
}
