//! Tests of the `done` object.

use super::*;

#[test]
fn the_last_line_counts() {
    let stdout = "{\"event\":\"epoch\",\"epoch\":1}\n{\"event\":\"done\",\"test\":{\"accuracy\":0.76},\
                  \"examples_per_second\":1500.5,\"seconds\":20,\"peak_rss_mb\":300,\"steps\":9}\n";
    let done = Done::parse(stdout).unwrap();
    assert_eq!(done.accuracy().unwrap(), 0.76);
    assert_eq!((done.examples_per_second, done.peak_rss_mb), (Some(1500.5), Some(300.0)));
    assert_eq!(done.steps, Some(9));
}

#[test]
fn anything_else_is_an_error_that_quotes_the_line() {
    let cases = [
        ("", "no JSON object"),
        ("accuracy 0.8\n", "`accuracy 0.8`"),
        ("{\"event\":\"epoch\"}\n", "no `done` object"),
        (
            "{\"event\":\"done\",\"test\":{\"f1\":1}}\n",
            "`test.accuracy` is missing in `\"test\":{\"f1\":1}`",
        ),
    ];
    for (stdout, expected) in cases {
        let error = Done::parse(stdout).and_then(|done| done.accuracy()).unwrap_err();
        let error = format!("{error:#}");
        assert!(error.contains(expected), "{stdout:?}: {error}");
    }
}
