//! Tests of a difference see one where it is, and draws come from the seed.

use super::{approximate_randomization, bootstrap, bootstrap_means, paired_bootstrap, percentile};
use crate::{Bleu, Chrf, Rouge, TextMetric};

/// A metric over forty texts, every `wrong`th of which is wrong.
fn system(wrong: usize) -> Bleu {
    let mut bleu = Bleu::new().keeping_segments();
    for n in 0..40 {
        let reference = format!("this is the text number {n} of all of the texts that there are");
        let hypothesis = match n % wrong == 0 {
            true => reference.replace("text", "picture").replace("that", "which"),
            false => reference.clone(),
        };
        bleu.update(&[&reference], &hypothesis).unwrap();
    }
    bleu
}

#[test]
fn equal_systems_do_not_differ_and_others_do() {
    let (same, better, worse) = (system(3), system(20), system(1));
    for test in [paired_bootstrap, approximate_randomization] {
        assert_eq!(test(&same, &same, 200, 1).unwrap().p_value, 1.0);
        let p = test(&worse, &better, 200, 1).unwrap().p_value;
        assert!(p < 0.02, "{p}");
        assert!(p >= 1.0 / 201.0, "{p}");
    }
}

#[test]
fn draws_come_from_the_seed() {
    let system = system(3);
    let draw = |seed| bootstrap(&system, 100, seed).unwrap();
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1).mean, draw(2).mean);
    let interval = draw(1);
    assert!(interval.low < system.value() && system.value() < interval.high);
    assert_eq!(interval.half_width, 0.5 * (interval.high - interval.low));
    assert!(system.line_with(&interval).contains("|bs:100|seed:1|case:mixed|"));
}

#[test]
fn what_cannot_be_drawn_from_is_refused() {
    let kept = system(3);
    let mut other = Chrf::new().keeping_segments();
    other.update(&["a"], "a").unwrap();
    let mut short = Bleu::new().keeping_segments();
    short.update(&["a"], "a").unwrap();
    let cases = [
        (bootstrap(&Bleu::new(), 9, 1).unwrap_err(), "bleu kept no texts to draw from"),
        (bootstrap(&kept, 0, 1).unwrap_err(), "the number of samples is 0"),
        (paired_bootstrap(&kept, &other, 9, 1).unwrap_err(), "chrf was counted with other"),
        (paired_bootstrap(&kept, &short, 9, 1).unwrap_err(), "40 texts of the baseline but 1"),
    ];
    for (error, start) in cases {
        assert!(error.to_string().starts_with(start), "{error}");
    }
    let mut rouge = Rouge::usual().keeping_segments();
    rouge.update(&["a"], "a").unwrap();
    assert!(bootstrap_means(&rouge, 9, 1.5, 1).is_err());
}

#[test]
fn percentiles_lie_between_their_neighbours() {
    let values = [1.0, 2.0, 4.0, 8.0];
    for (part, expected) in [(0.0, 1.0), (1.0, 8.0), (0.5, 3.0), (0.9, 6.8)] {
        assert!((percentile(&values, part) - expected).abs() < 1e-12, "{part}");
    }
    assert_eq!(percentile(&[3.0], 0.5), 3.0);
}
