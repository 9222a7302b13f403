//! Tests of what both sides print.

use super::*;

fn measured(line: &str) -> Measured {
    parse(line).unwrap().0
}

#[test]
fn lines_of_both_sides_are_read_and_compared_by_what_both_say() {
    let ours =
        r#"{"event":"done","rows":3,"tokens":20,"vocab_size":9,"seconds":1,"peak_rss_mb":4}"#;
    let peers = "a warning\n{\"tokens\":20,\"vocabulary\":9,\"seconds\":0.5,\"peak_mb\":7}\n";
    let (ours, peers) = (measured(ours), measured(peers));
    assert_eq!((ours.seconds, peers.peak_mb), (1., Some(7.)));
    assert_eq!(ours.difference(&peers), None);
    let other = measured(r#"{"tokens":21,"rows":3,"seconds":1}"#);
    let difference = ours.difference(&other).unwrap();
    assert_eq!(difference, "not equal: Sconce's and the peer's tokens 20 and 21");
    assert!(parse("{}").is_err());
    assert!(parse("Traceback").is_err());
}
