//! Tests of messages.

use anyhow::Context;

use super::*;

#[test]
fn a_cause_that_is_quoted_already_is_not_repeated() {
    let cause = || io::Error::other("disk full");
    let quoted = Err::<(), _>(cause()).with_context(|| "a.csv: disk full");
    assert_eq!(one_line(&quoted.unwrap_err()), "a.csv: disk full");
    let bare = Err::<(), _>(cause()).with_context(|| "a.csv");
    assert_eq!(one_line(&bare.unwrap_err()), "a.csv: disk full");
}

#[test]
fn a_backtrace_below_the_message_is_left_out() {
    assert_eq!(one_line(&anyhow::anyhow!("shapes differ\n   0: frame")), "shapes differ");
}
