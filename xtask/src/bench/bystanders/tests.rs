//! Tests of telling other programs' share of the processors.

use super::*;

const SYSTEM: &str = "cpu  100 10 40 800 50 1 2 7 5 0\ncpu0 50 5 20 400 25 1 1 3 5 0\n\
                      cpu1 50 5 20 400 25 0 1 4 0 0\nintr 7 1\n";
const OWN: &str = "42 (a (b) c) S 1 1 1 0 -1 0 9 9 9 9 20 5 30 5 20 0 1 0 9 9 9";

#[test]
fn the_clocks_are_read_with_stolen_time_and_without_the_guests_counted_twice() {
    let moment = Moment::parse(SYSTEM, OWN).unwrap();
    assert_eq!(moment, Moment { busy: 160, total: 1010, own: 60, processors: 2 });
    assert_eq!(Moment::parse("cpu  1 2 3\n", OWN), None);
    assert_eq!(Moment::parse(SYSTEM, "42 (x) S 1"), None);
}

#[test]
fn others_are_what_is_busy_and_not_ours() {
    let before = Moment { busy: 1000, total: 5000, own: 300, processors: 2 };
    let cases = [((1200, 500), 0.0), ((1150, 400), 0.5), ((1100, 410), 0.0)];
    for ((busy, own), expected) in cases {
        let after = Moment { busy, total: 5200, own, processors: 2 };
        assert_eq!(after.others_after(&before), Some(expected), "{busy} {own}");
    }
    assert_eq!(before.others_after(&before), None);
}
