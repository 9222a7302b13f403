//! Tests of unpacking, on an archive made on the spot.

use super::*;

/// Writes an archive with two members.
const PACK: &str = "
import io, sys, tarfile
with tarfile.open(sys.argv[1], 'w:gz') as tar:
    for name in ('sets/a.txt', 'sets/b.txt'):
        info = tarfile.TarInfo(name)
        info.size = 1
        tar.addfile(info, io.BytesIO(b'x'))
";

#[test]
fn members_lie_in_one_folder_and_others_stay_where_they_are() {
    if python::system_python().arg("--version").output().is_err() {
        eprintln!("skipped: there is no Python on PATH");
        return;
    }
    let scratch = std::env::temp_dir().join(format!("sconce-xtask-tar-{}", std::process::id()));
    std::fs::create_dir_all(&scratch).unwrap();
    let archive = scratch.join("sets.tar.gz");
    process::run(python::system_python().args(["-c", PACK]).arg(&archive)).unwrap();
    let folder = scratch.join("raw");
    unpack(&archive, &folder, &["sets/b.txt"]).unwrap();
    assert_eq!(std::fs::read(place(&folder, "sets/b.txt")).unwrap(), b"x");
    assert!(!place(&folder, "sets/a.txt").exists());
    assert!(unpack(&archive, &folder, &["sets/c.txt"]).is_err());
    let error = unpack(&scratch.join("none"), &folder, &[]).unwrap_err().to_string();
    assert!(error.contains("is not there"), "{error}");
    std::fs::remove_dir_all(scratch).unwrap();
}
