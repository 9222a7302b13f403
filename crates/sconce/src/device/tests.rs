//! Tests of device names.

use super::*;

#[test]
fn names_of_devices_go_both_ways() {
    for (name, device) in [
        ("cpu", DeviceChoice::Cpu),
        ("cuda", DeviceChoice::Cuda(0)),
        ("cuda:3", DeviceChoice::Cuda(3)),
        ("metal", DeviceChoice::Metal),
    ] {
        assert_eq!(name.parse(), Ok(device));
        assert_eq!(device.to_string(), name);
    }
}

#[test]
fn unknown_devices_are_refused_with_the_nearest() {
    for (name, expected) in [
        ("cudda", "did you mean \"cuda\"?"),
        ("cuda:x", "the card is a number from 0"),
        ("tpu", "there are: cpu, cuda"),
    ] {
        let error = name.parse::<DeviceChoice>().unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
}
