//! Rows of formats without columns, and where they stand.

use super::*;

#[test]
fn rows_of_lines_and_folders_have_the_columns_of_examples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.txt");
    std::fs::write(&path, "__label__x one\n\n__label__y two\n").unwrap();
    let mut rows = RecordReader::open(&path, &ReadOptions::default()).unwrap();
    assert_eq!(
        (rows.format(), rows.columns()),
        ("lines", &["text".to_owned(), "label".to_owned()][..])
    );
    rows.next().unwrap().unwrap();
    assert_eq!(rows.next().unwrap().unwrap()["label"], "y");
    assert_eq!(rows.place(), format!("{}:3", path.display()));
    assert!(rows.next().is_none());

    std::fs::create_dir_all(folder.path().join("texts/pos")).unwrap();
    std::fs::write(folder.path().join("texts/pos/1.txt"), "fine").unwrap();
    let mut rows =
        RecordReader::open(folder.path().join("texts"), &ReadOptions::default()).unwrap();
    assert_eq!(rows.next().unwrap().unwrap()["label"], "pos");
    assert!(rows.place().ends_with("1.txt"), "{}", rows.place());
}

#[test]
fn unknown_and_missing_files_are_refused() {
    for (name, expected) in [("no/such.csv", "no such file"), ("Cargo.toml", "unknown data format")]
    {
        let error = RecordReader::open(name, &ReadOptions::default()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
