//! Tests of counting.

use super::*;

fn tally(passed: usize, failed: usize, ignored: usize) -> Tally {
    Tally { passed, failed, ignored }
}

#[test]
fn result_lines_add_up_and_other_lines_count_nothing() {
    let cases = [
        (
            "test result: ok. 12 passed; 0 failed; 3 ignored; 0 measured; 1 filtered out; finished in 0.01s",
            tally(12, 0, 3),
        ),
        (
            "test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
            tally(1, 2, 0),
        ),
        ("test tests::five_passed ... ok", tally(0, 0, 0)),
        ("12 passed; 3 failed", tally(0, 0, 0)),
    ];
    for (line, expected) in cases {
        let mut counted = Tally::default();
        counted.read(line);
        assert_eq!(counted, expected, "{line}");
        counted.read(line);
        assert_eq!(counted.passed, 2 * expected.passed, "{line}");
    }
}

fn outcome(tests: Option<Tally>, is_ok: bool) -> Outcome {
    Outcome { name: String::from("step"), seconds: 1.25, tests, is_ok }
}

#[test]
fn the_closing_line_counts_tests_and_other_steps() {
    let cases = [
        (vec![outcome(None, true), outcome(None, false)], tally(1, 1, 0)),
        (vec![outcome(Some(tally(5, 0, 1)), true), outcome(None, true)], tally(6, 0, 1)),
        (vec![outcome(Some(tally(5, 2, 0)), false)], tally(5, 2, 0)),
        // It did not compile: no test ran, and that is a failure.
        (vec![outcome(Some(tally(0, 0, 0)), false)], tally(0, 1, 0)),
        (vec![], tally(0, 0, 0)),
    ];
    for (outcomes, expected) in cases {
        assert_eq!(total(&outcomes), expected);
    }
}

#[test]
fn the_table_shows_each_step_with_its_time() {
    let text = table(&[outcome(None, true), outcome(Some(tally(5, 1, 2)), false)]);
    assert_eq!(
        text,
        "step   seconds  outcome\n\
         step       1.2  ok\n\
         step       1.2  FAILED (5 passed, 1 failed, 2 ignored)\n\
         total       2.5\n"
    );
}
