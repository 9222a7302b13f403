//! Names make what they name, and shards add up.

use super::{KNOWN, Segments, texts_by_name};
use crate::{Bleu, Chrf, ErrorRates, Merge, Rouge, Ter, TextMetric};

const TEXTS: [(&str, &str); 5] = [
    ("the cat sat on the mat", "a cat sat on the mat"),
    ("", "nothing was said"),
    ("it was said that it was", ""),
    ("one. two, three!", "one, two. three!"),
    ("我昨天在北京", "我今天在北京 ok"),
];

#[test]
fn names_make_what_they_name() {
    for (name, _) in KNOWN {
        let mut metric = texts_by_name(name).unwrap();
        assert_eq!(metric.name(), name);
        metric.update(&["a b c d"], "a b c d").unwrap();
        let best = match name {
            "bleu" | "chrf" | "chrf++" => 100.0,
            "wip" => 1.0,
            _ if crate::higher_is_better(name) == Some(true) => 1.0,
            _ => 0.0,
        };
        assert!((metric.value() - best).abs() < 1e-9, "{name} {}", metric.value());
        metric.reset();
        assert_eq!(metric.sums(), texts_by_name(name).unwrap().sums(), "{name}");
    }
}

fn assert_shards_add_up<M: TextMetric + Merge + Clone + PartialEq>(metric: M) {
    for cut in 0..=TEXTS.len() {
        let mut parts = [metric.clone(), metric.clone(), metric.clone()];
        for (index, (reference, hypothesis)) in TEXTS.iter().enumerate() {
            parts[0].update(&[reference], hypothesis).unwrap();
            parts[1 + usize::from(index >= cut)].update(&[reference], hypothesis).unwrap();
        }
        let [whole, mut first, second] = parts;
        first.merge(&second).unwrap();
        assert!((first.value() - whole.value()).abs() < 1e-12, "{metric:?}");
        assert_eq!(first.n_segments(), TEXTS.len());
        for index in 0..TEXTS.len() {
            assert_eq!(first.segment(index), whole.segment(index));
        }
    }
}

#[test]
fn shards_add_up_to_the_whole() {
    assert_shards_add_up(Bleu::new().keeping_segments());
    assert_shards_add_up(Chrf::plus_plus().keeping_segments());
    assert_shards_add_up(Ter::new().keeping_segments());
    assert_shards_add_up(Rouge::usual().keeping_segments());
    assert_shards_add_up(ErrorRates::words().keeping_segments());
    assert_shards_add_up(ErrorRates::characters().keeping_segments());
}

#[test]
fn what_has_other_settings_is_not_merged() {
    assert!(Bleu::new().merge(&Bleu::new().lowercase()).is_err());
    assert!(Chrf::new().merge(&Chrf::plus_plus()).is_err());
    assert!(Ter::new().merge(&Ter::new().normalized()).is_err());
    assert!(Rouge::usual().merge(&Rouge::new(&[])).is_err());
    assert!(ErrorRates::words().merge(&ErrorRates::characters()).is_err());
}

#[test]
fn texts_are_only_kept_where_both_shards_kept_them() {
    let mut kept = Segments::new(1);
    kept.keep();
    kept.add(&[1.0], 1);
    let mut without = Segments::new(1);
    without.add(&[2.0], 1);
    kept.merge(&without);
    assert_eq!((kept.sums(), kept.n_kept()), ([3.0].as_slice(), 0));
}
