//! Tests of what is said of counted work.

use super::*;

#[test]
fn rate_and_time_left_are_said_where_they_are_known() {
    for (unit, done, total, expected) in [
        (Unit::Bytes, 8_000_000, Some(32_000_000), "8.0 MB of 32.0 MB, 4.0 MB/s, 6 s left"),
        (Unit::Rows, 3000, None, "3,000 rows, 1,500/s"),
        (Unit::Steps, 0, Some(100), "0 of 100 steps, 0/s"),
        // More than was foreseen: a packed file is larger than it looks.
        (Unit::Bytes, 30, Some(20), "30 B, 15 B/s"),
    ] {
        assert_eq!(status(unit, done, total, 2.), expected);
    }
}
