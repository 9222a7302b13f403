//! What is found in small files that are known.

use super::*;

fn inspect(name: &str, text: &str) -> Inspection {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, text).unwrap();
    Inspection::of(&path, &ReadOptions::default()).unwrap()
}

#[test]
fn columns_roles_labels_lengths_and_duplicates_are_found() {
    let csv = "id,review,sentiment,score\n1,fine,pos,4.5\n2,,neg,1\n3,über gut,pos,5\n\
               3,über gut,pos,5\n,, ,\n";
    let found = inspect("a.csv", csv);
    assert_eq!((found.n_rows, found.n_blank, found.n_duplicates), (5, 1, 1));
    assert_eq!((found.format, found.first.len()), ("csv", 3));
    let column = |at: usize| &found.columns[at];
    assert_eq!(column(1).role, Some(Role::Text));
    assert_eq!((column(1).n_blank, column(1).n_distinct), (2, Some(2)));
    assert_eq!(column(1).lengths, [4, 8, 8, 8, 8, 8]);
    assert_eq!(column(2).role, Some(Role::Label));
    assert_eq!(column(2).kind, ColumnKind::Class);
    assert_eq!(column(2).top, [("pos".to_owned(), 3), ("neg".to_owned(), 1)]);
    assert_eq!((column(3).kind, column(3).range), (ColumnKind::Number, Some((1., 5.))));
    assert_eq!((column(0).kind, column(0).role), (ColumnKind::Integer, None));
}

#[test]
fn keys_that_come_later_count_as_blank_before() {
    let found = inspect("a.jsonl", "{\"text\":\"a\"}\n{\"text\":\"b\",\"tags\":[\"x\",\"y\"]}\n");
    let tags = &found.columns[1];
    assert_eq!((tags.name.as_str(), tags.n_blank, tags.kind), ("tags", 1, ColumnKind::List));
    assert_eq!(tags.lengths[5], 2);
}

#[test]
fn words_with_tags_are_counted_by_tag() {
    let found = inspect("a.conll", "a O\nb B-X\n\nc O\n");
    assert_eq!(found.n_rows, 2);
    assert_eq!(found.columns[1].role, Some(Role::Tags));
    assert_eq!(found.columns[1].top, [("O".to_owned(), 2), ("B-X".to_owned(), 1)]);
    assert_eq!(found.columns[0].lengths, [1, 1, 2, 2, 2, 2]);
}
