//! Tests of reading the peak of memory.

use super::*;

#[test]
fn the_peak_is_read_from_the_status_file() {
    let status = "Name:\tsconce\nVmPeak:\t  999999 kB\nVmHWM:\t  204800 kB\nThreads:\t2\n";
    assert_eq!(peak_of(status), Some(200.));
    assert_eq!(peak_of("Name:\tsconce\n"), None);
}
