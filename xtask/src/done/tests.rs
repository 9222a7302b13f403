//! Tests of the `done` object.

use super::*;

#[test]
fn the_last_line_counts() {
    let stdout = "{\"event\":\"epoch\",\"epoch\":1}\n{\"event\":\"done\",\"test\":{\"accuracy\":0.76},\
                  \"examples_per_second\":1500.5,\"seconds\":20,\"peak_rss_mb\":300}\n";
    let done = Done { accuracy: 0.76, examples_per_second: Some(1500.5), peak_rss_mb: Some(300.0) };
    assert_eq!(Done::parse(stdout).unwrap(), done);
}

#[test]
fn anything_else_is_an_error_that_quotes_the_line() {
    let cases = [
        ("", "no JSON object"),
        ("accuracy 0.8\n", "`accuracy 0.8`"),
        ("{\"event\":\"epoch\"}\n", "no `done` object"),
        ("{\"event\":\"done\",\"test\":{}}\n", "`test.accuracy` is missing"),
    ];
    for (stdout, expected) in cases {
        let error = format!("{:#}", Done::parse(stdout).unwrap_err());
        assert!(error.contains(expected), "{stdout:?}: {error}");
    }
}
