//! Rules for every tracked file: finished, small, and at home on any machine.

use super::source::{occurrences, parts};
use super::{File, Tree};

/// The largest tracked file in bytes.
const MAX_BYTES: usize = 2 << 20;

/// Endings of the files people write, where a mark of unfinished work counts.
const WRITTEN: &[&str] = &[".rs", ".py", ".sh", ".toml", ".yml", ".yaml", ".md", ".ci/run"];

/// Marks of unfinished work in comments and pages.
const MARKS: &[&str] = &[concat!("TO", "DO"), concat!("FIX", "ME")];

/// Folders of one machine; a path counts where nothing of a longer path stands before it.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/Us", "ers/"),
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/t", "mp/"),
    concat!("C:\\", "Users\\"),
];

/// Hosts of package registries: the package managers know where to ask.
const REGISTRIES: &[&str] = &[
    concat!("crates", ".io/api"),
    concat!("static.", "crates.io"),
    concat!("index.", "crates.io"),
    concat!("files.", "pythonhosted"),
    concat!("pypi.", "org"),
    concat!("registry.", "npmjs"),
    concat!("deb.", "debian.org"),
];

/// No unfinished work: neither its marks in comments nor the macros that stand in for code.
pub fn nothing_is_unfinished(tree: &Tree) -> Vec<String> {
    let mut errors = Vec::new();
    for file in tree.files.iter().filter(|file| WRITTEN.iter().any(|end| file.path.ends_with(end)))
    {
        let mut say = |text: &str, token: &str| {
            for (line, _) in occurrences(text, token) {
                errors.push(format!("{}:{line}: `{token}`: finish it or leave it out", file.path));
            }
        };
        if file.path.ends_with(".rs") {
            let parts = parts(&file.text);
            MARKS.iter().for_each(|mark| say(&parts.comments, mark));
            ["todo!", "unimplemented!"].iter().for_each(|token| say(&parts.code, token));
        } else {
            MARKS.iter().for_each(|mark| say(&file.text, mark));
        }
    }
    errors
}

/// No tracked file is larger than [`MAX_BYTES`].
pub fn no_file_is_large(tree: &Tree) -> Vec<String> {
    let large = tree.files.iter().filter(|file| file.bytes > MAX_BYTES);
    large
        .map(|file| format!("{}: {} bytes, more than {MAX_BYTES}", file.path, file.bytes))
        .collect()
}

/// No path of one machine and no address of a package registry.
pub fn no_path_of_one_machine(tree: &Tree) -> Vec<String> {
    let mut errors = Vec::new();
    for file in &tree.files {
        for pattern in MACHINE_PATHS.iter().filter(|pattern| !is_allowed(file, pattern)) {
            for line in lines_with(&file.text, pattern, continues_a_path) {
                errors.push(format!("{}:{line}: `{pattern}` is a path of one machine", file.path));
            }
        }
        for pattern in REGISTRIES {
            for line in lines_with(&file.text, pattern, |_| false) {
                errors.push(format!(
                    "{}:{line}: `{pattern}` is the address of a registry",
                    file.path
                ));
            }
        }
    }
    errors
}

/// Tests may speak of temporary files.
fn is_allowed(file: &File, pattern: &str) -> bool {
    let is_test = file.path.split('/').any(|part| part == "tests" || part == "tests.rs");
    is_test && pattern == concat!("/t", "mp/")
}

/// Whether a path that starts with `/` right after `c` is only the rest of a longer one.
fn continues_a_path(c: char) -> bool {
    c.is_alphanumeric() || "_.-~}".contains(c)
}

fn lines_with(text: &str, pattern: &str, excused_after: impl Fn(char) -> bool) -> Vec<usize> {
    let alone = |at: usize| !text[..at].chars().next_back().is_some_and(&excused_after);
    text.match_indices(pattern)
        .filter(|(at, _)| alone(*at))
        .map(|(at, _)| 1 + text[..at].matches('\n').count())
        .collect()
}

#[cfg(test)]
mod tests;
