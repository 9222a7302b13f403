//! A reader that goes away ends the program quietly.

use std::io::{BufRead, BufReader, Read};
use std::process::Stdio;

use crate::harness::with_model;

#[test]
fn predictions_stop_quietly_when_nobody_reads_them() {
    let place = with_model();
    // More output than any pipe holds.
    place.write("many.txt", "a lovely warm film\n".repeat(20_000));
    let mut child = place
        .command(&["predict", "--model", "model", "--json", "--input", "many.txt"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.contains("a lovely warm film"), "{line}");
    let mut stderr = String::new();
    child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
    assert_eq!((child.wait().unwrap().code(), stderr.as_str()), (Some(0), ""));
}
