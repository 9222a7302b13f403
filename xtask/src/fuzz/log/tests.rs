//! Logs as libFuzzer and a panic write them.

use super::*;

#[test]
fn a_run_to_the_end_says_how_far_it_came() {
    let log = "INFO: seed corpus: files: 7\n#2\tINITED cov: 9 ft: 10 corp: 1/1b exec/s: 0\n\
               #541325\tDONE   cov: 2454 ft: 5673 corp: 1269/144Kb lim: 475 exec/s: 25777\n\
               ###### Recommended dictionary. ######\n\"ab\" # Uses: 1\n\
               ###### End of recommended dictionary. ######\nDone 541325 runs in 21 second(s)\n";
    assert_eq!(done(log), "541325 inputs, 2454 edges reached, corpus 1269/144Kb");
    assert_eq!(done(""), "? inputs, ? edges reached, corpus ?");
}

#[test]
fn a_failure_says_why_and_on_which_input() {
    let panic = "#7 NEW\npanicked at src/csv.rs:3:5:\nindex out of bounds\nframe 0\n\
                 ==1== ERROR: libFuzzer: deadly signal\n\
                 artifact_prefix='a/'; Test unit written to a/crash-1\nBase64: AA==\n";
    assert_eq!(reason(panic), "panicked at src/csv.rs:3:5: index out of bounds");
    assert_eq!(input(panic), Some("a/crash-1"));
    let slow = "#7 NEW\n==1== ERROR: libFuzzer: timeout after 10 seconds\n    #0 0x1\n";
    assert_eq!(reason(slow), "==1== ERROR: libFuzzer: timeout after 10 seconds");
    assert_eq!(input(slow), None);
    assert_eq!(reason("cannot open the folder\n"), "cannot open the folder");
    assert_eq!(reason(""), "it said nothing");
}
