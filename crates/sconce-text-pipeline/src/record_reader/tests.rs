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

/// A table of text and of a type that the rows of the library do not have.
#[cfg(feature = "parquet")]
fn intervals(path: &Path) {
    use ::parquet::data_type::{ByteArrayType, FixedLenByteArray, FixedLenByteArrayType};
    use ::parquet::file::writer::SerializedFileWriter;
    use ::parquet::schema::parser::parse_message_type;
    let schema = "message m { required binary text (UTF8); \
                  required fixed_len_byte_array(12) time (INTERVAL); }";
    let schema = parse_message_type(schema).unwrap();
    let file = std::fs::File::create(path).unwrap();
    let mut writer =
        SerializedFileWriter::new(file, schema.into(), std::sync::Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<ByteArrayType>().write_batch(&["a".into()], None, None).unwrap();
    column.close().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let value = FixedLenByteArray::from(vec![1; 12]);
    column.typed::<FixedLenByteArrayType>().write_batch(&[value], None, None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
}

#[cfg(feature = "parquet")]
#[test]
fn what_makes_the_parquet_library_panic_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    intervals(&path);
    let read =
        || -> Result<Vec<Record>> { RecordReader::open(&path, &ReadOptions::default())?.collect() };
    let error = read().unwrap_err().to_string();
    assert!(error.contains("a.parquet: cannot be read as Parquet: row 1: "), "{error}");
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 0x15;
        std::fs::write(&path, bytes).unwrap();
        // An error or rows, but no panic.
        drop(read());
    }
}
