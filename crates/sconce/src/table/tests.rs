//! Tests of tables and numbers.

use super::*;

#[test]
fn columns_are_aligned_and_lines_have_no_trailing_spaces() {
    let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
    let rows = [row(["name", "n", "kind"]), row(["a", "10", "x"]), row(["bc", "1", ""])];
    assert_eq!(render(&rows, &[2]), "name   n  kind\na     10  x\nbc     1\n");
}

#[test]
fn lists_are_short_and_stay_on_their_line() {
    assert_eq!(list(&["a\n", "b\u{1b}[31m"]), "a , b [31m");
    let names: Vec<String> = (0..1023).map(|i| i.to_string()).collect();
    assert!(list(&names).ends_with("18, 19 and 1,003 more"));
}

#[test]
fn numbers_are_written_for_people() {
    for (number, expected) in [(0, "0"), (999, "999"), (1000, "1,000"), (5_634_602, "5,634,602")] {
        assert_eq!(thousands(number), expected);
    }
    for (number, expected) in [(7, "7 B"), (1500, "1.5 kB"), (22_538_480, "22.5 MB")] {
        assert_eq!(bytes(number), expected);
    }
    assert_eq!(count(1, "text"), "1 text");
    assert_eq!(count(2000, "text"), "2,000 texts");
}
