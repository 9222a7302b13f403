//! The values of `transformers.get_scheduler` (linear, cosine, constant with warmup).

use super::*;

#[test]
fn factors_equal_those_of_hugging_face() {
    // LambdaLR factors of get_{linear,cosine,constant}_schedule_with_warmup(2 warmup, 10 steps).
    let linear = [0., 0.5, 1., 0.875, 0.75, 0.625, 0.5, 0.375, 0.25, 0.125];
    let cosine = [0., 0.5, 1., 0.961940, 0.853553, 0.691342, 0.5, 0.308658, 0.146447, 0.038060];
    let constant = [0., 0.5, 1., 1., 1., 1., 1., 1., 1., 1.];
    for (schedule, expected) in [
        (LrSchedule::Linear, linear),
        (LrSchedule::Cosine, cosine),
        (LrSchedule::Constant, constant),
    ] {
        for (step, expected) in expected.into_iter().enumerate() {
            let factor = schedule.factor(step as u64, 2, 10);
            assert!((factor - expected).abs() < 1e-6, "{schedule:?} at {step}: {factor}");
        }
    }
}

#[test]
fn the_ends_are_safe() {
    for schedule in [LrSchedule::Constant, LrSchedule::Linear, LrSchedule::Cosine] {
        assert_eq!(schedule.factor(0, 0, 1), 1.);
        assert!(schedule.factor(20, 2, 10).is_finite());
        assert!(schedule.factor(0, 10, 10) == 0.);
    }
    assert_eq!(Warmup::Ratio(0.1).steps(15), 2);
    assert_eq!(Warmup::Ratio(0.02).steps(1), 0, "a run of one step learns");
    assert_eq!(Warmup::Steps(7).steps(15), 7);
}
