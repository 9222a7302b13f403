//! Tests of files that are whole or not there.

use super::*;

#[test]
fn a_failed_write_leaves_the_old_file_and_nothing_beside_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    fs::write(&path, "old").unwrap();

    let failed = write_atomically(&path, |out| {
        out.write_all(b"half of the new")?;
        Err(io::Error::other("disk full"))
    });

    assert_eq!(failed.unwrap_err().to_string(), "disk full");
    assert_eq!(fs::read_to_string(&path).unwrap(), "old");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_finished_write_replaces_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("words.txt");
    fs::write(&path, "old").unwrap();

    write_atomically(&path, |out| out.write_all(b"new")).unwrap();

    assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn a_path_without_a_file_name_is_refused() {
    let refused = write_atomically(Path::new("/"), |_| Ok(()));
    assert_eq!(refused.unwrap_err().kind(), io::ErrorKind::InvalidInput);
}
