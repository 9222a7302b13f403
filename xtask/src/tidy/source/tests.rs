//! Tests of taking Rust source apart.

use super::*;

#[test]
fn code_comments_and_literals_are_told_apart() {
    let cases = [
        ("a // b", "a     ", "  // b"),
        ("a /* b /* c */ d */ e", "a                   e", "  /* b /* c */ d */  "),
        (r#"f("a // \" b") // c"#, r#"f("         ")     "#, "               // c"),
        (r##"r#"a " b"# + x"##, r##"r "     "  + x"##, "              "),
        (r#"br"a\" + x"#, r#"br"  " + x"#, "          "),
        ("for \"x\"", "for \" \"", "       "),
        ("'\"' + 'a' + '\\'' + x", "' ' + ' ' + '  ' + x", "                    "),
        ("fn f<'a>(x: &'a str)", "fn f<'a>(x: &'a str)", "                    "),
        ("r#type + \"b\"", "r#type + \" \"", "            "),
    ];
    for (text, code, comments) in cases {
        let parts = parts(text);
        assert_eq!(parts.code, code, "{text}");
        assert_eq!(parts.comments, comments, "{text}");
    }
}

#[test]
fn an_unclosed_literal_or_comment_ends_with_the_text() {
    for text in ["\"a", "r#\"a\"", "/* a", "'\\", "b\"\\"] {
        let parts = parts(text);
        assert_eq!(parts.code.chars().count(), text.chars().count(), "{text}");
    }
}

#[test]
fn test_items_vanish_and_lines_stay() {
    let code = "a();\n#[cfg(test)]\nmod tests;\nb();\n#[cfg(test)]\nfn c() {\n if d {\n }\n}\ne();";
    let kept = without_test_items(code);
    assert_eq!(kept.lines().count(), code.lines().count());
    let words: Vec<&str> = kept.split_whitespace().collect();
    assert_eq!(words, ["a();", "b();", "e();"]);
}

#[test]
fn a_part_of_a_longer_name_is_no_occurrence() {
    let code = "unsafe_code\nmy_unsafe\nunsafe {\n";
    let lines: Vec<usize> = occurrences(code, "unsafe").iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [3]);
}
