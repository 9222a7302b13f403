//! The values of `transformers.get_scheduler`, and schedules as text.

use sconce_testing::Golden;

use super::*;

const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/schedules.json");

#[test]
fn factors_equal_those_of_hugging_face_at_every_step() {
    let golden = Golden::open(GOLDEN).unwrap();
    let cases = golden.strings("cases").unwrap();
    assert_eq!(cases.len(), 24);
    for case in cases {
        let (schedule, n_warmup) = case.split_once(';').unwrap();
        let schedule: LrSchedule = schedule.parse().unwrap();
        for (step, expected) in golden.f64s(&case).unwrap().into_iter().enumerate() {
            let factor = schedule.factor(step as u64, n_warmup.parse().unwrap(), 20);
            // Both are a few operations in double precision.
            assert!(
                (factor - expected).abs() < 1e-12,
                "{case} at {step}: {factor}, not {expected}"
            );
        }
    }
}

#[test]
fn the_ends_are_safe() {
    for name in LrSchedule::NAMES {
        let schedule: LrSchedule = name.parse().unwrap();
        assert_eq!(schedule.factor(0, 0, 1), 1., "{name}: a run of one step learns");
        for (step, n_warmup, n_steps) in [(20, 2, 10), (0, 0, 0), (9, 10, 10), (10, 10, 10)] {
            let factor = schedule.factor(step, n_warmup, n_steps);
            assert!((0. ..=1.).contains(&factor), "{name} at {step} of {n_steps}: {factor}");
        }
    }
    assert_eq!(Warmup::Ratio(0.1).steps(15), 2);
    assert_eq!(Warmup::Ratio(0.1).steps(30), 3, "0.1 * 30 is a little above 3");
    assert_eq!(Warmup::Ratio(0.02).steps(1), 0, "a run of one step learns");
    assert_eq!(Warmup::Steps(7).steps(15), 7);
}

#[test]
fn a_schedule_is_read_back_from_its_text() {
    for (text, expected) in [
        ("linear", LrSchedule::Linear),
        ("cosine_with_restarts", LrSchedule::CosineWithRestarts { cycles: 1 }),
        ("polynomial:power=2", LrSchedule::Polynomial { power: 2., end: 0. }),
        ("inverse-sqrt:timescale=500", LrSchedule::InverseSqrt { timescale: Some(500) }),
        (
            "warmup-stable-decay: shape=one-minus-sqrt, decay=0.2",
            LrSchedule::WarmupStableDecay { decay: 0.2, shape: DecayShape::OneMinusSqrt, min: 0. },
        ),
    ] {
        let schedule: LrSchedule = text.parse().unwrap();
        assert_eq!(schedule, expected);
        assert_eq!(schedule.to_string().parse::<LrSchedule>().unwrap(), expected);
        let json = serde_json::to_string(&schedule).unwrap();
        assert_eq!(serde_json::from_str::<LrSchedule>(&json).unwrap(), expected);
    }
}

#[test]
fn text_that_is_no_schedule_is_refused_with_a_hint() {
    for (text, expected) in [
        ("cosin", "schedule cosin: no such schedule; did you mean \"cosine\"? there are: constant"),
        ("linear:power=2", "schedule linear: it has no option \"power\""),
        ("polynomial:power", "schedule polynomial: \"power\" is no option=value"),
        ("polynomial:power=-1", "power must be a number of at least 0, got \"-1\""),
        ("cosine-with-min-lr:min=2", "min must be from 0 to 1, got \"2\""),
        ("cosine-with-restarts:cycles=0", "cycles must be a whole number of at least 1, got \"0\""),
        ("warmup-stable-decay:shape=round", "shape must be cosine, linear or one-minus-sqrt"),
    ] {
        let error = text.parse::<LrSchedule>().unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
