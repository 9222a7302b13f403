//! Instructions one by one; circles and depth; ends that come early.

use super::*;

fn read(bytes: &[u8]) -> Pickle {
    Pickle::read(bytes).unwrap()
}

#[test]
fn numbers_of_each_width_are_read() {
    for (bytes, expected) in [
        (&b"K\x05."[..], Some(5)),
        (b"M\x05\x01.", Some(261)),
        (b"J\xff\xff\xff\xff.", Some(-1)),
        (b"\x8a\x00.", Some(0)),
        (b"\x8a\x02\x00\x80.", Some(-32768)),
        (b"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", Some(i64::MAX)),
        (b"\x8b\x01\x00\x00\x00\x07.", Some(7)),
        (b"\x8a\x09\0\0\0\0\0\0\0\0\x01.", None), // 2^64
        (b"G\0\0\0\0\0\0\0\0.", None),
    ] {
        let pickle = read(bytes);
        let found = match pickle.value(pickle.root()) {
            Value::Int(value) => Some(*value),
            _ => None,
        };
        assert_eq!(found, expected, "{bytes:?}");
    }
}

#[test]
fn a_dictionary_remembered_before_it_is_filled_is_filled() {
    // {'d': d} with d = {'k': 1}, made as Python's pickler does: put, then filled.
    let pickle = read(b"}q\x00(X\x01\x00\x00\x00aX\x01\x00\x00\x00bu0h\x00.");
    let entries = pickle.dict(pickle.root()).unwrap();
    assert_eq!(pickle.text(entries[0].0), Some("a"));
    assert_eq!(pickle.text(entries[0].1), Some("b"));
}

#[test]
fn ordered_dictionaries_and_calls_are_told_apart() {
    let pickle = read(b"ccollections\nOrderedDict\n)RX\x01\x00\x00\x00aK\x01s.");
    assert_eq!(pickle.dict(pickle.root()).unwrap().len(), 1);
    // OrderedDict([('a', 1)])
    let pickle = read(b"ccollections\nOrderedDict\n](X\x01\x00\x00\x00aK\x01\x86e\x85R.");
    assert_eq!(pickle.dict(pickle.root()).unwrap().len(), 1);
    let pickle = read(b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c\x02ls\x85R.");
    let (function, arguments) = pickle.call(pickle.root()).unwrap();
    assert_eq!((function, pickle.text(arguments[0])), (("os", "system"), Some("ls")));
}

#[test]
fn depth_and_circles_cost_nothing() {
    let deep = [&b"N"[..], &[0x85; 1 << 20], b"."].concat();
    drop(read(&deep));
    // A list that holds itself.
    let pickle = read(b"]q\x00h\x00a.");
    assert!(matches!(pickle.value(pickle.root()), Value::List(items) if *items == [pickle.root()]));
}

#[test]
fn whatever_takes_more_than_there_is_is_an_error() {
    for bytes in [
        &b""[..],
        b"K",
        b".",
        b"a.",
        b"(K\x01a.",
        b"t.",
        b"h\x07.",
        b"}(K\x01u.",
        b"X\xff\xff\xff\xffa.",
        b"\x8d\xff\xff\xff\xff\xff\xff\xff\xff.",
        b"cno line end",
        b"\xfe.",
        b"2.",
        b"0.",
        b"R.",
        b"K\x01(K\x02\x86.",
    ] {
        let error = Pickle::read(bytes).unwrap_err();
        assert!(error.starts_with("its pickle is damaged: "), "{error}");
    }
}
