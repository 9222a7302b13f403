//! The `sconce` binary: parses, wires and shows progress.
fn main() {}
