//! Columns stay straight whatever the names hold.

use unicode_width::UnicodeWidthStr;

use super::{Table, cut};

#[test]
fn numbers_are_flush_right_and_lines_have_no_trailing_space() {
    let mut table = Table::default();
    table.push("", ["a", "bb"].map(str::to_owned));
    table.push("name", ["1000", "2"].map(str::to_owned));
    table.push("n", ["3", ""].map(str::to_owned));
    assert_eq!(table.render(), "         a  bb\nname  1000   2\nn        3\n");
    assert_eq!(Table::default().render(), "");
    let mut table = Table::with_left([2]);
    table.push("name", ["n", "kind"].map(str::to_owned));
    table.push("a", ["10", "x"].map(str::to_owned));
    assert_eq!(table.render(), "name   n  kind\na     10  x\n");
}

#[test]
fn wide_characters_take_two_columns() {
    let mut table = Table::default();
    for name in ["喜び", "joy", "Trauer", "🎉"] {
        table.push(name, ["7".to_owned()]);
    }
    for line in table.render().lines() {
        assert_eq!(line.width(), 9, "{line}");
        assert!(line.ends_with("  7"), "{line}");
    }
}

#[test]
fn long_names_are_cut_by_columns_not_bytes() {
    let cases = [
        ("short", 6, "short"),
        ("exactly", 7, "exactly"),
        ("a long name", 6, "a lon…"),
        ("日本語日本語", 6, "日本…"),
        ("日本語", 6, "日本語"),
        ("tab\tand\nline", 20, "tab\u{fffd}and\u{fffd}line"),
    ];
    for (text, columns, expected) in cases {
        let cut = cut(text, columns);
        assert_eq!(cut, expected);
        assert!(cut.width() <= columns, "{cut}");
    }
}
